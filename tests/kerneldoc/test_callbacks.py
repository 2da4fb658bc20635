"""What is said of a callback: what is certain, what is usual, what may be, and nothing more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lockmap.kerneldoc.callbacks import Op, verdict, worth_a_table
from lockmap.kerneldoc.contracts import _Stale
from lockmap.kerneldoc.words import parse_rule

OP = Op("s", "f", 3, frozenset(), frozenset(), 0, 0, parse_rule("unclear"), (0, 0, 0), (), ())
BOTH = frozenset({"read", "write"})


@pytest.mark.parametrize(
    ("op", "word", "noted"),
    [
        (replace(OP, must=frozenset({"write"}), may=frozenset({"write"})), "write", False),
        (replace(OP, must=BOTH, may=BOTH), "read/write", False),
        (replace(OP, must=frozenset({"either"}), may=BOTH), "read/write", False),
        (OP, "no", False),
        (replace(OP, functions=0), "unknown", True),
        (replace(OP, may=frozenset({"read"}), distance=5), "maybe-read", True),
        (replace(OP, may=BOTH, distance=5), "maybe-read/write", True),
        (replace(OP, may=frozenset({"write"}), rule=parse_rule("mmap_lock write")), "write", True),
        (replace(OP, may=BOTH, rule=parse_rule("mmap_lock write")), "read/write", True),
        (
            replace(OP, may=BOTH, rule=parse_rule("mmap_lock read or vma_lock read")),
            "maybe-read",
            True,
        ),
    ],
)
def test_a_cell_says_no_more_than_is_known(op: Op, word: str, noted: bool) -> None:
    found, note = verdict(op, "mmap_lock")
    assert (found, bool(note)) == (word, noted)


def test_structs_with_callbacks_near_the_lock_or_with_a_rule_have_a_table() -> None:
    far = replace(OP, may=frozenset({"read"}), distance=9)
    assert not worth_a_table([OP, far], "mmap_lock", 4)
    assert worth_a_table([replace(far, distance=4)], "mmap_lock", 4)
    assert worth_a_table([replace(far, rule=parse_rule("mmap_lock read"))], "mmap_lock", 4)


def test_operations_of_what_a_lock_was_long_ago_are_in_doubt() -> None:
    now, then = _Stale("6.12.1"), _Stale("2.6.39")
    assert now.is_of_old("anon_vma", "spin_lock")
    assert not then.is_of_old("anon_vma", "spin_lock")
    assert not now.is_of_old("anon_vma", "down_write")
    assert not now.is_of_old("mmap_lock", "mmap_read_lock")
