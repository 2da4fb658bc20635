"""Which parameters of what may be functions: a slot is a name and the number of a parameter.

Told by names alone, before anything is resolved: enough to leave out the millions of arguments
that nobody calls or keeps.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lockmap.program.code import Code
from lockmap.program.membership import among
from lockmap.syntax.hashing import signed
from lockmap.syntax.outlining import memory as o

_MOST_ROUNDS = 12
_STEP = 31
_MASK = (1 << 64) - 1
_LAST = 63
"""The last argument that is told from others."""


@dataclass(frozen=True)
class Slots:
    """A set of slots, as one number each."""

    keys: NDArray[np.int64]

    def has(
        self, names: NDArray[np.int64], positions: NDArray[np.uint16] | NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Which of the arguments at *positions* of calls of *names* (hashes) stand in one."""
        return among(slot_keys(names, positions), self.keys)

    def __or__(self, other: Slots) -> Slots:
        return Slots(np.union1d(self.keys, other.keys))

    def __contains__(self, slot: tuple[int, int]) -> bool:
        return signed((slot[0] * _STEP + slot[1]) & _MASK) in self._set

    @cached_property
    def _set(self) -> frozenset[int]:
        return frozenset(self.keys.tolist())


def slots_of(wanted: Iterable[tuple[int, int, bool]]) -> Slots:
    """Of (name, position, whether all after it as well) of each."""
    pairs = [
        (name, at)
        for name, position, rest in wanted
        for at in range(position, (_LAST if rest else position) + 1)
    ]
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Slots(np.unique(slot_keys(table[:, 0], table[:, 1])))


def function_slots(code: Code) -> Slots:
    """The parameters that are called, or put somewhere, by whom they are handed to."""
    calls, refs, hashes = code.calls, code.refs, code.items["hash"]
    own = np.flatnonzero(refs["parameter"] > 0)
    kinds = refs["kind"][own]
    kept = own[(kinds == o.VALUE) | (kinds == o.ASSIGNMENT) | (kinds == o.POINTER_CALL)]
    called = np.flatnonzero(calls["parameter"] > 0)
    names = np.concatenate([hashes[refs["owner"][kept]], hashes[calls["owner"][called]]])
    numbers = np.concatenate([refs["parameter"][kept], calls["parameter"][called]])
    known = np.unique(slot_keys(names, numbers.astype(np.int64) - 1))
    passed = own[kinds == o.ARGUMENT]
    into = slot_keys(refs["context"][passed], refs["position"][passed])
    order = np.argsort(into, kind="stable")
    into = into[order]
    out = slot_keys(hashes[refs["owner"][passed]], refs["parameter"][passed].astype(np.int64) - 1)
    out = out[order]
    fresh = known
    for _ in range(_MOST_ROUNDS):
        low, high = np.searchsorted(into, fresh), np.searchsorted(into, fresh, side="right")
        more = [out[a:b] for a, b in zip(low.tolist(), high.tolist(), strict=True) if a < b]
        if not more:
            break
        fresh = np.setdiff1d(np.concatenate(more), known)
        known = np.union1d(known, fresh)
        if not len(fresh):
            break
    return Slots(known)


def slot_keys(
    names: NDArray[np.int64], positions: NDArray[np.uint16] | NDArray[np.int64]
) -> NDArray[np.int64]:
    """A number for each place of an argument: the hash of the callee, and which it is."""
    return np.asarray(names * _STEP + positions.astype(np.int64))
