"""What a comment before a function says of its caller."""

from __future__ import annotations

import pytest

from documented.readers import in_c, said

FUNCTION = "int f(struct mm_struct *mm)\n{\n\treturn 0;\n}\n"

HELD = {
    "Must be called with mmap_lock held for writing.": "mmap_lock write",
    "Called with mmap_sem held for reading.": "mmap_lock read",
    "Called with mm->mmap_lock held for read or write.": "mmap_lock either",
    "The caller must hold the write side of mm->mmap_lock.": "mmap_lock write",
    "Caller must hold mmap_lock.": "mmap_lock either",
    "mmap_sem must be held on entry.": "mmap_lock either",
    "mmap_lock should be write-locked": "mmap_lock write",
    "The caller must write-lock current->mm->mmap_lock.": "mmap_lock write",
    "We enter with non-exclusive mmap_lock (to exclude vma changes).": "mmap_lock read",
    "Called with either the VMA lock or mmap_lock held.": "(vma_lock either | mmap_lock either)",
    "Expects mmap_lock to be held by caller.": "mmap_lock either",
    "Context: Process context. Caller holds mmap_lock.": "mmap_lock either",
    "Called under mmap_write_lock(mm).": "mmap_lock write",
    "Called with i_mmap_rwsem held.": "i_mmap_rwsem either",
    "Note: this is only safe if the mm semaphore is held when called.": "mmap_lock either",
    "mmap_lock must not be held.": "mmap_lock none",
    "Must not hold mmap_lock when calling this.": "mmap_lock none",
    "Called without mmap_sem held.": "mmap_lock none",
    "Takes and releases mmap_lock.": "mmap_lock none",
}


@pytest.mark.parametrize(("words", "needs"), HELD.items(), ids=HELD)
def test_words_that_are_understood(words: str, needs: str) -> None:
    assert said(in_c(f"/*\n * {words}\n */\n{FUNCTION}")) == [("function", "f", needs, "")]


UNREAD = [
    "Caller must hold mmap_lock if vma is not NULL.",
    "May be called with mmap_lock held.",
    "Most callers already hold the mmap_lock.",
    "Unless called with mmap_lock held for writing, this fails.",
    "Beware of mmap_lock here.",
]


@pytest.mark.parametrize("words", UNREAD)
def test_what_hangs_on_something_else_is_not_guessed_at(words: str) -> None:
    (found,) = in_c(f"/* {words} */\n{FUNCTION}")
    assert (found.kind, found.words) == ("unread", words)


def test_what_happens_to_the_lock_on_the_way_is_no_rule_for_the_caller() -> None:
    (found,) = in_c(f"/* The mmap_lock may have been released. */\n{FUNCTION}")
    assert found.kind == "text"


def test_kernel_doc_has_sections_and_parameters_are_no_rules() -> None:
    text = """\
/**
 * f - does it
 * @locked: whether mmap_lock is held
 *
 * Walks.  It is fast.
 *
 * Context: Process context.  Caller must hold mmap_lock
 * for writing.
 * Return: 0
 */
"""
    found = in_c(text + FUNCTION)
    assert said(found) == [("unread", "f", "", ""), ("function", "f", "mmap_lock write", "")]
    assert (found[1].file, found[1].line, found[1].column) == ("mm/x.c", 7, 48)
    assert found[1].source == "kernel-doc"


def test_functions_that_the_words_name_are_meant() -> None:
    text = "/* Callers of first() and second() must hold mmap_lock. */\n"
    assert [f.subject for f in in_c(text + FUNCTION)] == ["first", "second"]


def test_a_system_call_is_named_as_in_the_map() -> None:
    text = "/* Called without mmap_lock. */\nSYSCALL_DEFINE1(gone, int, fd)\n{\n\treturn 0;\n}\n"
    assert in_c(text)[0].subject == "sys_gone"


def test_a_comment_about_nothing_or_in_a_body_is_kept_with_its_words() -> None:
    text = (
        "/* mmap_lock must be held. */\n\n\n\nint f(void)\n{\n\t/* mmap_lock must be held */\n}\n"
    )
    assert [f.kind for f in in_c(text)] == ["unread", "unread"]


def test_a_prototype_says_it_too() -> None:
    text = "/* mmap_lock must be held on entry */\nint f(struct mm_struct *mm);\n"
    assert said(in_c(text, "include/linux/x.h")) == [("function", "f", "mmap_lock either", "")]


def test_locks_of_the_same_name_are_told_by_what_they_are_about() -> None:
    assert not in_c(f"/* Called with the vma lock held. */\n{FUNCTION}", "mm/hugetlb.c")
    assert not in_c(f"/* Called with mmap_lock held. */\n{FUNCTION}", "drivers/media/videobuf2.c")


def test_text_in_a_literal_is_no_comment() -> None:
    assert not in_c('char *f(void)\n{\n\treturn "/* mmap_lock must be held */";\n}\n')


def test_annotations_are_rules() -> None:
    text = "void f(struct mm_struct *mm)\n\t__must_hold(&mm->mmap_lock)\n{\n}\n"
    (found,) = in_c(text)
    assert said([found]) == [("function", "f", "mmap_lock write", "")]
    assert (found.source, found.line, found.words) == (
        "annotation",
        2,
        "__must_hold(&mm->mmap_lock)",
    )
    (shared,) = in_c(text.replace("__must_hold", "__must_hold_shared"))
    assert shared.read.text == "mmap_lock read"
    (takes,) = in_c("void f(void) __acquires(&mm->mmap_lock);\n")
    assert takes.read.text == "mmap_lock none"
    assert not in_c(text.replace("&mm->mmap_lock", "&mm->page_table_lock"))
