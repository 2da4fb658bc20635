"""Lock order as it is drawn in comments."""

from __future__ import annotations

from documented.readers import in_c, in_rst

DRAWING = """\
/*
 * Lock ordering:
 *
 *  ->i_rwsem			(write)
 *    ->mmap_lock		(fault)
 *      ->i_mmap_rwsem
 *        ->page_table_lock or pte_lock	(various)
 *
 *  ->mmap_lock
 *    ->invalidate_lock
 */
"""


def test_a_lock_below_another_is_taken_after_it() -> None:
    assert [f.subject for f in in_c(DRAWING, "mm/filemap.c")] == [
        "[i_rwsem] > mmap_lock",
        "mmap_lock > i_mmap_rwsem",
        "i_mmap_rwsem > [page_table_lock or pte_lock]",
        "mmap_lock > [invalidate_lock]",
    ]


def test_the_place_is_that_of_the_second_lock() -> None:
    found = in_c(DRAWING)[0]
    assert (found.line, found.column) == (5, 7)


def test_a_drawing_in_a_document() -> None:
    text = "Order\n=====\n\n.. code-block::\n\n  mm->mmap_lock\n    anon_vma->rwsem\n"
    (found,) = in_rst(text)
    assert (found.kind, found.subject, found.line) == ("order", "mmap_lock > anon_vma", 7)


def test_code_is_no_drawing() -> None:
    text = "/*\n * do_it() replaces:\n *   mmap_read_lock(mm);\n *     get(mm);\n */\nint x;\n"
    assert not [f for f in in_c(text) if f.kind == "order"]
