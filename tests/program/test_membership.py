"""Which numbers are in a set, and which arguments stand in slots."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockmap.program.membership import among
from lockmap.program.slots import slots_of

NUMBERS = st.lists(st.one_of(st.integers(-3, 3), st.integers(-(1 << 63), (1 << 63) - 1)))


@given(NUMBERS, NUMBERS)
def test_it_says_what_numpy_says_by_sorting(values: list[int], of: list[int]) -> None:
    left, right = np.array(values, dtype=np.int64), np.array(of, dtype=np.int64)
    assert among(left, right).tolist() == np.isin(left, right).tolist()


SLOTS = [(5, 1, False), (-7, 2, True), ((1 << 63) - 1, 0, False)]


@pytest.mark.parametrize(
    ("slot", "there"),
    [
        ((5, 1), True),
        ((5, 2), False),
        ((-7, 1), False),
        ((-7, 2), True),
        ((-7, 40), True),
        (((1 << 63) - 1, 0), True),
    ],
)
def test_one_slot_is_asked_for_as_many_are(slot: tuple[int, int], there: bool) -> None:
    slots = slots_of(SLOTS)
    many = slots.has(np.array([slot[0]], np.int64), np.array([slot[1]], np.int64))
    assert ((slot in slots), many.tolist()) == (there, [there])
