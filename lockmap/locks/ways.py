"""The likeliest way by which each function may run under a lock.

A call through a pointer runs one of the functions that may stand there.  Of a way with many
such calls next to nothing is known: a way weighs one for each of its calls, and for a call
through a pointer as many more as it takes bits to tell which function is meant.  Of all ways to
a function the lightest is found; where that is heavier than what counts as evidence, none.

No way leads from the code of one architecture into that of another.  Ways through generic code
alone are looked for first, so that each function has one way, whatever is reached from there; then
ways through generic code and one architecture, for each of those that are preferred; then all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lockmap.locks.contexts import CALLERS, Bits, Graph, Ids, Numbers, Reached
from lockmap.syntax.compiled import compiled, inlined

_UNIT = 4
"""Weights are counted in quarters."""
_GENERIC, _ALL = -1, -2
"""In the place of an architecture: none of them, and any."""


def weights(choices: Ids) -> Numbers:
    """What each call weighs that may run one of so many functions; see ``lightest_ways``."""
    bits = np.log2(np.maximum(choices, 1))
    return np.asarray(np.rint((1 + bits) * _UNIT), dtype=np.int32)


def lightest_ways(
    graph: Graph, mode: int, weight: Numbers, most: float, arch: Ids, preferred: Sequence[int] = ()
) -> Reached:
    """Which functions may run with the lock held in *mode*, each by a lightest way.

    *weight*: of each call, as ``weights`` has it.  A function with no way that weighs at most
    *most* is left out.  *arch*: the architecture of each function, -1: none; *preferred*: those
    whose ways are taken even if another's is lighter.  Distances are those along the ways.
    """
    reached = Reached(
        np.full(graph.functions, -1, dtype=np.int32), np.full(graph.functions, -1, dtype=np.int32)
    )
    heaviest = int(most * _UNIT)
    lightest = np.full(graph.functions, heaviest + 1, dtype=np.int32)
    # A call is put on a list once as a beginning and once as a step at most.
    waiting = np.empty((2, 2 * len(graph.callee)), dtype=np.int32)
    within = np.full(graph.functions, _GENERIC, dtype=np.int64)
    first, begins = graph.first, np.flatnonzero(graph.under & mode)
    for only in (_GENERIC, *preferred, _ALL):
        newest = np.full(heaviest + 1, -1, dtype=np.int32)
        done = reached.distance >= 0
        _search(
            only, first, graph.caller, graph.callee, graph.under, begins, CALLERS, weight,
            arch, within, done, lightest, newest, waiting, reached.distance, reached.through,
        )  # fmt: skip
    return reached


@inlined
def _offer(
    call: int, to: int, total: int, steps: int, used: int,
    lightest: Numbers, newest: Numbers, waiting: Numbers, distance: Numbers, through: Numbers,
) -> int:  # fmt: skip
    """Take a way of weight *total* to function *to* if none so light is known."""
    if total >= lightest[to]:
        return used
    lightest[to], distance[to], through[to] = total, steps, call
    waiting[0, used], waiting[1, used] = to, newest[total]
    newest[total] = used
    return used + 1


@inlined
def _left_out(arch: int, only: int) -> bool:
    """Whether code of *arch* is left out where ways are of *only* one."""
    return arch >= 0 and only not in (_ALL, arch)


@inlined
def _go_on(
    at: int, only: int, first: Ids, callee: Numbers, under: Bits, callers: int,
    weight: Numbers, arch: Ids, within: Ids, done: NDArray[np.bool_], used: int,
    lightest: Numbers, newest: Numbers, waiting: Numbers, distance: Numbers, through: Numbers,
) -> int:  # fmt: skip
    """Take the ways that lead on from function *at*."""
    for call in range(first[at], first[at + 1]):
        to = callee[call]
        if done[to] or under[call] & callers == 0 or _left_out(arch[to], only):
            continue
        if arch[to] >= 0 and within[at] >= 0 and arch[to] != within[at]:
            continue
        before, total, steps = used, lightest[at] + weight[call], distance[at] + 1
        used = _offer(call, to, total, steps, used, lightest, newest, waiting, distance, through)
        if used > before:
            within[to] = arch[to] if arch[to] >= 0 else within[at]
    return used


@compiled
def _search(
    only: int, first: Ids, caller: Numbers, callee: Numbers, under: Bits, begins: Ids,
    callers: int, weight: Numbers, arch: Ids, within: Ids, done: NDArray[np.bool_],
    lightest: Numbers, newest: Numbers, waiting: Numbers, distance: Numbers, through: Numbers,
) -> None:  # fmt: skip
    """Dijkstra's search for ways to functions that are not *done*, through code of *only* one.

    *begins*: the calls that a way begins with; *newest* and *waiting*: for each weight a list of
    functions to go on from; *within*: the architecture that the way to each goes through.
    """
    used = 0
    for call in begins:
        to, by = callee[call], caller[call]
        if done[to] or _left_out(arch[by], only) or _left_out(arch[to], only):
            continue
        if arch[by] >= 0 and arch[to] >= 0 and arch[by] != arch[to]:
            continue
        before = used
        used = _offer(call, to, weight[call], 1, used, lightest, newest, waiting, distance, through)
        if used > before:
            within[to] = arch[to] if arch[to] >= 0 else arch[by]
    for at in range(done.size):
        if done[at]:
            used = _go_on(
                at, only, first, callee, under, callers, weight, arch, within, done, used,
                lightest, newest, waiting, distance, through,
            )  # fmt: skip
    for now in range(newest.size):
        while newest[now] >= 0:
            at = waiting[0, newest[now]]
            newest[now] = waiting[1, newest[now]]
            if lightest[at] == now:
                used = _go_on(
                    at, only, first, callee, under, callers, weight, arch, within, done, used,
                    lightest, newest, waiting, distance, through,
                )  # fmt: skip
