"""The table of lock states follows from the rules of the fields."""

from __future__ import annotations

from lockmap.kerneldoc.fields import FieldRow
from lockmap.kerneldoc.members import Member
from lockmap.kerneldoc.states import columns_of, state_table
from lockmap.kerneldoc.words import load_words, parse_rule
from tests.kerneldoc.reading import read, rows

ORDER = ["mmap_lock", "vma_lock", "i_mmap_rwsem", "anon_vma"]


def row(name: str, read_rule: str, write_rule: str) -> FieldRow:
    return FieldRow(Member(name, 1), None, parse_rule(read_rule), parse_rule(write_rule), False, ())


def table(*fields: FieldRow) -> list[list[str]]:
    columns = columns_of(fields, load_words(), ORDER)
    text = state_table(fields, columns, (("vma_lock", "mmap_lock"),))
    document, complaints = read(text)
    assert complaints == ""
    return rows(document)


def test_states_with_one_outcome_are_one_row_and_impossible_ones_none() -> None:
    both = "mmap_lock write + vma_lock write"
    found = table(row("a", "mmap_lock either or vma_lock read", both))
    assert found[1:] == [
        ["-", "-", "unknown", "N", "N", "N"],
        ["-", "R", "Y", "Y", "N", "N"],
        ["R", "-/R", "Y", "Y", "N", "N"],
        ["W", "-/R", "Y", "Y", "N", "N"],
        ["W", "W", "Y", "Y", "Y", "Y"],
    ] or found[3:5] == [["R/W", "-/R", "Y", "Y", "N", "N"], ["W", "W", "Y", "Y", "Y", "Y"]]


def test_locks_of_a_family_share_a_column() -> None:
    found = table(row("a", "i_mmap_rwsem either or anon_vma either", "unclear"))
    assert found[0] == ["rmap lock", "Stable?", "Read?", "Write most?", "Write all?"]
    assert found[1:] == [["-", *("unknown", "N", "unknown", "unknown")],
                         ["R/W", *("Y", "Y", "unknown", "unknown")]]  # fmt: skip


def test_fields_without_a_clear_rule_make_no_table() -> None:
    fields = [row("a", "unclear", "unclear"), row("b", "none", "none")]
    columns = columns_of(fields, load_words(), ORDER)
    assert state_table(fields, columns, ()) == ""
