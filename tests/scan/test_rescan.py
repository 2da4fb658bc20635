"""A re-scan gives the map that a first scan would, byte for byte."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lockmap.data import mini_dir
from lockmap.locks.analysis import Analysis
from lockmap.locks.interpret import Explorer
from lockmap.locks.whole import WholeProgram
from lockmap.map.filters import Filter
from lockmap.map.read import open_map
from lockmap.scan import ahead
from lockmap.scan.touched import Trace
from scan.trees import LOCKED, PLAIN, functions, scan_tree, small_tree, write_tree

STRUCTS = """\
struct mm_struct {
	struct rw_semaphore mmap_lock;
};

struct vm_area_struct {
	struct mm_struct *vm_mm;
};
"""
_MINI = mini_dir()
assert _MINI is not None
MINI = _MINI / "v6.12"
_FILES = sorted(str(p.relative_to(MINI)) for p in MINI.rglob("*.[ch]"))
_LINES = [
    "int unrelated;",
    "int reader(struct mm_struct *mm)\n{\n\treturn mm->total_vm + mm->map_count;\n}",
    "struct vm_area_struct { int renamed; };",
    "#define total_vm map_count",
    "/* a comment */",
    LOCKED.format(name="added"),
    PLAIN.format(name="plain"),
    "void f(struct mm_struct *mm)\n{\n\tmmap_write_lock(mm);\n}",
    "#define look(mm) mmap_read_unlock(mm)",
    "struct other { struct rw_semaphore mmap_lock; };",
]
_EDITS = st.tuples(
    st.sampled_from(["insert", "cut", "delete", "rename", "new"]),
    st.sampled_from(_FILES),
    st.integers(0, 400),
    st.sampled_from(_LINES),
)
_SWAPS = [
    (r"mmap_read_unlock\(", "mmap_read_lock("),
    (r"mmap_read_lock\(", "mmap_write_lock("),
    (r"mmap_read_unlock\((\w+)\);", ";"),
    (r"down_read\(", "down_write("),
    (r"if \(!", "if ("),
    (r"return 0;", "return -EINTR;"),
    (r"return [^;]+;", ""),
    (r"\bstatic ", ""),
    (r"struct mm_struct \*", "struct page *"),
    (r"struct rw_semaphore", "struct mutex"),
    (r"->vm_mm", "->vm_file"),
    (r"->total_vm", "->locked_vm"),
    (r"unsigned long (\w+);", r"struct odd { int \1; } odd_\1;"),
    (r"FAULT_FLAG_\w+", "FAULT_FLAG_TRIED"),
    (r"VM_FAULT_\w+", "0"),
    (r"#ifdef \w+", "#if 0"),
    (r"\*(?:un)?locked = \w+;", ""),
    (r"\b(\w+)\((?=struct|void)", r"renamed_\1("),
]
_CHANGES = st.tuples(
    st.sampled_from(_SWAPS), st.sampled_from(_FILES), st.integers(0, 400), st.booleans()
)


def _apply(tree: Path, edit: tuple[str, str, int, str]) -> None:
    kind, name, at, text = edit
    path = tree / name
    if kind == "new":
        path.with_name(f"new{at}.c").write_text(text + "\n")
    elif not path.exists():
        return
    elif kind == "delete":
        path.unlink()
    elif kind == "rename":
        path.rename(path.with_name(f"z{at}{path.suffix}"))
    else:
        lines = path.read_bytes().split(b"\n")
        place = at % len(lines)
        lines[place : place + (kind == "cut")] = [text.encode()] if kind == "insert" else []
        path.write_bytes(b"\n".join(lines))


def _swap(tree: Path, change: tuple[tuple[str, str], str, int, bool]) -> None:
    """Change one place of a file, or all that are alike."""
    (pattern, new), name, at, everywhere = change
    path = tree / name
    text = path.read_text("latin-1")
    places = list(re.finditer(pattern, text))
    if everywhere or not places:
        path.write_text(re.sub(pattern, new, text), "latin-1")
    else:
        place = places[at % len(places)]
        path.write_text(text[: place.start()] + place.expand(new) + text[place.end() :], "latin-1")


def _full(tree: Path, *, full: bool = False) -> bytes:
    with tempfile.TemporaryDirectory() as home:
        return scan_tree(tree, Path(home), full=full).target.read_bytes()


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(_EDITS, min_size=1, max_size=3))
def test_after_edits_the_map_is_that_of_a_full_scan(edits: list[tuple[str, str, int, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree, home = Path(folder) / "t", Path(folder) / "home"
        shutil.copytree(MINI, tree)
        scan_tree(tree, home)
        for edit in edits:
            _apply(tree, edit)
            assert scan_tree(tree, home).target.read_bytes() == _full(tree)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(_CHANGES, min_size=2, max_size=5))
def test_after_changes_of_meaning_the_map_is_that_of_a_full_scan(
    changes: list[tuple[tuple[str, str], str, int, bool]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree, home = Path(folder) / "t", Path(folder) / "home"
        shutil.copytree(MINI, tree)
        scan_tree(tree, home, full=True)
        for change in changes:
            _swap(tree, change)
            assert scan_tree(tree, home, full=True).target.read_bytes() == _full(tree, full=True)


_CHAIN = {
    "include/linux/mm_types.h": STRUCTS,
    "lib/low.c": "int low(struct mm_struct *mm)\n{\n\tmmap_read_unlock(mm);\n\treturn 1;\n}\n",
    "mm/middle.c": "int middle(struct mm_struct *mm)\n{\n\treturn low(mm);\n}\n",
    "fs/top.c": """\
