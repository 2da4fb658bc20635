"""What callers usually do counts as evidence, where nothing is certain."""

from __future__ import annotations

from pathlib import Path

import pytest

from lockmap.map.filters import Filter
from lockmap.map.read import open_map
from lockmap.map.records import Rule
from scan.trees import scan_tree, small_tree, write_tree

STRUCTS = """\
struct mm_struct { struct rw_semaphore mmap_lock; unsigned long brk, total; struct ops *ops; };
struct ops { int (*go)(struct mm_struct *mm); int (*other)(struct mm_struct *mm); };
"""
SET = "void set(struct mm_struct *mm)\n{\n\tmm->brk = 1;\n}\n"
LOCKED = "\tmmap_write_lock(mm);\n\t%s;\n\tmmap_write_unlock(mm);\n"
NEW = "\tmm = kmalloc(8, 0);\n\t%s;\n"


def function(name: str, body: str) -> str:
    return f"int {name}(struct mm_struct *mm)\n{{\n{body}\treturn 0;\n}}\n"


def told(folder: Path, *texts: str, field: str = "brk") -> str:
    """The rule for writes of a field of mm_struct, and its support."""
    tree = small_tree(folder / "t")
    files = {"include/c.h": STRUCTS, "fs/a.c": "\n".join(texts)}
    outcome = scan_tree(write_tree(tree, files), folder, full=True)
    with open_map(outcome.target) as opened:
        (rule,) = opened.rules(Filter(struct="mm_struct", field=field))
    return f"{rule.write_rule}, {_support(rule)}"


def _support(rule: Rule) -> str:
    kind, follow, of, total = next(told for told in rule.support if told[0] != "read")
    return f"{kind} {follow}/{of} of {total}"


def test_a_helper_counts_once_for_each_call(tmp_path: Path) -> None:
    callers = [function(f"f{n}", LOCKED % "set(mm)") for n in range(19)]
    assert told(tmp_path, SET, *callers) == "mmap_lock write, write 19/19 of 19"


def test_one_caller_that_nobody_is_known_to_call_does_not_undo_all_others(tmp_path: Path) -> None:
    callers = [function(f"f{n}", LOCKED % "set(mm)") for n in range(19)]
    stored = function("g", "\tset(mm);\n") + "struct ops ops = { .other = g };\n"
    assert told(tmp_path, SET, *callers, stored) == "mmap_lock write, write 19/19 of 20"


def test_what_callers_of_callers_hold_counts(tmp_path: Path) -> None:
    between = [function(f"g{n}", "\tset(mm);\n") for n in range(4)]
    callers = [function(f"f{n}", LOCKED % f"g{n}(mm)") for n in range(4)]
    assert told(tmp_path, SET, *between, *callers) == "mmap_lock write, write 4/4 of 4"


def test_callbacks_have_what_the_caller_of_the_member_holds(tmp_path: Path) -> None:
    ops = "struct ops ops = { .go = set };\n"
    caller = function("f", LOCKED % "mm->ops->go(mm)")
    assert told(tmp_path, SET, ops, caller) == "mmap_lock write, write 1/1 of 1"


def test_an_export_is_no_call(tmp_path: Path) -> None:
    caller = function("f", LOCKED % "set(mm)")
    assert told(tmp_path, SET, "EXPORT_SYMBOL(set);\n", caller) == "mmap_lock write, write 1/1 of 1"


@pytest.mark.parametrize(
    ("calls", "rule"),
    [
        ([NEW % "set(mm)"] * 3, "init only, write 3/3 of 3"),
        ([NEW % "set(mm)"] * 3 + [LOCKED % "set(mm)"], "mmap_lock write, write 1/1 of 1"),
        ([NEW % "mm->ops = 0;\tpass(mm)"], "init only, write 1/1 of 1"),
        (["\tstruct mm_struct own;\n\tset(&own);\n"], "init only, write 1/1 of 1"),
    ],
)
def test_new_objects_are_followed_into_the_functions_that_are_given_them(
    tmp_path: Path, calls: list[str], rule: str
) -> None:
    passes = function("pass", "\tset(mm);\n") if "pass" in calls[0] else ""
    callers = [function(f"f{n}", body) for n, body in enumerate(calls)]
    assert told(tmp_path, SET, passes, *callers) == rule


def test_an_object_that_others_can_see_is_not_new_any_more(tmp_path: Path) -> None:
    show = "void show(struct mm_struct *mm)\n{\n\tlist_add(mm, 0);\n\tmm->brk = 1;\n}\n"
    assert told(tmp_path, show, function("f", NEW % "show(mm)")) == "none, write 1/1 of 1"


def test_places_that_take_the_address_stand_in_for_writes(tmp_path: Path) -> None:
    by_address = function("f", LOCKED % "atomic_inc(&mm->total)")
    found = told(tmp_path, by_address, field="total")
    assert found == "mmap_lock write, address 1/1 of 1"
