"""Where a text names any of some words."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lockmap.syntax.blanking import Bytes
from lockmap.syntax.compiled import lean
from lockmap.syntax.hashing import FNV_PRIME, FNV_START, fill_table
from lockmap.syntax.outlining.memory import in_word

_MOST_PLACES = 1 << 16
"""Places that are found in one go."""


@dataclass(frozen=True, slots=True)
class Named:
    """Which of some words a text names where, in order."""

    starts: list[int]
    words: list[bytes]

    def between(self, start: int, end: int) -> list[bytes]:
        """The words named from *start* up to *end*."""
        first = bisect_left(self.starts, start)
        return self.words[first : bisect_left(self.starts, end, first)]

    def among(self, words: frozenset[bytes]) -> Named:
        """The places of *words* alone."""
        kept = [n for n, word in enumerate(self.words) if word in words]
        return Named([self.starts[n] for n in kept], [self.words[n] for n in kept])


def names_any(text: bytes, words: frozenset[bytes]) -> bool:
    """Whether *text*, raw, has one of *words* as a whole word, be it in a comment."""
    found = np.empty((1, 2), dtype=np.int64)
    table = _table(words)
    data = np.frombuffer(text, dtype=np.uint8)
    return _find(data, table.numbers, table.firsts, 0, found)[0] > 0


def where_named(text: bytes, words: frozenset[bytes]) -> Named:
    """Every place of *text* that has one of *words* as a whole word."""
    table = _table(words)
    data = np.frombuffer(text, dtype=np.uint8)
    found = np.empty((min(_MOST_PLACES, 1 + len(text) // 2), 2), dtype=np.int64)
    starts: list[int] = []
    named: list[bytes] = []
    at = 0
    while at < len(text):
        count, at = _find(data, table.numbers, table.firsts, at, found)
        starts += found[:count, 0].tolist()
        named += [table.words[number - 1] for number in found[:count, 1].tolist()]
    return Named(starts, named)


@dataclass(frozen=True, slots=True)
class _Table:
    """Some words, to be looked for."""

    numbers: NDArray[np.int64]
    """A hash table from word to number, from 1 on."""
    firsts: NDArray[np.bool_]
    """For each byte whether one of them begins with it."""
    words: list[bytes]
    """By number."""


@cache
def _table(words: frozenset[bytes]) -> _Table:
    ordered = sorted(words)
    slots = 64
    while slots < 4 * len(words):
        slots *= 2
    table = np.zeros(2 * slots, dtype=np.int64)
    fill_table(table, {word.decode("latin-1"): n for n, word in enumerate(ordered, 1)})
    firsts = np.zeros(256, dtype=np.bool_)
    firsts[[word[0] for word in ordered if not word[:1].isdigit()]] = True
    return _Table(table, firsts, ordered)


@lean
def _find(
    text: Bytes,
    table: NDArray[np.int64],
    firsts: NDArray[np.bool_],
    at: int,
    found: NDArray[np.int64],
) -> tuple[int, int]:
    """Note (place, number) of the words from *at* on; how many, and how far the text was read."""
    size, mask, count = text.size, table.size // 2 - 1, 0
    while at < size:
        start = at
        if not firsts[text[at]]:  # nor does a number, whose suffix is none
            while at < size and in_word(text[at]):
                at += 1
            if at == start:
                at += 1
            continue
        bits = FNV_START
        while at < size and in_word(text[at]):
            bits = (bits ^ np.uint64(text[at])) * FNV_PRIME
            at += 1
        value = np.int64(bits)
        slot = value & mask
        while table[2 * slot] != 0:
            if table[2 * slot] == value:
                found[count, 0], found[count, 1] = start, table[2 * slot + 1]
                count += 1
                break
            slot = (slot + 1) & mask
        if count == found.shape[0]:
            break
    return count, at
