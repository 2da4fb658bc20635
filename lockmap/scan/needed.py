"""Contracts in words: what functions need of a lock of their caller."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lockmap.map.records import Claim, Contract

_MODES = {"read": " for read", "write": " for write", "any": ""}


def needed(claims: Iterable[Claim]) -> list[Contract]:
    """``needs mmap_lock held for write: asserts it on line 12``, one for each way of saying so."""
    lines: dict[Claim, set[int]] = {}
    for claim in claims:
        lines.setdefault(replace(claim, at=0), set()).add(claim.at)
    found: list[Contract] = []
    for c, at in lines.items():
        where = ("line " if len(at) == 1 else "lines ") + ", ".join(map(str, sorted(at)))
        maybe = "" if c.always else " on some paths"
        text = f"needs {c.lock} held{_MODES[c.mode]}{maybe}: {c.what} it on {where}"
        found.append(Contract(c.file, c.line, c.function, c.lock, text))
    return found
