"""Assertions are evidence of what a function is called with, unless a way contradicts them."""

from __future__ import annotations

import json
from pathlib import Path

from scan.trees import run, write_tree

_HEADER = """
struct rw_semaphore { int count; };
struct mm_struct { struct rw_semaphore mmap_lock; int total_vm; };
void mmap_read_lock(struct mm_struct *mm);
void mmap_read_unlock(struct mm_struct *mm);
void mmap_assert_write_locked(struct mm_struct *mm);
struct ops { void (*sync)(struct mm_struct *mm); };
"""
_TEXT = """#include <linux/mm_types.h>
static void inner(struct mm_struct *mm)
{
	mm->total_vm = 1;
}
static void synced(struct mm_struct *mm)
{
	mmap_assert_write_locked(mm);
	inner(mm);
}
static const struct ops fixed = { .sync = synced };
static void beside(struct mm_struct *mm)
{
	if (mm->total_vm)
		mmap_assert_write_locked(mm);
}
static const struct ops other = { .sync = beside };
static void begun(struct mm_struct *mm)
{
	mmap_assert_write_locked(mm);
}
static const struct ops third = { .sync = begun };
static int __init start(void)
{
	begun(0);
	return 0;
}
module_init(start);
"""


def test_what_asserts_the_lock_always_runs_with_it_held(tmp_path: Path) -> None:
    tree = write_tree(
        tmp_path / "t",
        {
            "include/linux/mm_types.h": _HEADER,
            "mm/a.c": _TEXT,
            "Makefile": "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n",
        },
    )
    home = tmp_path / "home"
    assert run(home, "scan", "-q", tree)[0] == 0

    def said(function: str) -> str:
        return run(home, "why", function, tree)[1]

    # Anybody may call what stands in a struct: nothing else tells how synced() is called.
    assert "is only called with mmap_lock held for writing" in said("synced")
    (row,) = map(
        json.loads,
        run(home, "accesses", tree, "--function", "inner", "--format", "jsonl")[1].splitlines(),
    )
    assert (row["field"], row["held"]) == ("total_vm", "write")
    # One way goes past the assertion; one comes from where nothing is held.
    assert "is only called with" not in said("beside")
    assert "is only called with" not in said("begun")
