"""The list of locks that are taken within one another."""

from __future__ import annotations

from lockmap.kerneldoc.order import order_list

PLACES = [("mm/a.c", 3, "f")]


def test_what_is_taken_within_stands_further_to_the_right() -> None:
    pairs = {("a", "b"): PLACES, ("a", "c"): PLACES, ("b", "c"): PLACES}
    block, evidence = order_list(pairs, ["a", "b", "c"], str.upper)
    assert block == "  A\n    B\n      C\n"
    assert "b taken with a held, 1 place:\n     mm/a.c:3 (f)" in evidence


def test_locks_that_are_taken_in_both_orders_have_no_place() -> None:
    block, evidence = order_list({("a", "b"): PLACES, ("b", "a"): PLACES}, ["a", "b"], str)
    assert block == ""
    assert evidence.count("also the other way round") == 2
