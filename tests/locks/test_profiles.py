"""How locks are held when a function is called, as its call sites tell."""

from __future__ import annotations

import numpy as np
import pytest

from lockmap.locks.contexts import CALLERS, READ, WRITE
from lockmap.locks.profiles import Sites, profiles, ways

NOT_HELD = 0
_WORDS = {"unknown": "?", "none": "-", "read": "R", "write": "W"}
Call = tuple[int, int, int, int]
"""caller, callee, what the call is made under: of a big lock and of a small one."""


def told(calls: list[Call], weights: list[float] | None = None, unseen: int = 0) -> str:
    """``W- 0.75, ?? 0.25``: the profile of function 0; *unseen*: calls of it that are not known."""
    rows = np.array(calls, dtype=np.int64).reshape(-1, 4)
    functions = int(rows[:, :2].max(initial=0)) + 1
    under = [rows[:, 2].astype(np.int8), rows[:, 3].astype(np.int8)]
    counts = np.array(weights or [1.0] * len(calls))
    sites = Sites(rows[:, 0], rows[:, 1], under, counts)
    others = np.zeros(functions)
    others[0] = unseen
    found = profiles(sites, np.zeros(functions, dtype=np.int64), others)
    shares = [("".join(_WORDS[w] for w in ways(s, 2)), n) for s, n in found.of(0)]
    return ", ".join(f"{text} {share:.2f}" for text, share in sorted(shares))


@pytest.mark.parametrize(
    ("calls", "profile"),
    [
        ([(1, 0, WRITE, NOT_HELD)], "W- 1.00"),
        ([(1, 0, WRITE, CALLERS)], "W? 1.00"),
        ([(1, 0, CALLERS, CALLERS)], "?? 1.00"),
        ([(1, 0, READ, NOT_HELD), (2, 0, NOT_HELD, READ)], "-R 0.50, R- 0.50"),
        ([(1, 0, READ | WRITE, NOT_HELD)], "R- 0.50, W- 0.50"),
        ([(1, 0, CALLERS, NOT_HELD), (2, 1, WRITE, READ)], "W- 1.00"),
        ([(1, 0, CALLERS, CALLERS), (2, 1, WRITE, READ), (3, 1, READ, WRITE)], "RW 0.50, WR 0.50"),
        ([*[(1, 0, WRITE, NOT_HELD)] * 3, (2, 0, CALLERS, CALLERS)], "?? 0.25, W- 0.75"),
    ],
)
def test_each_call_site_has_one_vote_and_passes_on_what_its_function_is_called_with(
    calls: list[Call], profile: str
) -> None:
    assert told(calls) == profile


def test_a_function_that_calls_itself_is_as_its_other_callers_have_it() -> None:
    assert told([(0, 0, CALLERS, CALLERS), (1, 0, WRITE, READ)]) == "WR 1.00"


def test_a_circle_of_calls_has_what_comes_into_it() -> None:
    circle = [(0, 1, CALLERS, CALLERS), (1, 0, CALLERS, CALLERS), (2, 1, WRITE, READ)]
    assert told([*circle, *[(1, 0, CALLERS, CALLERS)] * 9]) == "WR 1.00"


def test_a_call_that_is_not_known_says_nothing() -> None:
    assert told([(1, 0, WRITE, READ)], unseen=1) == "?? 0.50, WR 0.50"


def test_what_calls_count_for() -> None:
    assert told([(1, 0, WRITE, READ), (2, 0, READ, READ)], [0.25, 0.75]) == "RR 0.75, WR 0.25"


def test_a_function_without_calls_is_unknown() -> None:
    assert told([(0, 1, WRITE, READ)]) == "?? 1.00"
