"""The lightest way to a function that runs under a lock, on small call graphs."""

import numpy as np
from hypothesis import given

from lockmap.locks.contexts import CALLERS, READ, Graph, in_order, may_run, way
from lockmap.locks.ways import lightest_ways, weights
from tests.locks.test_contexts import CALLS, Call, graph

FAR = 1000.0


def one_of(*choices: int) -> np.ndarray:
    """The weights of calls that each run one of so many functions."""
    return weights(np.array(choices, dtype=np.int64))


def test_a_way_of_plain_calls_is_lighter_than_a_shorter_one_through_a_pointer() -> None:
    calls = graph(4, (0, 1, READ), (0, 3, READ), (1, 2, CALLERS), (2, 3, CALLERS))
    found = lightest_ways(calls, READ, one_of(1, 1 << 10, 1, 1), FAR)
    assert [int(calls.caller[c]) for c in way(calls, found, 3)] == [0, 1, 2]
    assert found.distance.tolist() == [-1, 1, 2, 3]


def test_a_pointer_that_can_be_but_one_function_weighs_as_much_as_a_plain_call() -> None:
    calls = graph(3, (0, 1, READ), (0, 2, READ), (1, 2, CALLERS))
    assert lightest_ways(calls, READ, one_of(1, 1, 1), FAR).distance.tolist() == [-1, 1, 1]


def test_a_way_that_is_fetched_too_far_is_none() -> None:
    calls = graph(3, (0, 1, READ), (1, 2, CALLERS))
    weight = one_of(1, 1 << 10)  # 1 + (1 + 10)
    assert lightest_ways(calls, READ, weight, 12).distance.tolist() == [-1, 1, 2]
    assert lightest_ways(calls, READ, weight, 11.5).distance.tolist() == [-1, 1, -1]


@given(CALLS)
def test_where_no_way_is_too_far_all_that_can_be_reached_is(calls: list[Call]) -> None:
    found = graph(7, *calls)
    reached = lightest_ways(found, READ, one_of(*range(1, len(calls) + 1)), FAR)
    assert ((reached.distance < 0) == (may_run(found, READ).distance < 0)).all()


@given(CALLS)
def test_every_way_begins_with_the_lock_held_and_is_as_long_as_it_says(calls: list[Call]) -> None:
    found = graph(7, *calls)
    reached = lightest_ways(found, READ, one_of(*range(1, len(calls) + 1)), FAR)
    for function in range(7):
        steps = way(found, reached, function)
        assert len(steps) == max(0, int(reached.distance[function]))
        if steps:
            assert found.under[steps[0]] & READ
            assert all(found.under[step] & CALLERS for step in steps[1:])


def test_no_calls_no_ways() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    empty: Graph = in_order(2, nothing, nothing, nothing.astype(np.int8))[0]
    assert lightest_ways(empty, READ, nothing, FAR).distance.tolist() == [-1, -1]
