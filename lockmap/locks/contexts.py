"""Under which modes of a lock each function may, and must, run: over the call graph.

*May*: a breadth-first search from the calls made while the lock is held, so that each function
has its shortest way from an acquisition.  *Must*: the greatest fixpoint, in which a function
holds what every call of it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Bits = NDArray[np.int8]

READ, WRITE, CALLERS = 1, 2, 4
"""What a call is made under: the lock held for read, for write; as the caller's caller has it.
Several where paths differ; none: not held."""
MODES = (READ, WRITE)


@dataclass(frozen=True, slots=True)
class Graph:
    """Calls among functions numbered from 0, in order of ``caller``."""

    functions: int
    caller: Ids
    callee: Ids
    under: Bits
    """For each call, what it is made under."""

    def first(self) -> Ids:
        """Where the calls of each function begin; one more entry at the end."""
        return np.searchsorted(self.caller, np.arange(self.functions + 1)).astype(np.int64)


def in_order(functions: int, caller: Ids, callee: Ids, under: Bits) -> tuple[Graph, Ids]:
    """A graph of calls given in any order, and where each of its calls stood."""
    order = np.argsort(caller, kind="stable")
    return Graph(functions, caller[order], callee[order], under[order]), order


@dataclass(frozen=True, slots=True)
class Reached:
    """The functions that may run under one mode."""

    distance: NDArray[np.int32]
    """Calls from the function that holds the lock; 1 for those it calls; -1: cannot."""
    through: Ids
    """The call by which each is reached first; -1 where it is not."""


def may_run(graph: Graph, mode: int) -> Reached:
    """Which functions may run with the lock held in *mode*, each by a shortest way."""
    distance = np.full(graph.functions, -1, dtype=np.int32)
    through = np.full(graph.functions, -1, dtype=np.int64)
    first = graph.first()
    calls = np.flatnonzero(graph.under & mode)
    level = 1
    while len(calls):
        calls = calls[distance[graph.callee[calls]] < 0]
        found, at = np.unique(graph.callee[calls], return_index=True)
        distance[found], through[found] = level, calls[at]
        calls = _calls_of(found, first)
        calls = calls[(graph.under[calls] & CALLERS) != 0]
        level += 1
    return Reached(distance, through)


def _calls_of(functions: Ids, first: Ids) -> Ids:
    """The calls that *functions* make."""
    counts = first[functions + 1] - first[functions]
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    return np.asarray(np.arange(int(counts.sum())) - starts + np.repeat(first[functions], counts))


def way(graph: Graph, reached: Reached, function: int) -> list[int]:
    """The calls by which *function* is reached, from the one made with the lock held.

    Empty where it is not reached.
    """
    calls: list[int] = []
    while reached.through[function] >= 0 and len(calls) <= graph.functions:
        call = int(reached.through[function])
        calls.append(call)
        if reached.distance[function] == 1:
            break
        function = int(graph.caller[call])
    return calls[::-1]


def must_run(graph: Graph, entries: Sequence[int] | Ids) -> Bits:
    """What each function holds however it is called: READ, WRITE, both (one or the other), or 0.

    *entries* are called from outside the graph, with nothing held; so is what nothing calls.
    """
    order = np.argsort(graph.callee, kind="stable")
    callee, caller, under = graph.callee[order], graph.caller[order], graph.under[order]
    starts = np.flatnonzero(np.append(True, callee[1:] != callee[:-1])) if len(callee) else callee
    called = callee[starts]
    none = np.ones(graph.functions, dtype=np.bool_)
    none[called] = False
    none[np.asarray(entries, dtype=np.int64)] = True
    # Held in some way on every call, and in which ways over all calls.
    held = ~none
    while len(called):
        now = held.copy()
        passes = ((under & (READ | WRITE)) != 0) | (((under & CALLERS) != 0) & held[caller])
        passes &= ((under & CALLERS) == 0) | held[caller]
        now[called] = np.minimum.reduceat(passes, starts)
        now &= ~none
        if np.array_equal(now, held):
            break
        held = now
    modes = np.zeros(graph.functions, dtype=np.int8)
    while len(called):
        gives = (under & (READ | WRITE)) | np.where((under & CALLERS) != 0, modes[caller], 0)
        now_modes = np.zeros_like(modes)
        now_modes[called] = np.bitwise_or.reduceat(gives, starts)
        now_modes[~held] = 0
        if np.array_equal(now_modes, modes):
            break
        modes = now_modes
    return modes
