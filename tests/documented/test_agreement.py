"""What a scan says of documented rules: small trees, and the verdicts on what they document."""

from __future__ import annotations

from pathlib import Path

import pytest
from scan.trees import scan_tree, write_tree

from lockmap.map.documented_records import DocumentedRule
from lockmap.map.read import open_map
from lockmap.map.read_documented import WantedRules

HEADER = """\
struct rw_semaphore { int count; };
struct mm_struct { struct rw_semaphore mmap_lock; unsigned long total_vm, map_count; };
struct vm_area_struct { struct mm_struct *vm_mm; unsigned long vm_start; };
static inline void mmap_write_lock(struct mm_struct *mm) { down_write(&mm->mmap_lock); }
"""
MAKEFILE = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n"


def rules_of(tmp_path: Path, files: dict[str, str], **wanted: str) -> list[DocumentedRule]:
    """The documented rules of a tree of *files*."""
    tree = write_tree(tmp_path / "k", {"Makefile": MAKEFILE, "include/linux/mm.h": HEADER, **files})
    scan_tree(tree, tmp_path, full=True)
    with open_map(tmp_path / "map.db") as opened:
        return list(opened.documented(WantedRules(**wanted)))  # type: ignore[arg-type]


CALLERS = """\
/* Called with mmap_lock held for writing. */
static void written(struct mm_struct *mm)
{{
	mm->map_count++;
}}

int first(struct mm_struct *mm)
{{
	{take}(mm);
	written(mm);
	{drop}(mm);
	return 0;
}}

int (*keep)(struct mm_struct *) = first;
"""
WRITE = {"take": "mmap_write_lock", "drop": "mmap_write_unlock"}
READ = {"take": "mmap_read_lock", "drop": "mmap_read_unlock"}


def test_a_function_whose_callers_do_as_it_says(tmp_path: Path) -> None:
    text = CALLERS.format(**WRITE)
    (rule,) = rules_of(tmp_path, {"mm/a.c": text}, subject="written")
    assert (rule.verdict, rule.needs, rule.line) == ("agrees", "mmap_lock write", 1)


def test_a_function_whose_callers_hold_less(tmp_path: Path) -> None:
    text = CALLERS.format(**READ)
    (rule,) = rules_of(tmp_path, {"mm/a.c": text}, subject="written")
    assert rule.verdict == "code weaker"
    assert rule.sites[0] == ("mm/a.c", 10, "first", "mmap_lock read")


def test_a_function_that_nobody_calls_contradicts_nothing(tmp_path: Path) -> None:
    text = "/* Called with mmap_lock held. */\nvoid lonely(struct mm_struct *mm)\n{\n}\n"
    (rule,) = rules_of(tmp_path, {"mm/a.c": text}, subject="lonely")
    assert rule.verdict == "not compared"


def test_a_function_that_must_not_be_called_with_it_held(tmp_path: Path) -> None:
    text = CALLERS.format(**WRITE).replace(
        "Called with mmap_lock held for writing.", "mmap_lock must not be held."
    )
    (rule,) = rules_of(tmp_path, {"mm/a.c": text}, subject="written")
    assert rule.verdict == "contradicts"
    assert rule.violations == (("mm/a.c", 10, "first"),)


DOCUMENT = """\
Addresses
=========

Of struct mm_struct fields.

========= ================ ===========
Field     Description      Write lock
========= ================ ===========
map_count Number of VMAs.  {cell}
missing   Nobody uses it.  mmap write.
========= ================ ===========
"""


@pytest.mark.parametrize(
    ("cell", "lock", "verdict"),
    [
        ("mmap write.", WRITE, "agrees"),
        ("mmap write.", READ, "code weaker"),
        ("mmap read.", WRITE, "code stronger"),
        ("N/A", WRITE, "code weaker"),
    ],
)
def test_a_field_of_a_table(tmp_path: Path, cell: str, lock: dict[str, str], verdict: str) -> None:
    files = {
        "Documentation/mm/process_addrs.rst": DOCUMENT.format(cell=cell.ljust(11)),
        "mm/a.c": CALLERS.format(**lock),
    }
    found = rules_of(tmp_path, files, subject="mm_struct.*")
    assert [(r.subject, r.verdict) for r in found] == [
        ("mm_struct.map_count", verdict),
        ("mm_struct.missing", "never accessed"),
    ]
    with open_map(tmp_path / "map.db") as opened:
        agreement = {r.field: r.agreement for r in opened.rules() if r.struct == "mm_struct"}
    assert (agreement["map_count"], agreement["missing"]) == (verdict, "never accessed")


