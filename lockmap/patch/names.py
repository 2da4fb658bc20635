"""File names as diffs write them: quoted, with a prefix to strip, with a time stamp behind."""

from __future__ import annotations

import os
import re

NOWHERE = b"/dev/null"

_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-3][0-7]{2}|.)", re.DOTALL)
_LETTERS = {
    b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v",
}  # fmt: skip


def unquoted(name: bytes) -> bytes:
    """The name itself: git puts one with unusual bytes in quotes, as a C string."""
    found = _QUOTED.match(name)
    return _unescaped(found[1]) if found is not None else name


def _unescaped(text: bytes) -> bytes:
    def one(found: re.Match[bytes]) -> bytes:
        escape = found[1]
        if escape.isdigit():
            return bytes([int(escape, 8) & 0xFF]) if len(escape) == 3 else escape
        return _LETTERS.get(escape, escape)

    return _ESCAPE.sub(one, text)


def after_marker(line: bytes) -> bytes:
    """The name in a ``---`` or ``+++`` line: what follows a tab is a time stamp."""
    rest = line[4:]
    if rest.startswith(b'"'):
        return unquoted(rest)
    return rest.partition(b"\t")[0].rstrip(b"\r\n")


def both_names(line: bytes) -> tuple[bytes, bytes]:
    """The two names of a ``diff --git`` line; empty when it cannot be told where one ends.

    Only names that differ in nothing but the first folder (``a/``, ``b/``) can be
    told apart when they hold spaces: git names a file that was renamed elsewhere.
    """
    rest = line.removeprefix(b"diff --git ").rstrip(b"\r\n")
    first = _QUOTED.match(rest)
    if first is not None:
        return _unescaped(first[1]), unquoted(rest[first.end() :].lstrip(b" "))
    if rest.endswith(b'"') and b' "' in rest:
        name, _, second = rest.partition(b' "')
        return name, unquoted(b'"' + second)
    at = rest.find(b" ")
    while at >= 0:
        left, right = rest[:at], rest[at + 1 :]
        if left == right or left.partition(b"/")[2] == right.partition(b"/")[2] != b"":
            return left, right
        at = rest.find(b" ", at + 1)
    return b"", b""


def stripped(name: bytes, level: int) -> str:
    """The path without its first *level* folders, bytes that are no UTF-8 as surrogates.

    Empty when it has no more folders than that, or names nothing at all.
    """
    if not name or name == NOWHERE:
        return ""
    parts = re.split(rb"/+", name)
    return os.fsdecode(b"/".join(parts[level:])) if len(parts) > level else ""
