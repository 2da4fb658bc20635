"""What a function needs of its caller's lock: it says so, or lets go of what it did not take."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from lockmap.facts.model import Flow
from lockmap.locks.member import Member
from lockmap.locks.refuted import reached_without


@dataclass(frozen=True, slots=True)
class Claimed:
    """An operation that only makes sense with the lock held, on the lock as the caller left it."""

    always: bool
    """Whether every way through the function comes there."""


def claimed(member: Member, lock: str, line: int, *, changes: bool) -> Claimed | None:
    """Whether an operation on *line* of *member* (relative to it) shows a need of *lock*.

    None where the function may have taken or dropped the lock before.  *changes*: it lets go of
    the lock or changes its mode, so that where nothing became of it the operation was not done:
    the callee that is named there does it in some cases only.
    """
    if member.analysis.exhausted or not _as_called(member, lock, line):
        return None
    flows = member.unit.function.flows
    always = bool(flows) and all(unavoidable(flow, line) for flow in flows)
    if changes:
        done = ({name for name, _ in left.state.locks} for left in member.analysis.exits)
        always = always and all(lock in names for names in done)
    return Claimed(always)


def _as_called(member: Member, lock: str, line: int) -> bool:
    """Whether the lock is as the caller left it before a line, on all paths."""
    marks = member.analysis.lines
    lines = sorted(at for at, name in marks if name == lock)
    at = bisect_right(lines, line) - 1
    return at < 0 or marks[lines[at], lock] == {"c"}


def unavoidable(flow: Flow, line: int) -> bool:
    """Whether every way through *flow* comes to a step on *line* (relative to the function)."""
    there = {n for n, step in enumerate(flow.steps) if step.line == line}
    free = reached_without(flow, there)
    ends = {n for n in free - there if not flow.steps[n].next and flow.steps[n].kind != "stop"}
    return bool(there) and not ends
