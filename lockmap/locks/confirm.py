"""Which holds with which a function returns are ended by a caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockmap.locks.notes import Origin
from lockmap.locks.outcomes import result_kind
from lockmap.locks.pairs import paired

if TYPE_CHECKING:
    from lockmap.locks.whole import Member, WholeProgram


def confirmed(program: WholeProgram) -> set[Origin]:
    """The holds on return that a caller ends: itself, or by handing them on to one that does.

    A callback whose partner releases ends them too.

    A caller that hands a hold on has a section whose ``via`` is the callee's outcome and
    which is still open at its own exits.
    """
    ended: set[Origin] = set()
    handed: dict[Origin, set[Origin]] = {}
    for member in program.members.values():
        ended |= member.analysis.ended
        for section in member.analysis.sections.values():
            if section.via is not None:
                onward = {(member.id, result_kind(e)) for e in section.exits}
                handed.setdefault(section.via, set()).update(onward)
                if onward and paired(program, member, section.key[0]):
                    ended |= onward
    changed = True
    while changed:
        changed = False
        for origin, onward in handed.items():
            if origin not in ended and onward & ended:
                ended.add(origin)
                changed = True
    return ended


def unconfirmed(program: WholeProgram) -> dict[str, frozenset[tuple[str, str]]]:
    """For each function that has callers: (lock, kind of result) of holds that none ends."""
    ended = confirmed(program)
    found: dict[str, frozenset[tuple[str, str]]] = {}
    for member in program.members.values():
        open_ = {
            (section.key[0], result_kind(e))
            for section in member.analysis.sections.values()
            for e in section.exits
            if (member.id, result_kind(e)) not in ended
        }
        if open_ and not is_definition(program, member) and callers(program, member):
            found[member.id] = frozenset(open_)
    return found


def callers(program: WholeProgram, member: Member) -> list[Member]:
    """The analysed functions that call *member*."""
    return [
        m for m in program.callers(member.name) if member in program.resolve(member.name, m.file)
    ]


def is_definition(program: WholeProgram, member: Member) -> bool:
    """Whether *member* defines a function of the lock's interface, known by its row."""
    return member.name in program.catalog.apis or member.name in program.catalog.conventions
