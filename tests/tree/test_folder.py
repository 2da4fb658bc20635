"""A folder is read whole, and nothing in it can hang, crash or mislead the walk."""

from __future__ import annotations

import os
import pickle
import socket
from pathlib import Path

import pytest

from lockmap.errors import TreeError
from lockmap.tree.folder import FolderSource
from lockmap.tree.open import open_source, source_version
from lockmap.tree.selection import load_selection
from lockmap.tree.source import ReadProblem, printable

from .conftest import KERNEL_FILES


def folder(top: Path) -> FolderSource:
    return FolderSource(str(top), load_selection())


def paths(source: FolderSource) -> list[str]:
    return [entry.path for entry in source.list().entries]


def problems(source: FolderSource) -> dict[str, str]:
    return {problem.path: problem.kind for problem in source.list().problems}


def test_c_files_and_headers_outside_the_excluded_folders_are_listed_by_path(kernel: Path) -> None:
    assert paths(folder(kernel)) == KERNEL_FILES
    assert problems(folder(kernel)) == {}


def test_an_excluded_folder_can_be_included_again(kernel: Path) -> None:
    listing = open_source(str(kernel), include=("tools",)).list()
    assert "tools/testing/t.c" in [entry.path for entry in listing.entries]
    everything = open_source(str(kernel), include=("all",)).list()
    assert {"tools/testing/t.c", "scripts/s.h"} <= {entry.path for entry in everything.entries}


def test_including_a_folder_that_is_not_excluded_names_those_that_are(kernel: Path) -> None:
    with pytest.raises(TreeError) as caught:
        open_source(str(kernel), include=("toolz",))
    assert "tools" in caught.value.hint


def test_the_stamp_changes_when_the_content_does(kernel: Path) -> None:
    before = {entry.path: entry.stamp for entry in folder(kernel).list().entries}
    target = kernel / "mm/mmap.c"
    info = target.stat()
    target.write_text("int MMAP;\n", encoding="utf-8")
    os.utime(target, ns=(info.st_atime_ns, info.st_mtime_ns))  # as an archiver may do
    after = {entry.path: entry.stamp for entry in folder(kernel).list().entries}
    assert {path for path in after if after[path] != before[path]} == {"mm/mmap.c"}


def test_read_many_gives_each_entry_its_bytes_in_order(kernel: Path) -> None:
    source = pickle.loads(pickle.dumps(folder(kernel)))
    entries = source.list().entries
    read = list(source.read_many(reversed(entries)))
    assert [entry.path for entry, _ in read] == KERNEL_FILES[::-1]
    assert read[0][1] == b"int mmap;\n"


def test_symlink_cycles_end(kernel: Path) -> None:
    (kernel / "mm/up").symlink_to("..")
    (kernel / "mm/self.c").symlink_to("self.c")
    (kernel / "mm/a").symlink_to("b")
    (kernel / "mm/b").symlink_to("a")
    assert paths(folder(kernel)) == KERNEL_FILES
    loops = {"mm/self.c": "symlink-loop", "mm/a": "symlink-loop", "mm/b": "symlink-loop"}
    assert problems(folder(kernel)) == loops


def test_links_are_told_only_when_their_target_is_not_read_anyway(
    kernel: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret.c").write_text("int secret;\n", encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    (kernel / "mm/again.c").symlink_to("mmap.c")
    (kernel / "mm/arm").symlink_to("../arch/arm")
    (kernel / "mm/readme").symlink_to("../Makefile")
    (kernel / "mm/out.c").symlink_to("../../secret.c")
    (kernel / "mm/outside").symlink_to("../../elsewhere")
    (kernel / "mm/tool.c").symlink_to("../tools/testing/t.c")
    (kernel / "mm/gone.c").symlink_to("nowhere.c")
    assert paths(folder(kernel)) == KERNEL_FILES
    assert problems(folder(kernel)) == {
        "mm/out.c": "symlink-outside",
        "mm/outside": "symlink-outside",
        "mm/tool.c": "symlink-outside",
        "mm/gone.c": "unreadable",
    }
    with pytest.raises(ReadProblem, match="symbolic link"):
        folder(kernel).read("mm/out.c")


def test_what_is_no_regular_file_is_neither_listed_nor_waited_for(kernel: Path) -> None:
    os.mkfifo(kernel / "mm/fifo.c")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(kernel / "mm/socket.h"))
    (kernel / "mm/folder.c").mkdir()
    assert paths(folder(kernel)) == KERNEL_FILES
    assert problems(folder(kernel)) == {"mm/fifo.c": "not-regular", "mm/socket.h": "not-regular"}
    for name in ("mm/fifo.c", "mm/folder.c"):
        with pytest.raises(ReadProblem) as caught:
            folder(kernel).read(name)
        assert caught.value.problem.kind == "not-regular"


