"""Cutting a file into chunks that can be parsed alone.

Kernel style ends every top-level construct with ``}`` in column 0, so a cut is found at the
speed of a text search, a text that the grammar cannot read spoils one function and not a
file, and the hash of a chunk's text is a perfect cache key for what was read from it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_CLOSER = re.compile(rb"^\}[^\n{]*$", re.MULTILINE)
_BRACES = re.compile(
    rb"[{}]|^[ \t]*#[ \t]*(if|ifdef|ifndef|else|elif|endif|define)\b(?:[^\n\\]|\\.)*",
    re.MULTILINE | re.DOTALL,
)
_MAX_GLUED = 1 << 20
"""Bytes after which an unbalanced chunk is left as it is: it is not C, or is cut off."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a file: byte offsets, and the line (from 1) it begins at."""

    start: int
    end: int
    line: int


def depth(clean: bytes) -> int:
    """Braces left open at the end of *clean* (comments and literals already blanked).

    Where ``#if``/``#else`` arms open different braces, the first arm counts; macro bodies
    do not count.
    """
    level = 0
    arms: list[list[int]] = []  # for each open #if: [depth before it, depth after its first arm]
    for match in _BRACES.finditer(clean):
        found = match[0]
        if found == b"{":
            level += 1
        elif found == b"}":
            level -= 1
        else:
            level = _through_directive(match[1], level, arms)
    return level


def _through_directive(word: bytes, level: int, arms: list[list[int]]) -> int:
    if word in (b"if", b"ifdef", b"ifndef"):
        arms.append([level, -1])
    elif word in (b"else", b"elif") and arms:
        if arms[-1][1] < 0:
            arms[-1][1] = level
        return arms[-1][0]
    elif word == b"endif" and arms:
        _, after_first = arms.pop()
        return level if after_first < 0 else after_first
    return level


def split(clean: bytes) -> list[Chunk]:
    """Cut *clean* (see :func:`lockmap.syntax.lex.blank`) at every ``}`` in column 0.

    A chunk therefore holds one function, struct or initialiser and whatever declarations
    and macros stand before it.  Chunks cover the text without gap or overlap.  A cut may
    be wrong (a ``}`` in column 0 inside a function): :func:`whole` mends those that matter.
    """
    chunks = []
    start, line = 0, 1
    for match in _CLOSER.finditer(clean):
        end = match.end() + 1
        if _continued(clean, match.start()):
            continue
        chunks.append(Chunk(start, min(end, len(clean)), line))
        line += clean.count(b"\n", start, end)
        start = end
    if start < len(clean):
        chunks.append(Chunk(start, len(clean), line))
    return chunks


def _continued(clean: bytes, at: int) -> bool:
    """Whether the line before *at* ends with a backslash: then this is a macro's body."""
    before = clean[max(0, at - 3) : at].rstrip(b"\r\n")
    return before.endswith(b"\\")


def whole(clean: bytes, chunks: list[Chunk], index: int) -> tuple[Chunk, int]:
    """Chunk *index* glued with its successors until its braces balance.

    Returns the chunk and the index of the first chunk after it.  A chunk that never
    balances is returned as it was cut.
    """
    first = chunks[index]
    end, after = first.end, index + 1
    while True:
        level = depth(clean[first.start : end])
        if level <= 0:
            return Chunk(first.start, end, first.line), after
        if after >= len(chunks) or end - first.start > _MAX_GLUED:
            return first, index + 1
        end = chunks[after].end
        after += 1
