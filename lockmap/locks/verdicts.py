"""What became of every critical section, decided when all functions are known.

A hold that reaches an exit is no leak when somebody ends it: a caller, directly or after
handing it on; the partner callback of a pair; another lock.  What nobody ends is a leak, told
once, in the function where it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from lockmap.locks.analysis import Analysis, Exit, SectionFacts
from lockmap.locks.confirm import callers, confirmed, is_definition
from lockmap.locks.notes import Origin, noted
from lockmap.locks.outcomes import result_kind
from lockmap.locks.pairs import paired
from lockmap.locks.whole import Member, WholeProgram

Verdict = Literal["balanced", "leaks", "unknown"]

SectionKey = tuple[str, tuple[int, int], str]
"""(member id, position of the acquisition in the function, lock)."""


@dataclass(frozen=True, slots=True)
class SectionVerdict:
    """Whether one section ends on all paths, and why it may not."""

    member: str
    lock: str
    paths: Verdict
    contract: str
    """Empty, ``returns-held``, ``paired`` or ``ended-by LOCK``."""
    witness: tuple[int, ...]
    """For ``leaks`` and ``unknown``: lines of the file, from the acquisition to the exit."""


def verdicts(program: WholeProgram) -> dict[SectionKey, SectionVerdict]:
    """The verdict on every section of every analysed function."""
    ended = confirmed(program) | noted(program)
    found: dict[SectionKey, SectionVerdict] = {}
    for member in program.members.values():
        for (site, lock), section in member.analysis.sections.items():
            found[member.id, site, lock] = _verdict(program, member, section, ended)
    return _told_once(program, found)


def _told_once(
    program: WholeProgram, found: dict[SectionKey, SectionVerdict]
) -> dict[SectionKey, SectionVerdict]:
    """A hold that a callee leaks is told there; what becomes of it in a caller is unknown."""
    sources: dict[tuple[str, str], set[str]] = {}
    for member, site, lock in found:
        via = program.members[member].analysis.sections[site, lock].via
        if via is not None:
            sources.setdefault((member, lock), set()).add(via[0])
    leaking = {
        (member, lock)
        for (member, site, lock), verdict in found.items()
        if verdict.paths == "leaks"
        and program.members[member].analysis.sections[site, lock].via is None
    }
    for key, verdict in found.items():
        via = program.members[key[0]].analysis.sections[key[1], key[2]].via
        if (
            verdict.paths == "leaks"
            and via is not None
            and _from(via[0], key[2], sources) & leaking
        ):
            found[key] = replace(verdict, paths="unknown")
    return found


def _from(member: str, lock: str, sources: dict[tuple[str, str], set[str]]) -> set[tuple[str, str]]:
    """*member* and all that it has its holds of *lock* from."""
    reached: set[tuple[str, str]] = set()
    waiting = [member]
    while waiting:
        current = (waiting.pop(), lock)
        if current not in reached:
            reached.add(current)
            waiting += sources.get(current, ())
    return reached


def _verdict(
    program: WholeProgram, member: Member, section: SectionFacts, ended: set[Origin]
) -> SectionVerdict:
    lock = section.key[0]

    def verdict(paths: Verdict, contract: str, left: Exit | None = None) -> SectionVerdict:
        witness = () if left is None or paths == "balanced" else _path(member, section, left)
        return SectionVerdict(member.id, lock, paths, contract, witness)

    if not section.exits:
        if member.analysis.exhausted:
            return verdict("unknown", "")
        if section.given_back:
            return verdict("balanced", "returns-held")
        # No way out was found, with the lock or without it: nothing shows that it ends.
        return verdict("balanced" if section.releases else "unknown", "")
    other = _ends_with(program, section)
    if other:
        return verdict("balanced", f"ended-by {other}")
    if is_definition(program, member) or member.unit.function.kind == "macro":
        return verdict("balanced", "returns-held")
    left = [e for e in section.exits if (member.id, result_kind(e)) not in ended]
    if not left:
        return verdict("balanced", "returns-held")
    if paired(program, member, lock):
        return verdict("balanced", "paired")
    if member.analysis.exhausted:
        return verdict("unknown", "", left[0])
    # Never released here, no caller in sight: it may be for a caller that is out of sight.
    always = len(section.exits) == len(_after(member.analysis, section))
    if always and not section.releases and not callers(program, member):
        return verdict("unknown", "returns-held", left[0])
    return verdict("leaks", "", min(left, key=lambda e: len(e.lines)))


def _after(analysis: Analysis, section: SectionFacts) -> list[Exit]:
    """The exits of a function that a path through the acquisition reaches."""
    return [e for e in analysis.exits if section.site[0] in e.lines]


def _path(member: Member, section: SectionFacts, left: Exit) -> tuple[int, ...]:
    lines = left.lines
    if section.site[0] in lines:
        at = len(lines) - 1 - lines[::-1].index(section.site[0])
        lines = lines[at:]
    return tuple(member.line(line) for line in lines)


def _ends_with(program: WholeProgram, section: SectionFacts) -> str:
    """The lock whose release ends this hold too."""
    for other, dependents in program.catalog.ended_by.items():
        if any(section.key[0] == lock and section.mode == mode for lock, mode in dependents):
            return other
    return ""