def test_a_name_that_is_not_utf8_is_read_and_told(kernel: Path) -> None:
    (kernel / os.fsdecode(b"mm/caf\xe9\n.c")).write_bytes(b"int cafe;\n")
    listing = folder(kernel).list()
    [odd] = [entry for entry in listing.entries if "caf" in entry.path]
    assert folder(kernel).read(odd.path) == b"int cafe;\n"
    assert printable(odd.path) == "mm/caf\\xe9\\n.c"
    assert problems(folder(kernel)) == {"mm/caf\\xe9\\n.c": "bad-name"}


def test_a_file_of_50_mb_is_told_not_read(kernel: Path) -> None:
    big = kernel / "mm/big.c"
    with big.open("wb") as file:
        file.truncate(50 << 20)
    assert paths(folder(kernel)) == KERNEL_FILES
    assert problems(folder(kernel)) == {"mm/big.c": "too-big"}
    with pytest.raises(ReadProblem) as caught:
        folder(kernel).read("mm/big.c")
    assert caught.value.problem.kind == "too-big"


def test_unreadable_files_and_folders_are_problems_not_failures(
    kernel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Permissions do not bind root, who often runs tests: refuse in the calls themselves.
    real_open, real_scandir = os.open, os.scandir

    def refuse_open(path: str, *rest: int) -> int:
        if str(path).endswith("mm/mmap.c"):
            raise PermissionError(13, "Permission denied")
        return real_open(path, *rest)

    def refuse_scan(path: str):  # type: ignore[no-untyped-def]
        if "arch/arm" in str(path):
            raise PermissionError(13, "Permission denied")
        return real_scandir(path)

    monkeypatch.setattr(os, "open", refuse_open)
    monkeypatch.setattr(os, "scandir", refuse_scan)
    source = folder(kernel)
    assert problems(source) == {"arch/arm": "unreadable"}
    read = {entry.path: content for entry, content in source.read_many(source.list().entries)}
    assert isinstance(read["mm/mmap.c"], ReadProblem)
    assert read["include/linux/mm.h"] == b"struct mm_struct;\n"


def test_a_file_that_goes_away_after_listing_is_a_problem(kernel: Path) -> None:
    source = folder(kernel)
    entries = source.list().entries
    (kernel / "mm/mmap.c").unlink()
    lost = dict(source.read_many(entries))[entries[-1]]
    assert isinstance(lost, ReadProblem)
    assert pickle.loads(pickle.dumps(lost)).problem == lost.problem


@pytest.mark.parametrize("path", ["../secret.c", "/etc/passwd", "mm/../../x", "", "a\0b"])
def test_reading_cannot_leave_the_tree(kernel: Path, path: str) -> None:
    with pytest.raises(ReadProblem, match="inside the tree"):
        folder(kernel).read(path)


def test_binary_content_comes_back_byte_for_byte(kernel: Path) -> None:
    data = bytes(range(256)) * 300
    (kernel / "mm/binary.c").write_bytes(data)
    assert folder(kernel).read("mm/binary.c") == data


def test_the_version_of_a_tree_and_of_a_part_of_one(kernel: Path) -> None:
    version = source_version(open_source(str(kernel)))
    assert version is not None
    assert version.text == "6.12.3"
    assert source_version(open_source(str(kernel / "mm"))) is None
