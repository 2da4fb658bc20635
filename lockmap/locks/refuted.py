"""Functions that cannot run under a lock because they wait for it themselves.

A way from an acquisition to such a function would end in a deadlock.  So it is no way: an edge
on it is wrong, or the lock is that of another object.  A function that takes the lock only
where it is told to (``if (!locked) down_read(...)``) makes the same calls without taking it, and
is none of them.
"""

from __future__ import annotations

from bisect import bisect_right

from lockmap.facts.model import Flow, Position, Step
from lockmap.facts.render import calls, walk
from lockmap.locks.catalog import Catalog
from lockmap.locks.member import Member
from lockmap.locks.spec import Api, Guard


def waits_for(member: Member, lock: str, catalog: Catalog) -> Position | None:
    """Where *member*, entered with *lock* held, would wait for it; None where it would not.

    Relative to the function's first line.
    """
    found = {
        site: section.api
        for (site, name), section in member.analysis.sections.items()
        if name == lock and _as_called(member, lock, site[0])
    }
    waiting = {site for site, api in found.items() if _waits(api, catalog)}
    if not waiting or member.analysis.exhausted:
        return None
    # What a callee takes, it may take instead of what it dropped.
    own = all(member.analysis.sections[site, lock].via is None for site in found)
    for number, flow in enumerate(member.unit.function.flows):
        taking = {index for index, step in enumerate(flow.steps) if _sites(step) & found.keys()}
        free = reached_without(flow, taking)
        inside = {
            index
            for site in waiting
            for of_flow, index in member.analysis.sections[site, lock].steps
            if of_flow == number and any(calls(flow.steps[index].expr))
        }
        ends = any(not flow.steps[n].next and flow.steps[n].kind != "stop" for n in free - taking)
        if inside - free or (own and taking and not ends):
            return min(waiting)
    return None


def _as_called(member: Member, lock: str, line: int) -> bool:
    """Whether a line is always reached with the lock in the state the caller left it in."""
    lines = sorted(at for at, name in member.analysis.lines if name == lock)
    at = bisect_right(lines, line) - 1
    return at >= 0 and member.analysis.lines[lines[at], lock] == {"c"}


def _waits(name: str, catalog: Catalog) -> bool:
    """Whether the function or guard *name* waits until it has the lock."""
    rows = (*catalog.apis.get(name, ()), *catalog.guards.get(name, ()))
    told = [row.spec for row in rows if isinstance(row.spec, Api | Guard)]
    return not any(
        (isinstance(spec, Api) and (spec.op == "try" or spec.nested)) for spec in told
    ) and not ("try" in name and not told)


def _sites(step: Step) -> frozenset[Position]:
    if step.expr is None:
        return frozenset()
    return frozenset(part.at for part in walk(step.expr))


def reached_without(flow: Flow, taking: set[int]) -> set[int]:
    """The steps that can be reached without going past one of *taking*."""
    found: set[int] = set()
    waiting = [0] if flow.steps else []
    while waiting:
        index = waiting.pop()
        if index in found:
            continue
        found.add(index)
        if index not in taking:
            waiting += flow.steps[index].next
    return found
