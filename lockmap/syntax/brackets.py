"""Matching brackets in blanked text, in one pass and without recursion."""

from __future__ import annotations

import re

_ROUND = re.compile(rb"[()]")
_ANY = re.compile(rb"[(),{}\[\]]")


def closing(text: bytes, opening: int) -> int:
    """Offset of the ``)`` that closes the ``(`` at *opening*; -1 where there is none."""
    level = 0
    for match in _ROUND.finditer(text, opening):
        level += 1 if match[0] == b"(" else -1
        if level == 0:
            return match.start()
    return -1


def pairs(text: bytes, start: int = 0) -> dict[int, int]:
    """Offset of each ``(`` from *start* on → offset of its ``)``; unmatched ones are left out."""
    found: dict[int, int] = {}
    open_now: list[int] = []
    for match in _ROUND.finditer(text, start):
        if match[0] == b"(":
            open_now.append(match.start())
        elif open_now:
            found[open_now.pop()] = match.start()
    return found


def commas(text: bytes, start: int, end: int) -> list[int]:
    """Offsets of the commas between *start* and *end* that are in no inner bracket."""
    level = 0
    found = []
    for match in _ANY.finditer(text, start, end):
        token = match[0]
        if token in b"({[":
            level += 1
        elif token in b")}]":
            level -= 1
        elif level == 0:
            found.append(match.start())
    return found
