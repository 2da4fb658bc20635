"""Structs and unions of a whole tree: found through the outlines, read when asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from lockmap.program.code import Code
from lockmap.program.nearest import shared_folders
from lockmap.program.types import members
from lockmap.syntax.hashing import name_hash, signed
from lockmap.syntax.lex import blank
from lockmap.syntax.outlining.memory import TYPE

_TAG = re.compile(r"\b(?:struct|union)\s+(\w+)")
_MOST_BYTES = 1 << 17


@dataclass(slots=True)
class Structs:
    """The structs of *code*; *read* gives the bytes of a file."""

    code: Code
    read: Callable[[str], bytes]
    _found: dict[int, dict[str, str]] = field(default_factory=dict)
    _by_hash: dict[int, list[int]] = field(default_factory=dict)
    _near: dict[tuple[int, str], int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        items = self.code.items
        for item in np.flatnonzero(items["kind"] == TYPE).tolist():
            self._by_hash.setdefault(int(items["hash"][item]), []).append(item)

    def name_of(self, value: int) -> str:
        """The tag whose hash is *value*; empty when no struct has it."""
        found = self._by_hash.get(value)
        return self.code.name(found[0]) if found else ""

    def members(self, tag: str, home: str = "") -> dict[str, str]:
        """(member → type as written) of ``struct tag`` as seen from file *home*.

        Members of anonymous structs are its own.  Empty when the tree does not define it.
        """
        key = (hash_of(tag), home)
        if key not in self._near:
            self._near[key] = self._chosen(self._by_hash.get(key[0], []), home)
        chosen = self._near[key]
        return self._members(chosen) if chosen is not None else {}

    def _chosen(self, items: list[int], home: str) -> int | None:
        """The definition of several that is meant in *home*: its own, else the nearest."""
        if len(items) <= 1:
            return items[0] if items else None

        def far(item: int) -> tuple[bool, bool, int, bool, str]:
            path = self.code.file(item)
            shared = shared_folders(home, path)
            public = path.startswith("include/")
            return (path != home, not public and shared < 2, -shared, not public, path)

        return min(items, key=far)

    def _members(self, item: int) -> dict[str, str]:
        known = self._found.get(item)
        if known is None:
            start = int(self.code.items["start"][item])
            text = self.read(self.code.file(item))[start : start + _MOST_BYTES]
            known = self._found[item] = {}
            for name, kind in members(_own_text(blank(text))):
                known.setdefault(name, kind)
        return known


@cache
def hash_of(name: str) -> int:
    """The hash of a name, as the columns of :class:`Code` have it."""
    return signed(name_hash(name))


def _own_text(text: bytes) -> bytes:
    """*text* up to the brace that closes the first one in it; headed as a struct."""
    opening = text.find(b"{")
    depth = 0
    for match in re.finditer(rb"[{}]", text):
        depth += 1 if match[0] == b"{" else -1
        if depth == 0:
            return b"struct s " + text[opening : match.end()] + b";"
    return b""


def tag_of(kind: str) -> str:
    """The struct in a type as written; empty where there is none."""
    match = _TAG.search(kind)
    return match[1] if match else ""
