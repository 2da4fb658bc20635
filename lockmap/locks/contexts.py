"""Under which modes of a lock each function may, and must, run: over the call graph.

*May*: a breadth-first search from the calls made while the lock is held, so that each function
has its shortest way from an acquisition.  *Must*: the greatest fixpoint, in which a function
holds what every call of it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lockmap.syntax.compiled import compiled

Ids = NDArray[np.int64]
Bits = NDArray[np.int8]
Numbers = NDArray[np.int32]
"""Of functions or calls: there are millions of these."""

READ, WRITE, CALLERS, ABSENT = 1, 2, 4, 16
"""What a call is made under: the lock held for read, for write; as the caller's caller has it.
Several where paths differ; none: not held.  ``ABSENT``, alone: no call at all, but for other
locks."""
MODES = (READ, WRITE)


@dataclass(frozen=True)
class Graph:
    """Calls among functions numbered from 0, in order of ``caller``."""

    functions: int
    caller: Numbers
    callee: Numbers
    under: Bits
    """For each call, what it is made under."""

    @cached_property
    def first(self) -> Ids:
        """Where the calls of each function begin; one more entry at the end."""
        counts = np.bincount(self.caller, minlength=self.functions)
        return np.append(0, np.cumsum(counts)).astype(np.int64)

    def made(self, under: Bits) -> Graph:
        """The same calls, made *under* something else."""
        other = replace(self, under=under)
        other.__dict__["first"] = self.first
        return other


def in_order(functions: int, caller: Numbers, callee: Numbers, under: Bits) -> tuple[Graph, Ids]:
    """A graph of calls given in any order, and where each of its calls stood."""
    order = np.argsort(caller, kind="stable")
    return Graph(functions, caller[order], callee[order], under[order]), order


@dataclass(frozen=True, slots=True)
class Reached:
    """The functions that may run under one mode."""

    distance: Numbers
    """Calls from the function that holds the lock; 1 for those it calls; -1: cannot."""
    through: Numbers
    """The call by which each is reached first; -1 where it is not."""


def may_run(graph: Graph, mode: int) -> Reached:
    """Which functions may run with the lock held in *mode*, each by a shortest way.

    In any of several modes where *mode* has the bits of several.
    """
    distance = np.full(graph.functions, -1, dtype=np.int32)
    through = np.full(graph.functions, -1, dtype=np.int32)
    queue = np.zeros(graph.functions, dtype=np.int32)
    _search(graph.first, graph.callee, graph.under, mode, distance, through, queue)
    return Reached(distance, through)


@compiled
def _search(
    first: Ids, callee: Numbers, under: Bits, mode: int, distance: Numbers, through: Numbers,
    queue: Numbers,
) -> None:  # fmt: skip
    """Breadth first.  *queue*: room for every function."""
    end = 0
    for call in range(callee.size):
        to = callee[call]
        if under[call] & mode and distance[to] < 0:
            distance[to], through[to] = 1, call
            queue[end] = to
            end += 1
    at = 0
    while at < end:
        function = queue[at]
        at += 1
        for call in range(first[function], first[function + 1]):
            to = callee[call]
            if under[call] & CALLERS and distance[to] < 0:
                distance[to], through[to] = distance[function] + 1, call
                queue[end] = to
                end += 1


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


def must_run(graph: Graph, entries: Sequence[int] | Ids, stated: Bits | None = None) -> Bits:
    """What each function holds however it is called: READ, WRITE, both (one or the other), or 0.

    *entries* are called from outside the graph, with nothing held; so is what nothing calls.
    *stated*: of each function, what it is known to be called with, whoever calls it; 0: nothing.
    """
    outer = np.zeros(graph.functions, dtype=np.bool_)
    outer[np.asarray(entries, dtype=np.int64)] = True
    modes = np.zeros(graph.functions, dtype=np.int8)
    queue = np.zeros(graph.functions, dtype=np.int32)
    if stated is not None and stated.any():
        modes[:] = stated
        graph = graph.made(np.where(stated[graph.callee] != 0, np.int8(ABSENT), graph.under))
    held = np.zeros(graph.functions, dtype=np.bool_)
    first, caller, callee, given = graph.first, graph.caller, graph.callee, graph.under
    _held_at_all(first, caller, callee, given, outer, modes, held, queue)
    _settle(first, callee, given, held, modes, queue)
    return modes


@compiled
def _held_at_all(
    first: Ids, caller: Numbers, callee: Numbers, under: Bits, outer: NDArray[np.bool_],
    modes: Bits, held: NDArray[np.bool_], queue: Numbers,
) -> None:  # fmt: skip
    """Who holds it in some way on every call: put into *held*, which is all False.

    *outer*: whoever is called from elsewhere, too; *modes*: not 0 where it is held whatever
    calls there are.  *queue*: room for every function.
    """
    # Whoever is only called from calls; what turns out not to hold it is taken out.
    for call in range(callee.size):
        if under[call] & ABSENT == 0:
            held[callee[call]] = not outer[callee[call]]
    for function in range(held.size):
        held[function] |= modes[function] != 0
    end = 0
    for call in range(callee.size):
        if under[call] & ABSENT != 0:
            continue
        bare = under[call] & (READ | WRITE | CALLERS) == 0
        bare |= under[call] & CALLERS != 0 and not held[caller[call]]
        if bare and held[callee[call]]:
            held[callee[call]] = False
            queue[end] = callee[call]
            end += 1
    at = 0
    while at < end:
        function = queue[at]
        at += 1
        for call in range(first[function], first[function + 1]):
            if under[call] & CALLERS and held[callee[call]]:
                held[callee[call]] = False
                queue[end] = callee[call]
                end += 1


@compiled
def _settle(
    first: Ids, callee: Numbers, under: Bits, held: NDArray[np.bool_], modes: Bits, queue: Numbers
) -> None:
    """In which ways those that are *held* on every call are, over all calls.

    *modes*: what is known already, whatever calls there are, or 0.  *queue*: room for every
    function.
    """
    waiting = np.zeros(held.size, dtype=np.bool_)
    size, start, count = queue.size, 0, 0
    for function in range(held.size):
        if modes[function] != 0:
            waiting[function] = True
            queue[count] = function
            count += 1
    for call in range(callee.size):
        to = callee[call]
        gives = under[call] & (READ | WRITE)
        if held[to] and modes[to] | gives != modes[to]:
            modes[to] |= gives
            if not waiting[to]:
                waiting[to] = True
                queue[(start + count) % size] = to
                count += 1
    while count > 0:
        function = queue[start]
        start, count = (start + 1) % size, count - 1
        waiting[function] = False
        for call in range(first[function], first[function + 1]):
            to = callee[call]
            if under[call] & CALLERS and held[to] and modes[to] | modes[function] != modes[to]:
                modes[to] |= modes[function]
                if not waiting[to]:
                    waiting[to] = True
                    queue[(start + count) % size] = to
                    count += 1