def test_a_field_that_is_written_without_the_lock(tmp_path: Path) -> None:
    text = "int f{n}(struct mm_struct *mm)\n{{\n\tmm->total_vm = {n};\n\treturn 0;\n}}\n"
    users = "".join(
        f"\tmmap_write_lock(m);\n\tmmap_write_unlock(m);\n\tf{n}(m);\n" for n in range(4)
    )
    files = {
        "Documentation/mm/process_addrs.rst": DOCUMENT.format(cell="mmap write.").replace(
            "map_count", "total_vm "
        ),
        "mm/a.c": "".join(text.format(n=n).replace("int f", "static int f") for n in range(4))
        + f"int sys(struct mm_struct *m)\n{{\n{users}\treturn 0;\n}}\n"
        + "int (*keep)(struct mm_struct *) = sys;\n",
    }
    rule = next(r for r in rules_of(tmp_path, files) if r.subject == "mm_struct.total_vm")
    assert rule.verdict == "contradicts"
    assert rule.sites[0] == ("mm/a.c", 3, "f0", "none")


def test_rules_of_the_user_have_the_same_standing(tmp_path: Path) -> None:
    ours = tmp_path / "ours.toml"
    ours.write_text(
        '[[rule]]\nfield = "mm_struct.map_count"\nwrite = "mmap_lock read"\n\n'
        '[[rule]]\nfunction = "written"\nneeds = "mmap_lock none"\nnote = "we say so"\n'
    )
    text = CALLERS.format(**WRITE)
    tree = write_tree(
        tmp_path / "k", {"Makefile": MAKEFILE, "include/linux/mm.h": HEADER, "mm/a.c": text}
    )
    scan_tree(tree, tmp_path, full=True, rules=(ours,))
    with open_map(tmp_path / "map.db") as opened:
        found = opened.documented(WantedRules(sources=("user",)))
    assert [(r.subject, r.line, r.verdict) for r in found] == [
        ("mm_struct.map_count", 1, "code stronger"),
        ("written", 5, "contradicts"),
    ]
    assert found[1].words == "we say so"


def test_order_is_compared_where_both_locks_are_followed(tmp_path: Path) -> None:
    text = """\
/*
 *  ->mmap_lock
 *    ->i_mmap_rwsem
 *      ->page_table_lock
 */

int f(struct mm_struct *mm, struct address_space *mapping)
{
	mmap_read_lock(mm);
	i_mmap_lock_write(mapping);
	i_mmap_unlock_write(mapping);
	mmap_read_unlock(mm);
	return 0;
}
"""
    found = rules_of(tmp_path, {"mm/a.c": text})
    assert [(r.subject, r.verdict) for r in found if r.kind == "order"] == [
        ("mmap_lock > i_mmap_rwsem", "agrees"),
        ("i_mmap_rwsem > [page_table_lock]", "not compared"),
    ]


def test_a_change_of_a_document_alone_makes_a_new_map(tmp_path: Path) -> None:
    page = "Documentation/mm/process_addrs.rst"
    files = {page: DOCUMENT.format(cell="mmap write."), "mm/a.c": CALLERS.format(**READ)}
    assert rules_of(tmp_path, files, subject="*.map_count")[0].verdict == "code weaker"
    files[page] = DOCUMENT.format(cell="mmap read. ")
    assert rules_of(tmp_path, files, subject="*.map_count")[0].verdict == "agrees"


def test_functions_of_one_name_in_the_arms_of_an_if_are_kept_apart(tmp_path: Path) -> None:
    text = """\
static void needs(struct mm_struct *mm)
{
	mmap_assert_locked(mm);
	mm->map_count++;
}
#ifdef CONFIG_A
static void locks(struct mm_struct *mm)
{
	vma_start_write(mm->mmap);
}
#else
static void locks(struct mm_struct *mm)
{
	mmap_read_lock(mm);
	needs(mm);
	mmap_read_unlock(mm);
}
#endif
int sys_x(struct mm_struct *mm)
{
	locks(mm);
	return 0;
}
"""
    (rule,) = rules_of(tmp_path, {"mm/a.c": text}, subject="needs")
    assert (rule.source, rule.verdict) == ("assert", "agrees")


def test_an_assertion_about_a_lock_of_some_struct_is_of_no_lock_we_know(tmp_path: Path) -> None:
    text = """\
struct vma_lock { struct rw_semaphore lock; };
static int f(struct log *log, struct vm_area_struct *vma)
{
	lockdep_assert_held(&log->relay.lock);
	return vma->vm_start;
}
int g(struct log *log, struct vm_area_struct *vma)
{
	return f(log, vma);
}
"""
    assert rules_of(tmp_path, {"drivers/a.c": text}) == []
