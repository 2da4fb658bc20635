"""Whether a text names any of some words: for what is too dull to be outlined."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import compiled
from lockmap.syntax.hashing import FNV_PRIME, FNV_START, fill_table
from lockmap.syntax.outlining.memory import is_letter


def names_any(text: bytes, words: frozenset[bytes]) -> bool:
    """Whether *text*, raw, has one of *words* as a whole word, be it in a comment."""
    return bool(_names_any(np.frombuffer(text, dtype=np.uint8), _table(words), 0))


@cache
def _table(words: frozenset[bytes]) -> NDArray[np.int64]:
    slots = 64
    while slots < 4 * len(words):
        slots *= 2
    table = np.zeros(2 * slots, dtype=np.int64)
    fill_table(table, {word.decode("latin-1"): 1 for word in words})
    return table


@compiled
def _names_any(text: Bytes, table: NDArray[np.int64], at: int) -> bool:
    size, mask = text.size, table.size // 2 - 1
    while at < size:
        if not is_letter(text[at]):
            at += 1
            continue
        bits = FNV_START
        while at < size and (is_letter(text[at]) or 48 <= text[at] < 58):
            bits = (bits ^ np.uint64(text[at])) * FNV_PRIME
            at += 1
        value = np.int64(bits)
        slot = value & mask
        while table[2 * slot] != 0:
            if table[2 * slot] == value:
                return True
            slot = (slot + 1) & mask
    return False
