"""What cannot be scanned is refused with a message that says what to do instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from lockmap.errors import EXIT_USAGE, TreeError
from lockmap.tree.open import open_source

from .conftest import Git, write


def refusal(tree: Path, rev: str | None = None) -> TreeError:
    with pytest.raises(TreeError) as caught:
        open_source(str(tree), rev)
    assert caught.value.exit_code == EXIT_USAGE
    return caught.value


def test_a_missing_folder_suggests_fetch(tmp_path: Path) -> None:
    error = refusal(tmp_path / "none")
    assert "No such file" in str(error)
    assert "lockmap fetch" in error.hint


def test_a_file_is_not_a_tree(tmp_path: Path) -> None:
    write(tmp_path, {"mmap.c": "", "linux-6.12.tar.xz": ""})
    assert "not a folder" in str(refusal(tmp_path / "mmap.c"))
    assert "lockmap fetch" in refusal(tmp_path / "linux-6.12.tar.xz").hint


def test_an_empty_folder(tmp_path: Path) -> None:
    assert "empty" in str(refusal(tmp_path))


def test_a_folder_without_c_files_says_what_was_looked_for(tmp_path: Path) -> None:
    write(tmp_path, {"README": "x", "tools/t.c": "int t;"})
    message = str(refusal(tmp_path))
    assert "no .c or .h file" in message
    assert "tools" in message


def test_a_folder_with_a_packed_kernel_says_how_to_unpack_it(tmp_path: Path) -> None:
    write(tmp_path, {"linux-source-6.12.tar.xz": "x"})
    assert "lockmap fetch" in refusal(tmp_path).hint


def test_a_bare_repository_needs_a_revision(repository: Path, tmp_path: Path, git: Git) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(repository), "bare.git")
    assert "--rev" in refusal(tmp_path / "bare.git").hint
    assert "--rev" in refusal(repository / ".git").hint


def test_a_work_tree_with_nothing_checked_out_needs_a_revision(
    repository: Path, tmp_path: Path, git: Git
) -> None:
    git(tmp_path, "clone", "-q", "--no-checkout", str(repository), "empty")
    assert "--rev" in refusal(tmp_path / "empty").hint


def test_a_revision_of_a_folder_that_is_no_repository(kernel: Path) -> None:
    assert "not a git repository" in str(refusal(kernel, "v6.12"))


def test_a_single_c_file_is_enough(tmp_path: Path) -> None:
    write(tmp_path, {"a.c": "int a;"})
    assert [entry.path for entry in open_source(str(tmp_path)).list().entries] == ["a.c"]


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_impossible_paths(path: str) -> None:
    with pytest.raises(TreeError):
        open_source(path)