void top(struct vm_area_struct *vma)
{
	mmap_read_lock(vma->vm_mm);
	if (!middle(vma->vm_mm))
		mmap_read_unlock(vma->vm_mm);
}
""",
    "fs/other.c": LOCKED.format(name="other"),
}
"""A function that drops the lock, one that hands this on, one that sees it, and another."""


@pytest.mark.parametrize(
    ("path", "old", "new", "again"),
    [
        ("lib/low.c", "int low", "\n\nint low", []),
        ("fs/top.c", "void top", "int one;\n\nvoid top", []),
        ("fs/other.c", "mmap_read_lock(mm)", "mmap_write_lock(mm)", ["other"]),
        ("lib/low.c", "return 1", "return 2", ["low", "middle", "top"]),
        ("lib/low.c", "mmap_read_unlock(mm)", "mmap_write_unlock(mm)", ["low", "middle", "top"]),
        ("lib/low.c", "(mm);", "(mm); /* at last */", []),
        ("lib/low.c", "int low", "int slow", ["slow"]),
        ("mm/middle.c", "return", "return 0 &", ["middle", "top"]),
        ("include/linux/mm_types.h", "struct mm_struct *vm_mm", "struct page *vm_mm", []),
        ("fs/new.c", "", "void new(struct mm_struct *mm)\n{\n\tlow(mm);\n}\n", ["new"]),
        ("fs/new.c", "", "int low(struct mm_struct *mm)\n{\n\treturn 0;\n}\n", []),
        ("lib/low.c", None, None, []),
    ],
)
def test_only_functions_that_an_edit_can_touch_are_explored_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    old: str | None,
    new: str | None,
    again: list[str],
) -> None:
    tree = write_tree(small_tree(tmp_path / "t"), _CHAIN)
    scan_tree(tree, tmp_path)
    if old is None or new is None:
        (tree / path).unlink()
    else:
        before = (tree / path).read_text() if (tree / path).exists() else ""
        write_tree(tree, {path: before.replace(old, new, 1) if old else new})
    explored: set[str] = set()
    real = Explorer.run

    def noted(self: Explorer) -> Analysis:
        explored.add(self._function.name)
        return real(self)

    with monkeypatch.context() as context:
        context.setattr(Explorer, "run", noted)
        outcome = scan_tree(tree, tmp_path)
    assert sorted(explored) == again
    assert outcome.target.read_bytes() == _full(tree)


_TOUCHING = {
    "include/linux/mm_types.h": STRUCTS,
    "include/linux/other.h": "struct other {\n\tstruct mm_struct *mm;\n};\n",
    "mm/one.c": "int one(struct vm_area_struct *vma)\n{\n\treturn vma->vm_mm->users;\n}\n",
    "drivers/own/other.h": "struct other {\n\tint mm;\n};\n",
    "fs/two.c": """\
