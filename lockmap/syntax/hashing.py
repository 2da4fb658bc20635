"""Names as numbers: 64-bit FNV-1a, so that a kernel's names are compared by the million.

Among a million names two share a number with a chance of 1 in 40 million; the low half
serves where a collision only costs a look at one more file.
Source: Fowler, Noll, Vo: the FNV non-cryptographic hash algorithm (IETF draft-eastlake-fnv).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lockmap.syntax.compiled import inlined

FNV_START = np.uint64(0xCBF29CE484222325)
FNV_PRIME = np.uint64(0x100000001B3)
_MASK = (1 << 64) - 1


@inlined
def hash_span(text: NDArray[np.uint8], start: int, end: int) -> int:
    """The hash of text[start:end], its bits as those of a signed number."""
    value = FNV_START
    for at in range(start, end):
        value = (value ^ np.uint64(text[at])) * FNV_PRIME
    return np.int64(value)  # type: ignore[return-value]


def name_hash(name: str | bytes) -> int:
    """The 64-bit hash of *name*, as :func:`hash_span` has it of the same bytes."""
    value = int(FNV_START)
    for byte in name.encode("utf-8", "surrogateescape") if isinstance(name, str) else name:
        value = ((value ^ byte) * int(FNV_PRIME)) & _MASK
    return value


def short_hash(name: str | bytes) -> int:
    """The low half of the hash."""
    return name_hash(name) & 0xFFFFFFFF


def signed(value: int) -> int:
    """A hash as :func:`hash_span` gives it."""
    return value - (1 << 64) if value >> 63 else value


def fill_table(table: NDArray[np.int64], classes: Mapping[str, int]) -> None:
    """Make *table*, of a power of two of pairs, an open hash table of word → class; 0 is free.

    Raises ValueError when it would be more than half full.
    """
    slots = table.size // 2
    if 2 * len(classes) > slots:
        raise ValueError(f"{len(classes)} words are too many for {slots} slots")
    table[:] = 0
    for word, class_ in classes.items():
        value = name_hash(word)
        slot = value & (slots - 1)
        while table[2 * slot]:
            slot = (slot + 1) & (slots - 1)
        table[2 * slot], table[2 * slot + 1] = signed(value), class_
