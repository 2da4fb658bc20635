"""Triage: what a file's bytes tell before anything is parsed.

Two short arrays a file answer the questions of all later stages, "who mentions X" and
"who defines X", for a whole kernel in memory: short hashes of names, where a collision
only costs a look at one more file.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lockmap.facts.outlined import Packer
from lockmap.syntax.compiled import lean
from lockmap.syntax.declared import TypeReader
from lockmap.syntax.hashing import short_hash
from lockmap.syntax.outline import Outliner
from lockmap.syntax.outlining.memory import (
    DEAD_CODE,
    FLAGS,
    FUNCTION,
    HASH,
    KIND,
    MACRO,
    NAME,
    TYPE,
)

_BINARY_BYTES = 8192
_SHORT = 1 << 15
"""Bytes of a header that is read in any case."""
_TABLE_MASK = 0xFFFF


@dataclass(frozen=True, slots=True)
class Indexed:
    """A file's index entries, and its text for whoever reads on."""

    mentions: NDArray[np.uint32]
    """Hashes of the names in it, each once."""
    definitions: NDArray[np.uint32]
    """Hashes of the functions, function-like macros, structs and unions that it defines."""
    functions: int
    clean: bytes
    """The text with comments and literals blank."""


@cache
def _outliner() -> Outliner:
    """The outliner of this process."""
    return Outliner()


@cache
def _type_reader() -> TypeReader:
    return TypeReader()


def is_binary(data: bytes) -> bool:
    """Whether *data* is no text."""
    return b"\0" in data[:_BINARY_BYTES]


def is_table(data: bytes) -> bool:
    """Whether *data* is a header of register numbers: long, and without a statement or body.

    A third of a kernel's bytes are such headers, and nobody calls or defines anything there.
    """
    return len(data) > _SHORT and b"{" not in data and b";" not in data


def packer() -> Packer:
    """A packer for the outlines of some files that are indexed one after the other."""
    return Packer(_outliner())


def index_text(data: bytes, into: Packer | None = None) -> Indexed:
    """Index the text *data*; its outline is added to a ``packer``."""
    wanted = into is not None
    outline = _outliner().outline(data, refers=wanted, declares=wanted)
    if into is not None:
        into.add(outline, _type_reader().read(outline))
    defined = np.empty(len(outline.items), dtype=np.uint32)
    count, functions = _defined_into(outline.items, defined)
    definitions = defined[:count]
    definitions.sort()
    distinct = definitions[: _keep_distinct(definitions)]
    return Indexed(outline.words, distinct, functions, outline.clean)


@lean
def _defined_into(items: NDArray[np.int64], found: NDArray[np.uint32]) -> tuple[int, int]:
    """Note what *items* define; how many there are, and how many functions are no dead code."""
    count, functions = 0, 0
    for number in range(items.shape[0]):
        kind = items[number, KIND]
        functions += kind == FUNCTION and items[number, FLAGS] & DEAD_CODE == 0
        if (kind in (FUNCTION, MACRO, TYPE)) and items[number, NAME] >= 0:
            found[count] = np.uint32(items[number, HASH])
            count += 1
    return count, functions


@lean
def _keep_distinct(found: NDArray[np.uint32]) -> int:
    """Move the first of each of some sorted numbers to the front; how many there are."""
    count = 0
    for number in range(found.size):
        if count == 0 or found[number] != found[count - 1]:
            found[count] = found[number]
            count += 1
    return count


def holds_any(mentions: NDArray[np.uint32], words: frozenset[bytes]) -> bool:
    """Whether a file of these *mentions* names one of *words* (rarely: seems to)."""
    return _may_hold(mentions, _in_table(words)) and not _hashes(words).isdisjoint(
        mentions.tolist()
    )


@lean
def _may_hold(mentions: NDArray[np.uint32], table: NDArray[np.bool_]) -> bool:
    found = False
    for number in range(mentions.size):
        found = found or table[mentions[number] & _TABLE_MASK]
    return found


@cache
def _hashes(words: frozenset[bytes]) -> frozenset[int]:
    return frozenset(short_hash(word) for word in words)


@cache
def _in_table(words: frozenset[bytes]) -> NDArray[np.bool_]:
    """By the low half of a hash: whether it may be one of *words*."""
    table = np.zeros(_TABLE_MASK + 1, dtype=np.bool_)
    table[[value & _TABLE_MASK for value in _hashes(words)]] = True
    return table
