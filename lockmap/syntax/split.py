"""Cutting a file into chunks that can be parsed alone.

Kernel style ends every top-level construct with ``}`` in column 0, so a cut is found at the
speed of a text search, a text that the grammar cannot read spoils one function and not a
file, and the hash of a chunk's text is a perfect cache key for what was read from it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain

from lockmap.syntax.directives import REST_OF_LINE, Depth

# Begins with letters, not with ^: that is found ten times as fast.
_CLOSER = re.compile(rb"\n(\}[^\n{]*)(?=\n|\Z)")
_FIRST_CLOSER = re.compile(rb"(\}[^\n{]*)(?=\n|\Z)")
_BRACES = re.compile(
    rb"[{}]|^[ \t]*#[ \t]*(if|ifdef|ifndef|else|elif|endif|define)\b" + REST_OF_LINE,
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


def split(clean: bytes) -> list[Chunk]:
    """Cut *clean* (see :func:`lockmap.syntax.lex.blank`) at every ``}`` in column 0.

    A chunk therefore holds one function, struct or initialiser and whatever declarations
    and macros stand before it.  Chunks cover the text without gap or overlap.  A cut may
    be wrong (a ``}`` in column 0 inside a function): :func:`whole` mends those that matter.
    """
    chunks = []
    start, line = 0, 1
    first = _FIRST_CLOSER.match(clean)
    for match in chain((first,) if first else (), _CLOSER.finditer(clean)):
        if _continued(clean, match.start(1)):
            continue
        end = min(match.end() + 1, len(clean))
        chunks.append(Chunk(start, end, line))
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
    depth = Depth()
    for after in range(index, len(chunks)):
        chunk = chunks[after]
        _count(clean, chunk, depth)
        if depth.level <= 0:
            return Chunk(first.start, chunk.end, first.line), after + 1
        if chunk.end - first.start > _MAX_GLUED:
            break
    return first, index + 1


def _count(clean: bytes, chunk: Chunk, depth: Depth) -> None:
    """Go through the braces of *chunk*; those of macro bodies do not count."""
    for match in _BRACES.finditer(clean, chunk.start, chunk.end):
        found = match[0]
        if found == b"{":
            depth.level += 1
        elif found == b"}":
            depth.level -= 1
        else:
            depth.directive(match[1])
