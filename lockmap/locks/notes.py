"""Holds that are noted in a structure: who took the lock wrote down there that it is held.

``user->locked = 1`` where the lock is taken, ``if (user->locked) unlock`` in another function:
between the two the hold belongs to the structure, not to a function on the stack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockmap.locks.outcomes import result_kind

if TYPE_CHECKING:
    from lockmap.locks.analysis import Exit
    from lockmap.locks.whole import Member, WholeProgram

Origin = tuple[str, str]
"""(member id, kind of result): a hold with which a function may return."""


def noted(program: WholeProgram) -> set[Origin]:
    """The holds on return that a member of an argument's structure notes: others end them by it.

    A caller that returns with such a hold, too, has it by the same note.
    """
    found: set[Origin] = set()
    onward: dict[Origin, set[Origin]] = {}
    released = _released_by_note(program)
    for member in program.members.values():
        for section in member.analysis.sections.values():
            kinds: dict[Origin, bool] = {}
            for left in section.exits:
                origin = (member.id, result_kind(left))
                told = _tells(member, left, section.key[0], released)
                kinds[origin] = kinds.get(origin, True) and told
            found.update(origin for origin, told in kinds.items() if told)
            if section.via is not None:
                onward.setdefault(section.via, set()).update(kinds)
    waiting = list(found)
    while waiting:
        fresh = onward.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return found


def _released_by_note(program: WholeProgram) -> set[tuple[str, str]]:
    """(lock, member): functions release the lock where that member of an argument is set."""
    return {
        (effect.key[0], entry.partition("->")[2])
        for member in program.members.values()
        if member.summary is not None
        for outcome in member.summary.outcomes
        for effect in outcome.effects
        if effect.what == "drop"
        for entry, value in outcome.before
        if "->" in entry and value.zero is False
    }


def _tells(member: Member, left: Exit, lock: str, released: set[tuple[str, str]]) -> bool:
    """Whether a member of an argument is set at an exit by which others release *lock*."""
    facts, touched = left.state.facts, left.state.touched
    return any(
        facts[key].zero is False
        for name, _ in member.unit.function.params
        if name not in touched
        for of, noting in released
        if of == lock and (key := f"{name}->{noting}") in facts
    )
