"""Pairs of callbacks: one takes a lock, its partner of the same structure drops it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lockmap.locks.state import Dropped

if TYPE_CHECKING:
    from lockmap.locks.whole import Member, WholeProgram


def paired(program: WholeProgram, member: Member, lock: str) -> bool:
    """Whether *member* stands in an initialiser beside the callback that releases."""
    spec = program.catalog.lock(lock)
    if spec is None:
        return False
    return any(
        any(_releases(m, lock) for m in _partners(program, member, pair.acquire, pair.release))
        for pair in spec.pair
    )


def _partners(program: WholeProgram, member: Member, slot: str, partner: str) -> list[Member]:
    """The functions placed as *partner* in initialisers whose *slot* is *member*."""
    text = program.sources.clean(member.file).decode("latin-1")
    found: list[Member] = []
    for match in re.finditer(rf"\.{slot}\s*=\s*&?{re.escape(member.name)}\b", text):
        opening, closing = text.rfind("{", 0, match.start()), text.find("}", match.end())
        placed = re.search(rf"\.{partner}\s*=\s*&?(\w+)", text[opening:closing])
        if placed:
            found += program.resolve(placed[1], member.file)
    return found


def _releases(member: Member, lock: str) -> bool:
    return any(
        key[0] == lock and isinstance(state, Dropped)
        for found in member.analysis.exits
        for key, state in found.state.locks.items()
    )
