"""Rules of the map in the words of process_addrs.rst."""

from __future__ import annotations

import pytest

from lockmap.kerneldoc.words import Words, cell_text, load_words, parse_rule


@pytest.mark.parametrize(
    ("rule", "cell"),
    [
        ("mmap_lock write", "mmap write."),
        ("mmap_lock write + vma_lock write", "mmap write, VMA write."),
        ("mmap_lock either or vma_lock read", "mmap read or VMA read."),
        (
            "mmap_lock write + vma_lock write + i_mmap_rwsem write + anon_vma write",
            "mmap write, VMA write, rmap write.",
        ),
        ("mmap_lock read + i_mmap_rwsem write", "mmap read, i_mmap write."),
        ("i_mmap_rwsem write + anon_vma read", "i_mmap write, anon_vma read."),
        ("init only", "None - written once on initial map."),
        ("none", "None of these locks."),
        ("unclear", "unknown"),
        ("what no version of ours says", "unknown"),
    ],
)
def test_a_rule_is_a_cell(rule: str, cell: str) -> None:
    assert cell_text(parse_rule(rule), load_words(), "vm_area_struct") == cell


def test_a_lock_without_words_goes_by_its_name() -> None:
    assert cell_text(parse_rule("new_lock read"), Words(), "s") == "new_lock read."
    assert cell_text(parse_rule("init only"), Words(), "s") == (
        "None - written once before others see it."
    )
