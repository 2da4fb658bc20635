"""Which of millions of numbers are in a set: in one compiled pass, without sorting them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lockmap.syntax.compiled import compiled

Numbers = NDArray[np.int64]
_MIXER = -7046029254386353131  # 2^64 / golden ratio, as a signed number


@compiled
def _mark_into(
    values: Numbers, of: Numbers, table: Numbers, shift: int, found: NDArray[np.bool_]
) -> None:
    """Set *found* where one of *values* is among *of*; *table*: zeros, a power of two of them.

    Zero marks a free place of the table, so that it is looked for by itself.
    """
    mask = table.size - 1
    has_zero = False
    for number in range(of.size):
        value = of[number]
        if value == 0:
            has_zero = True
            continue
        slot = ((value * _MIXER) >> shift) & mask
        while table[slot] != 0 and table[slot] != value:
            slot = (slot + 1) & mask
        table[slot] = value
    for number in range(values.size):
        value = values[number]
        if value == 0:
            found[number] = has_zero
            continue
        slot = ((value * _MIXER) >> shift) & mask
        while table[slot] != 0 and table[slot] != value:
            slot = (slot + 1) & mask
        found[number] = table[slot] == value


def among(values: NDArray[Any], of: NDArray[Any]) -> NDArray[np.bool_]:
    """Of each of *values*, whether it is one of *of*; both are whole numbers of 64 bits or less."""
    found = np.zeros(len(values), dtype=np.bool_)
    if len(of) and len(values):
        bits = max(6, (2 * len(of)).bit_length())
        _mark_into(
            np.ascontiguousarray(values, dtype=np.int64),
            np.ascontiguousarray(of, dtype=np.int64),
            np.zeros(1 << bits, dtype=np.int64),
            64 - bits,
            found,
        )
    return found
