"""No tree makes a scan fail with anything but a message, and nothing readable is lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lockmap.tree.folder import FolderSource
from lockmap.tree.source import Problem, ReadProblem
from scan.trees import LOCKED, functions, kinds, run, scan_tree, small_tree, write_tree

BIG = 31 << 20


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda p: p.mkdir(), "the folder is empty"),
        (lambda p: write_tree(p, {"notes.txt": "x"}), "no .c or .h file in it"),
        (lambda p: p.write_text("int x;"), "not a folder"),
        (lambda p: None, "No such file or directory"),
    ],
    ids=["empty folder", "no kernel", "a file", "missing"],
)
def test_what_is_no_tree_is_named(tmp_path: Path, make: object, told: str) -> None:
    assert callable(make)
    make(tmp_path / "tree")
    code, out, err = run(tmp_path / "home", "scan", tmp_path / "tree")
    assert (code, out) == (2, "")
    assert told in err
    assert str(tmp_path / "tree") in err


def test_text_that_is_not_utf8_is_read_and_noted(tmp_path: Path) -> None:
    text = b"/* Andr\xe9 */\n" + LOCKED.format(name="first").encode()
    outcome = scan_tree(write_tree(tmp_path / "t", {"a.c": text}), tmp_path)
    assert functions(outcome) == ["first"]
    assert kinds(outcome) >= {("a.c", "not-utf8")}


def test_a_name_that_is_not_utf8_is_shown_escaped(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "t", {"a.c": LOCKED.format(name="first")})
    (tree / "a.c").rename(os.fsdecode(os.fsencode(tree) + b"/\xff.c"))
    code, out, _ = run(tmp_path / "home", "scan", "--no-progress", tree)
    assert code == 0
    assert "1 read" in out
    code, out, _ = run(tmp_path / "home", "sites", "--format", "jsonl", tree)
    assert '"file":"\\\\xff.c"' in out.replace(" ", "")


def test_a_binary_file_is_noted_and_left(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "a.c": b"\0\1\2" * 900 + b"mmap_read_lock(mm);",
        "b.c": LOCKED.format(name="good"),
    }
    outcome = scan_tree(write_tree(tmp_path / "t", files), tmp_path)
    assert functions(outcome) == ["good"]
    assert kinds(outcome) == {("a.c", "binary")}


@pytest.mark.parametrize(
    "text",
    [
        b"int x = mmap_read_lock(" + b"1 + " * (BIG // 4) + b"1);\n",
        b"static int f(int a)\n{\n\treturn a;\n}\n" * (BIG // 38),
    ],
    ids=["one line", "repeated code"],
)
def test_a_huge_file_does_not_stop_a_scan(tmp_path: Path, text: bytes) -> None:
    files: dict[str, str | bytes] = {"a.c": text, "b.c": LOCKED.format(name="good")}
    outcome = scan_tree(write_tree(tmp_path / "t", files), tmp_path)
    assert "good" in functions(outcome)


@pytest.mark.parametrize("depth", [300, 3000, 100_000])
def test_deep_nesting_costs_one_file_at_most(tmp_path: Path, depth: int) -> None:
    nested = "(" * depth + "1" + ")" * depth
    deep = LOCKED.format(name="deep").replace("look(mm)", f"look({nested})")
    files = {"a.c": deep, "b.c": LOCKED.format(name="good")}
    outcome = scan_tree(write_tree(tmp_path / "t", files), tmp_path)
    found = functions(outcome)
    assert "good" in found
    assert "deep" in found or kinds(outcome) == {("a.c", "too-deep")}


def test_a_file_over_the_limit_is_noted(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"a.c": b"x" * (50 << 20), "b.c": LOCKED.format(name="good")}
    outcome = scan_tree(write_tree(tmp_path / "t", files), tmp_path)
    assert functions(outcome) == ["good"]
    assert kinds(outcome) == {("a.c", "too-big")}


def test_an_unreadable_file_is_noted_and_read_once_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = small_tree(tmp_path / "t")
    good = FolderSource.read

    def refuse(self: FolderSource, path: str) -> bytes:  # root could read it
        if path == "mm/a.c":
            raise ReadProblem(Problem(path, "unreadable", "Permission denied"))
        return good(self, path)

    with monkeypatch.context() as patched:
        patched.setattr(FolderSource, "read", refuse)
        for _ in range(2):
            outcome = scan_tree(tree, tmp_path)
            assert functions(outcome) == []
            assert ("mm/a.c", "unreadable") in kinds(outcome)
    outcome = scan_tree(tree, tmp_path)
    assert functions(outcome) == ["first"]
    assert kinds(outcome) == set()


def test_links_and_fifos_do_not_hang_a_scan(tmp_path: Path) -> None:
    tree = small_tree(tmp_path / "t")
    (tree / "mm" / "again").symlink_to(tree)
    (tree / "self.c").symlink_to("self.c")
    os.mkfifo(tree / "x.c")
    outcome = scan_tree(tree, tmp_path)
    assert functions(outcome) == ["first"]
    assert kinds(outcome) == {("self.c", "symlink-loop"), ("x.c", "not-regular")}


def test_a_tree_that_cannot_be_written_is_scanned(tmp_path: Path) -> None:
    tree = small_tree(tmp_path / "t")
    before = sorted(tree.rglob("*"))
    for path in before:
        path.chmod(0o555 if path.is_dir() else 0o444)
    assert functions(scan_tree(tree, tmp_path)) == ["first"]
    for path in before:
        path.chmod(0o755)
    assert sorted(tree.rglob("*")) == before  # root could have written: nothing was
