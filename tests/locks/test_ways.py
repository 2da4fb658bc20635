"""The lightest way to a function that runs under a lock, on small call graphs."""

import numpy as np
from hypothesis import given, settings

from lockmap.locks.contexts import CALLERS, READ, Graph, Reached, in_order, may_run, way
from lockmap.locks.ways import lightest_ways, weights
from tests.locks.test_contexts import CALLS, Call, graph

FAR = 1000.0


def one_of(*choices: int) -> np.ndarray:
    """The weights of calls that each run one of so many functions."""
    return weights(np.array(choices, dtype=np.int64))


def ways(
    calls: Graph, weight: np.ndarray, most: float = FAR, arch: str = "", preferred: str = ""
) -> Reached:
    """The lightest ways for reading; *arch*: a letter for each function, ``-`` for generic ones."""
    places = [_number(a) for a in arch.ljust(calls.functions, "-")]
    order = [_number(a) for a in preferred]
    return lightest_ways(calls, READ, weight, most, np.array(places, dtype=np.int64), order)


def _number(arch: str) -> int:
    return ord(arch) - ord("-") - (arch == "-")


def test_a_way_of_plain_calls_is_lighter_than_a_shorter_one_through_a_pointer() -> None:
    calls = graph(4, (0, 1, READ), (0, 3, READ), (1, 2, CALLERS), (2, 3, CALLERS))
    found = ways(calls, one_of(1, 1 << 10, 1, 1))
    assert [int(calls.caller[c]) for c in way(calls, found, 3)] == [0, 1, 2]
    assert found.distance.tolist() == [-1, 1, 2, 3]


def test_a_pointer_that_can_be_but_one_function_weighs_as_much_as_a_plain_call() -> None:
    calls = graph(3, (0, 1, READ), (0, 2, READ), (1, 2, CALLERS))
    assert ways(calls, one_of(1, 1, 1)).distance.tolist() == [-1, 1, 1]


def test_a_way_that_is_fetched_too_far_is_none() -> None:
    calls = graph(3, (0, 1, READ), (1, 2, CALLERS))
    weight = one_of(1, 1 << 10)  # 1 + (1 + 10)
    assert ways(calls, weight, 12).distance.tolist() == [-1, 1, 2]
    assert ways(calls, weight, 11.5).distance.tolist() == [-1, 1, -1]


def test_no_way_leads_from_one_architecture_into_another() -> None:
    calls = graph(4, (0, 1, READ), (1, 2, CALLERS), (1, 3, CALLERS))
    assert ways(calls, one_of(1, 1, 1), arch="a-ab").distance.tolist() == [-1, 1, 2, -1]


def test_a_generic_way_is_taken_where_there_is_one_so_that_all_can_go_on_from_there() -> None:
    calls = graph(5, (0, 2, READ), (1, 3, READ), (2, 4, CALLERS), (3, 2, CALLERS))
    found = ways(calls, one_of(1, 1, 1, 1), arch="a---b")
    assert [int(calls.caller[c]) for c in way(calls, found, 4)] == [1, 3, 2]


def test_a_way_through_the_preferred_architecture_is_taken_before_that_of_another() -> None:
    calls = graph(5, (0, 2, READ), (1, 3, READ), (3, 2, CALLERS), (2, 4, CALLERS))
    weight = one_of(1, 1, 1, 1)
    assert [int(calls.caller[c]) for c in way(calls, ways(calls, weight, arch="ab"), 4)] == [0, 2]
    found = ways(calls, weight, arch="ab", preferred="b")
    assert [int(calls.caller[c]) for c in way(calls, found, 4)] == [1, 3, 2]
    assert found.distance.tolist() == [-1, -1, 2, 1, 3]


def test_what_only_another_architecture_reaches_is_reached_all_the_same() -> None:
    calls = graph(4, (0, 2, READ), (1, 3, READ))
    assert ways(calls, one_of(1, 1), arch="abab", preferred="b").distance.tolist() == [-1, -1, 1, 1]


def test_a_caller_of_one_architecture_calls_none_of_another() -> None:
    calls = graph(2, (0, 1, READ))
    assert ways(calls, one_of(1), arch="ab").distance.tolist() == [-1, -1]


@settings(deadline=None)  # compiles
@given(CALLS)
def test_where_no_way_is_too_far_all_that_can_be_reached_is(calls: list[Call]) -> None:
    found = graph(7, *calls)
    reached = ways(found, one_of(*range(1, len(calls) + 1)))
    assert ((reached.distance < 0) == (may_run(found, READ).distance < 0)).all()


@settings(deadline=None)  # compiles
@given(CALLS)
def test_every_way_begins_with_the_lock_held_and_is_as_long_as_it_says(calls: list[Call]) -> None:
    found = graph(7, *calls)
    reached = ways(found, one_of(*range(1, len(calls) + 1)))
    for function in range(7):
        steps = way(found, reached, function)
        assert len(steps) == max(0, int(reached.distance[function]))
        if steps:
            assert found.under[steps[0]] & READ
            assert all(found.under[step] & CALLERS for step in steps[1:])


def test_no_calls_no_ways() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    empty: Graph = in_order(2, nothing, nothing, nothing.astype(np.int8))[0]
    assert ways(empty, nothing).distance.tolist() == [-1, -1]
