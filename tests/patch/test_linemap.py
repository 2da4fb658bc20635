"""Lines are followed through one change of a text, or several."""

from __future__ import annotations

from difflib import SequenceMatcher

from hypothesis import given
from hypothesis import strategies as st

from lockmap.patch.linemap import Change, LineMap

TEXTS = st.lists(st.sampled_from("abcd"), max_size=12)


def between(old: list[str], new: list[str]) -> LineMap:
    return LineMap(
        tuple(
            Change(a + 1, b - a, c + 1, d - c)
            for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
            if tag != "equal"
        )
    )


def test_no_change_leaves_every_line_where_it_is() -> None:
    assert LineMap().new_line(7) == LineMap().old_line(7) == 7
    assert LineMap().changed == ()


def test_lines_before_within_and_after_a_change() -> None:
    replaced = LineMap((Change(old=3, removed=2, new=3, added=1),))
    assert [replaced.new_line(line) for line in range(1, 7)] == [1, 2, None, None, 4, 5]
    assert [replaced.old_line(line) for line in range(1, 6)] == [1, 2, None, 5, 6]
    assert replaced.changed == (range(3, 4),)


def test_a_removal_shows_where_it_was() -> None:
    assert LineMap((Change(4, 2, 4, 0),)).changed == (range(4, 4),)


@given(TEXTS, TEXTS)
def test_mapped_lines_are_equal_and_both_directions_agree(old: list[str], new: list[str]) -> None:
    lines = between(old, new)
    for number, text in enumerate(old, 1):
        there = lines.new_line(number)
        if there is not None:
            assert new[there - 1] == text
            assert lines.old_line(there) == number
    added = {line for span in lines.changed for line in span}
    assert added == {line for line in range(1, len(new) + 1) if lines.old_line(line) is None}


@given(TEXTS, TEXTS, TEXTS)
def test_two_maps_in_a_row_are_one(first: list[str], second: list[str], third: list[str]) -> None:
    one, two = between(first, second), between(second, third)
    both = one.then(two)
    for line in range(1, len(first) + 3):
        middle = one.new_line(line)
        assert both.new_line(line) == (two.new_line(middle) if middle is not None else None)
    for line in range(1, len(third) + 3):
        middle = two.old_line(line)
        assert both.old_line(line) == (one.old_line(middle) if middle is not None else None)
    assert list(both.changes) == sorted(both.changes)