#include <linux/other.h>
#include <linux/absent.h>
struct mm_struct *two(struct other *o)
{
	everyone->users++;
	o->mm = NULL;
	return get_other(o)->mm;
}
""",
    "lib/get.c": "struct other *get_other(struct other *o)\n{\n\treturn o;\n}\n",
}
"""Two functions with accesses, and what their types hang on."""


@pytest.mark.parametrize(
    ("path", "old", "new", "again"),
    [
        ("mm/one.c", "int one", "\n\nint one", ["mm/one.c"]),
        ("mm/one.c", "users", "owner", ["mm/one.c"]),
        ("include/linux/mm_types.h", "vm_mm", "vm_other", ["mm/one.c"]),
        ("include/linux/other.h", "mm;", "mm, *old;", ["fs/two.c"]),
        ("lib/get.c", "return o", "return o + 0", ["fs/two.c"]),
        ("lib/get.c", "get_other", "got_other", ["fs/two.c"]),
        ("lib/unread.c", "", "int nobody_asks(void)\n{\n\treturn 0;\n}\n", []),
        ("lib/unread.c", "", "void get_other(void)\n{\n}\n", ["fs/two.c"]),
        ("include/linux/new.h", "", "extern struct mm_struct *everyone;\n", ["fs/two.c"]),
        ("include/linux/new.h", "", "struct nothing;\n", []),
        ("include/uapi/linux/absent.h", "", "\n", ["fs/two.c"]),
        ("include/uapi/linux/nobody_asks.h", "", "\n", []),
        ("lib/more.c", "", "long more(struct vm_area_struct *v)\n{\n}\n", ["lib/more.c"]),
        ("mm/one.c", None, None, []),
    ],
)
def test_only_accesses_that_an_edit_can_touch_are_read_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    old: str | None,
    new: str | None,
    again: list[str],
) -> None:
    tree = write_tree(small_tree(tmp_path / "t"), _TOUCHING)
    # One stretch for each file.
    monkeypatch.setattr("lockmap.scan.stretches._stretch", hash)
    scan_tree(tree, tmp_path, full=True)
    if old is None or new is None:
        (tree / path).unlink()
    else:
        before = (tree / path).read_text() if (tree / path).exists() else ""
        write_tree(tree, {path: before.replace(old, new, 1) if old else new})
    read: list[str] = []
    real = ahead.touch

    def noted(*given: Any, **options: Any) -> Trace:
        read.extend(path for path, _ in given[-2])
        return real(*given, **options)

    with monkeypatch.context() as context:
        context.setattr(ahead, "touch", noted)
        outcome = scan_tree(tree, tmp_path, full=True)
    assert sorted(set(read) & {"mm/one.c", "fs/two.c", "lib/more.c"}) == again
    assert outcome.target.read_bytes() == _full(tree, full=True)


def test_what_did_not_matter_leaves_what_is_known_to_the_next_edit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = write_tree(small_tree(tmp_path / "t"), _CHAIN)
    scan_tree(tree, tmp_path)
    (tree / "aa.c").write_text(PLAIN.format(name="unrelated"))
    scan_tree(tree, tmp_path)
    monkeypatch.setattr(Explorer, "run", None)
    (tree / "fs" / "other.c").write_text("\n" + LOCKED.format(name="other"))
    outcome = scan_tree(tree, tmp_path)
    monkeypatch.undo()
    assert outcome.target.read_bytes() == _full(tree)


def test_an_unchanged_tree_is_not_read_again(tmp_path: Path) -> None:
    tree = small_tree(tmp_path / "t")
    first = scan_tree(tree, tmp_path)
    before = first.target.stat()
    second = scan_tree(tree, tmp_path)
    assert (first.unchanged, first.read) == (False, 3)
    assert (second.unchanged, second.read, second.parsed) == (True, 0, 0)
    assert second.target.stat() == before


def test_a_full_scan_after_a_plain_one_and_back_gives_the_map_of_each(tmp_path: Path) -> None:
    tree = small_tree(tmp_path / "t")
    for full in (False, True, True, False):
        assert scan_tree(tree, tmp_path, full=full).target.read_bytes() == _full(tree, full=full)


def test_one_edit_reads_one_file(tmp_path: Path) -> None:
    tree = small_tree(tmp_path / "t")
    scan_tree(tree, tmp_path)
    (tree / "fs" / "b.c").write_text(LOCKED.format(name="second"))
    outcome = scan_tree(tree, tmp_path)
    assert (outcome.read, functions(outcome)) == (1, ["first", "second"])


def test_content_known_from_another_tree_is_not_parsed_again(tmp_path: Path) -> None:
    scan_tree(small_tree(tmp_path / "one"), tmp_path)
    (tmp_path / "tree.snapshot").unlink()
    outcome = scan_tree(small_tree(tmp_path / "two"), tmp_path)
    assert (outcome.read, outcome.parsed) == (3, 0)


@pytest.mark.parametrize(
    ("path", "text", "again"),
    [
        ("fs/b.c", PLAIN.format(name="renamed") + PLAIN.format(name="one_more"), False),
        ("fs/b.c", LOCKED.format(name="second"), True),
        ("fs/b.c", "void user(void)\n{\n\tdrop(0);\n}\n", True),
        ("mm/a.c", "\n" + LOCKED.format(name="first"), True),
        ("Makefile", "VERSION = 6\nPATCHLEVEL = 6\nSUBLEVEL = 0\n", True),
    ],
    ids=["nothing to do with locks", "locks", "asked for", "lines move", "version"],
)
def test_paths_are_followed_again_only_where_it_may_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, text: str, again: bool
) -> None:
    dropper = "void drop(struct mm_struct *mm)\n{\n\tmmap_read_unlock(mm);\n}\n"
    tree = write_tree(small_tree(tmp_path / "t"), {"mm/d.c": dropper})
    scan_tree(tree, tmp_path)
    ran: list[bool] = []
    real = WholeProgram.run

    def noted(self: WholeProgram, progress: Callable[[str, int, int], None]) -> None:
        ran.append(True)
        real(self, progress)

    monkeypatch.setattr(WholeProgram, "run", noted)
    (tree / path).write_text(text)
    outcome = scan_tree(tree, tmp_path)
    assert bool(ran) == again
    assert outcome.target.read_bytes() == _full(tree)


def test_processes_and_runs_make_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lockmap.scan.workers.INLINE_BYTES", 0)
    monkeypatch.setattr("lockmap.scan.triage._BATCH_BYTES", 4000)
    monkeypatch.setattr("lockmap.scan.ahead.INLINE_FUNCTIONS", 0)
    maps = {
        scan_tree(MINI, tmp_path / str(n), jobs=jobs).target.read_bytes()
        for n, jobs in enumerate([1, 2, 2])
    }
    assert len(maps) == 1


@pytest.mark.parametrize("bare", [False, True], ids=["work tree", "bare"])
def test_a_revision_gives_the_rows_of_the_folder(tmp_path: Path, bare: bool) -> None:
    work = tmp_path / "work"
    shutil.copytree(MINI, work)
    git = ["git", "-C", str(work), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A", "-f"], check=True)
    subprocess.run([*git, "commit", "-qm", "x"], check=True)
    repository = work
    if bare:
        repository = tmp_path / "bare.git"
        command = ["git", "clone", "-q", "--bare", str(work), str(repository)]
        subprocess.run(command, check=True)
    by_rev = scan_tree(repository, tmp_path / "1", rev="HEAD")
    by_folder = scan_tree(MINI, tmp_path / "2")
    with open_map(by_rev.target) as one, open_map(by_folder.target) as two:
        assert list(one.sites(Filter())) == list(two.sites(Filter())) != []
        assert list(one.sections(Filter())) == list(two.sections(Filter())) != []
        assert len(one.meta()["revision"]) == 40
