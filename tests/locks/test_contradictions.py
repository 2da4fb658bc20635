"""Where the call graph contradicts what functions do and say."""

import numpy as np

from lockmap.locks.contexts import CALLERS, READ, WRITE, Graph, in_order, may_run
from lockmap.locks.contradictions import bare_ways, needs, refused
from lockmap.locks.under import NOTHING

Call = tuple[int, int, int]
"""(caller, callee, what it is made under)."""
NONE = np.zeros(0, dtype=np.int64)


def graph(functions: int, *calls: Call) -> Graph:
    caller, callee, under = (np.array(c, dtype=np.int64) for c in zip(*calls, strict=True))
    return in_order(functions, caller, callee, under.astype(np.int8))[0]


def the(*items: int) -> np.ndarray:
    return np.array(items, dtype=np.int64)


def refusals(calls: Graph, *closed: int) -> list[tuple[int, int, int]]:
    """(callee, mode, distance)."""
    mask = np.zeros(calls.functions, dtype=np.bool_)
    mask[list(closed)] = True
    kept = np.flatnonzero(~mask[calls.callee])
    open_ = Graph(calls.functions, calls.caller[kept], calls.callee[kept], calls.under[kept])
    reached = {mode: may_run(open_, mode) for mode in (READ, WRITE)}
    return [(r.callee, r.mode, r.distance) for r in refused(calls, mask, reached)]


def test_who_waits_for_the_lock_and_is_called_under_it_is_told_with_the_nearest_call() -> None:
    calls = graph(4, (0, 1, READ), (1, 2, CALLERS), (1, 3, CALLERS), (3, 2, CALLERS))
    assert refusals(calls, 2) == [(2, READ, 2)]


def test_a_call_where_nothing_is_held_refutes_nothing() -> None:
    assert refusals(graph(3, (0, 1, NOTHING), (1, 2, CALLERS)), 2) == []


def test_no_way_goes_on_behind_a_function_that_waits() -> None:
    assert refusals(graph(3, (0, 1, WRITE), (1, 2, CALLERS)), 1, 2) == [(1, WRITE, 1)]


def test_a_way_without_the_lock_begins_where_code_is_entered() -> None:
    calls = graph(3, (0, 1, CALLERS), (1, 2, CALLERS))
    assert bare_ways(calls, the(0), the(2)) == {2: [0, 1]}
    assert bare_ways(calls, NONE, the(2)) == {}


def test_or_where_the_lock_was_dropped() -> None:
    assert bare_ways(graph(3, (0, 1, NOTHING), (1, 2, CALLERS)), NONE, the(2)) == {2: [0, 1]}


def test_a_way_on_which_the_lock_is_taken_is_none() -> None:
    calls = graph(3, (0, 1, CALLERS), (1, 2, WRITE))
    assert bare_ways(calls, the(0), the(2)) == {}


def test_who_calls_what_needs_the_lock_needs_it_too_unless_it_takes_it() -> None:
    calls = graph(4, (0, 1, READ), (1, 2, CALLERS), (3, 2, CALLERS))
    assert {n.caller for n in needs(calls, the(2), NONE)} == {1, 3}


def test_who_is_entered_with_nothing_held_hands_no_need_up() -> None:
    calls = graph(3, (0, 1, CALLERS), (1, 2, CALLERS))
    assert {n.caller for n in needs(calls, the(2), the(1))} == set()


def test_a_need_goes_up_four_calls() -> None:
    chain = graph(7, *((n, n + 1, CALLERS) for n in range(6)))
    assert {n.caller for n in needs(chain, the(6), NONE)} == {5, 4, 3, 2}
