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
from lockmap.syntax.declared import TypeReader
from lockmap.syntax.hashing import short_hash
from lockmap.syntax.outline import Outline, Outliner
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
    return Indexed(outline.words, _definitions(outline), _functions(outline), outline.clean)


def _definitions(outline: Outline) -> NDArray[np.uint32]:
    items = outline.items
    kinds = items[:, KIND]
    defines = ((kinds == FUNCTION) | (kinds == MACRO) | (kinds == TYPE)) & (items[:, NAME] >= 0)
    return np.unique(items[defines, HASH].astype(np.uint32))


def _functions(outline: Outline) -> int:
    items = outline.items
    alive = (items[:, FLAGS] & DEAD_CODE) == 0
    return int(np.count_nonzero((items[:, KIND] == FUNCTION) & alive))


def holds_any(mentions: NDArray[np.uint32], words: frozenset[bytes]) -> bool:
    """Whether a file of these *mentions* names one of *words* (rarely: seems to)."""
    return bool(_in_table(words)[mentions & _TABLE_MASK].any()) and not _hashes(words).isdisjoint(
        mentions.tolist()
    )


_TABLE_MASK = 0xFFFF


@cache
def _hashes(words: frozenset[bytes]) -> frozenset[int]:
    return frozenset(short_hash(word) for word in words)


@cache
def _in_table(words: frozenset[bytes]) -> NDArray[np.bool_]:
    """By the low half of a hash: whether it may be one of *words*."""
    table = np.zeros(_TABLE_MASK + 1, dtype=np.bool_)
    table[[value & _TABLE_MASK for value in _hashes(words)]] = True
    return table
