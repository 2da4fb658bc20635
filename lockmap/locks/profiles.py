"""How locks are held when a function is called, as its call sites tell: each has one vote.

Where not all callers of a function hold a lock, or not all are known, nothing about it is
certain; but that of thirty callers twenty-nine hold it says what is meant.  A *profile* is what
shares of the calls are made with which locks held; what its callers do not tell stays unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lockmap.locks.contexts import CALLERS, READ, WRITE
from lockmap.locks.held import Held

Ids = NDArray[np.int64]
Shares = NDArray[np.float64]
State = int
"""How all locks are held: two bits a lock, the first lock lowest; see ``WAYS``."""
WAYS: tuple[Held, ...] = ("unknown", "none", "read", "write")
_BITS, _ALL = 2, 3
_ROUNDS = 24
_SMALL = 1 / 512
"""Shares below this are left to the unknown, and so is a change that small."""


@dataclass(frozen=True, slots=True)
class Sites:
    """Calls among functions numbered from 0, in any order."""

    caller: Ids
    callee: Ids
    under: Sequence[NDArray[np.int8]]
    """Of each lock: what each call is made under, as in ``contexts.Graph``."""
    weight: Shares
    """What each call counts for, at most 1."""


@dataclass(frozen=True, slots=True)
class Profiles:
    """Of each function: how its callers hold the locks, and at what share of the calls."""

    function: Ids
    """Ascending."""
    state: Ids
    share: Shares

    def of(self, function: int) -> list[tuple[State, float]]:
        """The profile of one; where the shares do not sum up to 1, the rest is unknown."""
        low, high = np.searchsorted(self.function, [function, function + 1]).tolist()
        found: list[tuple[State, float]] = list(
            zip(self.state[low:high].tolist(), self.share[low:high].tolist(), strict=True)
        )
        rest = 1 - sum(share for _, share in found)
        return [*found, (0, rest)] if rest > _SMALL else found


@cache
def ways(state: State, locks: int) -> tuple[Held, ...]:
    """A state in words, in the order of the locks."""
    return tuple(WAYS[state >> _BITS * lock & _ALL] for lock in range(locks))


def profiles(sites: Sites, first: Ids, unseen: Shares) -> Profiles:
    """The profiles of all functions.

    *first*: for each function, the state in which it is called from where no call is known;
    *unseen*: how many such calls each is taken to have, next to those in *sites*.
    """
    functions = len(first)
    edge, keep, put, weight = _split(sites)
    caller, callee = sites.caller[edge], sites.callee[edge]
    called = np.bincount(sites.callee, sites.weight, functions) > 0
    own = np.where(called, unseen, 1.0)
    width = _BITS * len(sites.under)
    only_state = (1 << width) - 1
    at = np.flatnonzero(own > 0)
    base_key, base_share = (at << width) | first[at], own[at]
    key, share = _summed(base_key, base_share, width)
    for _ in range(_ROUNDS):
        start = np.searchsorted(key, np.arange(functions + 1) << width)
        counts = (start[1:] - start[:-1])[caller]
        row = np.repeat(np.arange(len(caller)), counts)
        of_caller = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        of_caller += np.repeat(start[caller], counts)
        state = (key[of_caller] & only_state & keep[row]) | put[row]
        new_key = np.concatenate([base_key, (callee[row] << width) | state])
        new_share = np.concatenate([base_share, share[of_caller] * weight[row]])
        new_key, new_share = _summed(new_key, new_share, width)
        done = len(new_key) == len(key) and bool(np.array_equal(new_key, key))
        done = done and float(np.abs(new_share - share).max(initial=0)) < _SMALL
        key, share = new_key, new_share
        if done:
            break
    return Profiles(key >> width, key & only_state, share)


def _summed(key: Ids, votes: Shares, width: int) -> tuple[Ids, Shares]:
    """The votes for each state of each function, as shares of all votes that it has so far.

    So functions that call each other in a circle have what comes into the circle.
    """
    found, where = np.unique(key[votes > 0], return_inverse=True)
    summed = np.bincount(where, votes[votes > 0], len(found))
    function = found >> width
    share = summed / np.bincount(function, summed, int(function.max(initial=0)) + 1)[function]
    kept = share >= _SMALL
    return found[kept], share[kept]


def _split(sites: Sites) -> tuple[Ids, Ids, Ids, Shares]:
    """Each call once for each way in which it may be made.

    Where only some paths take the lock, the others pass on the caller's, or there is none to
    take: as evidence, it is taken.

    (number of the call, which bits of its caller's state stay, which are set, what it counts)
    """
    edge = np.arange(len(sites.caller))
    keep = np.zeros(len(edge), dtype=np.int64)
    put = np.zeros(len(edge), dtype=np.int64)
    weight = sites.weight.astype(np.float64)
    for lock, bits in enumerate(sites.under):
        shift = _BITS * lock
        choices = (
            (READ, 0, WAYS.index("read")),
            (WRITE, 0, WAYS.index("write")),
            (CALLERS, _ALL, 0),
        )
        now = bits[edge]
        taken = (now & (READ | WRITE)) != 0
        parts = [(now == 0, 0, WAYS.index("none"))]
        parts += [
            (((now & bit) != 0) & ~(taken & (bit == CALLERS)), k, way) for bit, k, way in choices
        ]
        several = np.maximum(sum(chosen.astype(np.int64) for chosen, _, _ in parts), 1)
        chosen = [np.flatnonzero(which) for which, _, _ in parts]
        keep = np.concatenate(
            [keep[c] | k << shift for c, (_, k, _) in zip(chosen, parts, strict=True)]
        )
        put = np.concatenate(
            [put[c] | way << shift for c, (_, _, way) in zip(chosen, parts, strict=True)]
        )
        weight = np.concatenate([weight[c] / several[c] for c in chosen])
        edge = np.concatenate([edge[c] for c in chosen])
    return edge, keep, put, weight
