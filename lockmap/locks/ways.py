"""The likeliest way by which each function may run under a lock.

A call through a pointer runs one of the functions that may stand there.  Of a way with many
such calls next to nothing is known: a way weighs one for each of its calls, and for a call
through a pointer as many more as it takes bits to tell which function is meant.  Of all ways to
a function the lightest is found; where that is heavier than what counts as evidence, none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lockmap.locks.contexts import CALLERS, Bits, Graph, Ids, Reached
from lockmap.syntax.compiled import compiled

_UNIT = 4
"""Weights are counted in quarters."""


def weights(choices: Ids) -> Ids:
    """What each call weighs that may run one of so many functions; see ``lightest_ways``."""
    bits = np.log2(np.maximum(choices, 1))
    return np.asarray(np.rint((1 + bits) * _UNIT), dtype=np.int64)


def lightest_ways(graph: Graph, mode: int, weight: Ids, most: float) -> Reached:
    """Which functions may run with the lock held in *mode*, each by a lightest way.

    *weight*: of each call, as ``weights`` has it.  A function with no way that weighs at most
    *most* is left out.  Distances are those along the ways.
    """
    distance = np.full(graph.functions, -1, dtype=np.int32)
    through = np.full(graph.functions, -1, dtype=np.int64)
    # A call is put on a list once as a beginning and once as a step at most.
    waiting = np.empty((2, 2 * len(graph.callee)), dtype=np.int32)
    _search(
        graph.first(), graph.callee, graph.under, mode, CALLERS, weight, int(most * _UNIT),
        waiting, distance, through,
    )  # fmt: skip
    return Reached(distance, through)


@compiled
def _search(
    first: Ids, callee: Ids, under: Bits, mode: int, callers: int, weight: Ids, most: int,
    waiting: NDArray[np.int32], distance: NDArray[np.int32], through: Ids,
) -> None:  # fmt: skip
    """Dijkstra's search.  *waiting*: for each weight a list of the calls that give it."""
    lightest = np.full(distance.size, most + 1, dtype=np.int32)
    newest = np.full(most + 1, -1, dtype=np.int32)
    used = 0
    for call in range(callee.size):
        if under[call] & mode and weight[call] < lightest[callee[call]]:
            to, total = callee[call], weight[call]
            lightest[to], distance[to], through[to] = total, 1, call
            waiting[0, used], waiting[1, used] = to, newest[total]
            newest[total] = used
            used += 1
    for now in range(most + 1):
        while newest[now] >= 0:
            at = waiting[0, newest[now]]
            newest[now] = waiting[1, newest[now]]
            if lightest[at] != now:
                continue
            for call in range(first[at], first[at + 1]):
                total, to = now + weight[call], callee[call]
                if under[call] & callers and total < lightest[to]:
                    lightest[to], distance[to], through[to] = total, distance[at] + 1, call
                    waiting[0, used], waiting[1, used] = to, newest[total]
                    newest[total] = used
                    used += 1
