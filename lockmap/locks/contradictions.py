"""Where the call graph and what functions say of a lock contradict each other.

A function that waits for the lock is called with it held; one that needs the lock is called
by somebody who is known not to hold it.  An edge is wrong, two objects are meant, or the code is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lockmap.locks.contexts import CALLERS, Bits, Graph, Ids, Numbers, Reached, may_run, way
from lockmap.locks.under import NOTHING
from lockmap.syntax.compiled import compiled

_MOST_LEVELS = 4
"""Callers of callers that a need is handed up to."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The nearest call, under a lock, of a function that would wait for it for ever."""

    callee: int
    call: int
    """Its number in the graph."""
    mode: int
    """In which mode the caller holds it."""
    distance: int
    """Calls from the function that takes the lock."""


def refused(
    graph: Graph, closed: NDArray[np.bool_], reached: Mapping[int, Reached]
) -> list[Refused]:
    """Of each function that is *closed*, the nearest call of it under the lock, if any.

    *reached*: by mode, the functions that may run under it, no way going through closed ones.
    """
    calls = np.flatnonzero(closed[graph.callee])
    best: dict[int, Refused] = {}
    for mode, found in reached.items():
        direct = (graph.under[calls] & mode) != 0
        before = found.distance[graph.caller[calls]].astype(np.int64)
        over = ((graph.under[calls] & CALLERS) != 0) & (before > 0)
        far = np.where(direct, 1, np.where(over, before + 1, 0))
        for call, distance in zip(calls[far > 0].tolist(), far[far > 0].tolist(), strict=True):
            callee = int(graph.callee[call])
            known = best.get(callee)
            if known is None or distance < known.distance:
                best[callee] = Refused(callee, call, mode, distance)
    return [best[callee] for callee in sorted(best)]


def bare_ways(graph: Graph, roots: Ids, wanted: Ids) -> dict[int, list[int]]:
    """Of each of *wanted*, a shortest way on which the lock is known not to be held.

    *roots*: functions that are entered with nothing held.  A way begins with a call of one of
    them, or with one that a function makes after dropping the lock; numbers of calls.
    """
    entered = np.zeros(graph.functions, dtype=np.bool_)
    entered[roots] = True
    under = graph.under & (CALLERS | NOTHING)
    under[entered[graph.caller] & ((under & CALLERS) != 0)] |= NOTHING
    bare = graph.made(under)
    found = may_run(bare, NOTHING)
    return {item: way(bare, found, item) for item in wanted.tolist() if found.distance[item] > 0}


@dataclass(frozen=True, slots=True)
class Need:
    """A function that needs its caller's lock, since it calls one that does."""

    caller: int
    call: int
    """The number of the call in the graph."""


def needs(graph: Graph, needing: Ids, roots: Ids) -> list[Need]:
    """The functions, beside *needing*, that call one that needs the lock as their caller has it.

    *roots* hand nothing up: they are entered with nothing held.
    """
    known = np.zeros(graph.functions, dtype=np.bool_)
    known[needing] = True
    entered = np.zeros(graph.functions, dtype=np.bool_)
    entered[roots] = True
    found: list[Need] = []
    first = np.zeros(graph.functions, dtype=np.int32)
    for _ in range(_MOST_LEVELS if len(needing) else 0):
        count = _next_up(graph.caller, graph.callee, graph.under, known, entered, first)
        if not count:
            break
        callers = graph.caller[first[:count]]
        chosen = zip(callers.tolist(), first[:count].tolist(), strict=True)
        found += [Need(caller, call) for caller, call in chosen]
        known[callers] = True
    return found


@compiled
def _next_up(
    caller: Numbers, callee: Numbers, under: Bits, known: NDArray[np.bool_],
    entered: NDArray[np.bool_], first: Numbers,
) -> int:  # fmt: skip
    """The first call, as the caller's caller has it, of one that is *known* by each that is not.

    *first* gets their numbers; returns how many.
    """
    count, last = 0, -1
    for call in range(callee.size):
        by = caller[call]
        if under[call] == CALLERS and known[callee[call]] and by != last:
            if not known[by] and not entered[by]:
                first[count] = call
                count += 1
            last = by
    return count
