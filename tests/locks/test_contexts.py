"""Who may and who must run under a lock, on small call graphs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lockmap.locks.contexts import CALLERS, READ, WRITE, Graph, in_order, may_run, must_run, way

Call = tuple[int, int, int]
"""(caller, callee, what it is made under)."""


def graph(functions: int, *calls: Call) -> Graph:
    caller, callee, under = (np.array(c, dtype=np.int64) for c in zip(*calls, strict=True))
    return in_order(functions, caller, callee, under.astype(np.int8))[0]


def test_what_is_called_with_the_lock_held_runs_under_it_and_so_does_what_that_calls() -> None:
    found = may_run(graph(4, (0, 1, READ), (1, 2, CALLERS), (0, 3, 0)), READ)
    assert found.distance.tolist() == [-1, 1, 2, -1]


def test_modes_are_kept_apart() -> None:
    calls = graph(3, (0, 1, WRITE), (1, 2, CALLERS))
    assert may_run(calls, READ).distance.tolist() == [-1, -1, -1]
    assert may_run(calls, WRITE).distance.tolist() == [-1, 1, 2]


def test_what_is_called_after_the_drop_does_not_run_under_it() -> None:
    assert may_run(graph(3, (0, 1, READ), (1, 2, 0)), READ).distance.tolist() == [-1, 1, -1]


def test_the_way_is_a_shortest_one() -> None:
    calls = graph(5, (0, 1, READ), (1, 2, CALLERS), (2, 4, CALLERS), (0, 3, READ), (3, 4, CALLERS))
    found = may_run(calls, READ)
    steps = [(int(calls.caller[c]), int(calls.callee[c])) for c in way(calls, found, 4)]
    assert steps == [(0, 3), (3, 4)]


def test_recursion_ends() -> None:
    calls = graph(2, (0, 1, READ), (1, 1, CALLERS), (1, 0, CALLERS))
    assert may_run(calls, READ).distance.tolist() == [2, 1]


def test_a_function_must_hold_what_every_call_of_it_holds() -> None:
    calls = graph(5, (0, 2, READ), (1, 2, WRITE), (2, 3, CALLERS), (0, 4, READ), (1, 4, 0))
    assert must_run(calls, []).tolist() == [0, 0, READ | WRITE, READ | WRITE, 0]


def test_an_entry_is_also_called_from_outside() -> None:
    assert must_run(graph(2, (0, 1, READ)), [1]).tolist() == [0, 0]


def test_a_call_that_only_sometimes_has_the_lock_takes_it_from_the_caller_otherwise() -> None:
    calls = graph(4, (0, 1, READ), (1, 2, WRITE | CALLERS), (3, 2, WRITE | CALLERS))
    assert must_run(calls, []).tolist() == [0, READ, 0, 0]


def test_what_a_function_says_of_its_callers_counts_whoever_they_are() -> None:
    calls = graph(4, (0, 1, 0), (1, 2, CALLERS), (3, 2, CALLERS))
    assert must_run(calls, [1]).tolist() == [0, 0, 0, 0]
    said = np.array([0, WRITE, 0, READ], dtype=np.int8)
    assert must_run(calls, [1], said).tolist() == [0, WRITE, READ | WRITE, READ]


def test_what_a_function_says_narrows_what_its_calls_tell() -> None:
    calls = graph(3, (0, 1, READ | WRITE), (1, 2, CALLERS))
    said = np.array([0, WRITE, 0], dtype=np.int8)
    assert must_run(calls, [], said).tolist() == [0, WRITE, WRITE]


CALLS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 7)), min_size=1, max_size=20
)


@given(CALLS)
def test_who_must_hold_a_lock_may_hold_it(calls: list[Call]) -> None:
    found = graph(7, *calls)
    must = must_run(found, [])
    for mode in (READ, WRITE):
        reached = may_run(found, mode).distance > 0
        assert (~((must & mode) != 0) | reached).all()


@given(CALLS)
def test_every_way_begins_with_the_lock_held_and_is_as_long_as_it_says(calls: list[Call]) -> None:
    found = graph(7, *calls)
    reached = may_run(found, READ)
    for function in range(7):
        steps = way(found, reached, function)
        assert len(steps) == max(0, int(reached.distance[function]))
        if steps:
            assert found.under[steps[0]] & READ
            assert all(found.under[s] & CALLERS for s in steps[1:])
