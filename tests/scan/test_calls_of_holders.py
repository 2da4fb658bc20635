"""Calls of the functions that take a lock: each by what is held on its own line."""

from __future__ import annotations

import json
from pathlib import Path

from scan.trees import run, write_tree

_HEADER = """
struct rw_semaphore { int count; };
struct mm_struct { struct rw_semaphore mmap_lock; };
void mmap_read_lock(struct mm_struct *mm);
void mmap_read_unlock(struct mm_struct *mm);
void mmap_write_lock(struct mm_struct *mm);
void mmap_write_unlock(struct mm_struct *mm);
struct ops { void (*sync)(void); };
"""
_TEXT = """#include <linux/mm_types.h>
static void check(void)
{
}
static void synced(void)
{
}
static const struct ops fixed = { .sync = synced };
static void never(void)
{
}
void fault(struct mm_struct *mm, const struct ops *ops)
{
	check();
	never();
	ops->sync();
	mmap_read_lock(mm);
	check();
	ops->sync();
	mmap_read_unlock(mm);
	mmap_write_lock(mm);
	check();
	mmap_write_unlock(mm);
}
"""


def test_what_is_called_again_under_the_lock_runs_under_it(tmp_path: Path) -> None:
    tree = write_tree(
        tmp_path / "t",
        {
            "include/linux/mm_types.h": _HEADER,
            "mm/fault.c": _TEXT,
            "Makefile": "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n",
        },
    )
    home = tmp_path / "home"
    assert run(home, "scan", "-q", tree)[0] == 0
    lines = run(home, "functions", tree, "--format", "jsonl")[1].splitlines()
    found = {row["function"]: row for row in map(json.loads, lines)}
    assert found["check"]["modes"] == ["read", "write"]
    assert found["check"]["must"] == "none"
    assert [step[k] for step in found["check"]["witness"] for k in ("function", "line")] == [
        *("fault", 17),
        *("check", 18),
    ]
    assert found["synced"]["modes"] == ["read"]
    assert "never" not in found
