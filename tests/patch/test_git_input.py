"""Ranges of commits and uncommitted changes as patches, from a repository that is only read."""

from __future__ import annotations

from pathlib import Path

import pytest

from lockmap.errors import PatchError, TreeError
from lockmap.patch.apply import Applier
from lockmap.patch.commits import read_range
from lockmap.patch.dirty import read_dirty
from lockmap.patch.model import Limits, Series
from lockmap.tree.git import open_git
from lockmap.tree.selection import load_selection

from .conftest import Workshop, git, numbered, write

FIRST = {"mm/mmap.c": numbered(30), "mm/rmap.c": b"rmap\n"}
SECOND = {**FIRST, "mm/mmap.c": numbered(30, l7=b"x")}
THIRD = {"mm/vma.c": numbered(30, l7=b"x"), "mm/rmap.c": b"rmap\nmore\n"}


@pytest.fixture
def history(workshop: Workshop) -> Workshop:
    workshop.commit(FIRST, "first")
    workshop.commit(SECOND, "mm: second\n\nWhy.")
    workshop.commit(THIRD, "mm: third")
    return workshop


def applied(repo: Path, series: Series) -> dict[str, bytes | None]:
    """The files that the series leaves changed, on top of its own base."""
    source = open_git(str(repo), series.base, load_selection())
    with Applier(source) as applier:
        for patch in series.patches:
            applier.apply(patch)
        files = dict(applier.tree().files)
    source.close()
    return files


def head(repo: Path, rev: str = "HEAD") -> str:
    return git(repo, "rev-parse", rev).decode().strip()


def everything(top: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in top.rglob("*")}


def test_one_patch_for_each_commit(history: Workshop) -> None:
    before = everything(history.repo)
    series = read_range(str(history.repo), "HEAD~2..HEAD")
    assert [patch.subject for patch in series.patches] == ["mm: second", "mm: third"]
    assert series.patches[1].origin == head(history.repo)
    assert series.patches[1].author == "A. Developer <dev@example.org>"
    assert series.base == head(history.repo, "HEAD~2")
    assert applied(history.repo, series) == {**THIRD, "mm/mmap.c": None}
    assert everything(history.repo) == before


def test_a_bare_repository_and_an_open_end(history: Workshop, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(history.repo), "bare.git")
    series = read_range(str(tmp_path / "bare.git"), "main~1..")
    assert [patch.subject for patch in series.patches] == ["mm: third"]
    with pytest.raises(PatchError, match="without a work tree"):
        read_dirty(str(tmp_path / "bare.git"))


def test_a_merge_is_one_patch_with_all_that_it_brought(history: Workshop) -> None:
    repo = history.repo
    git(repo, "checkout", "-q", "-b", "side", "HEAD~1")
    history.commit({**SECOND, "fs/side.c": b"side\n"}, "fs: side")
    git(repo, "checkout", "-q", "main")
    git(repo, "merge", "-q", "--no-ff", "-m", "Merge side", "side")
    series = read_range(str(repo), "HEAD~2..HEAD")
    assert [patch.subject for patch in series.patches] == ["mm: third", "Merge side"]
    assert applied(repo, series) == {**THIRD, "mm/mmap.c": None, "fs/side.c": b"side\n"}


def test_from_a_base_beside_the_branch(history: Workshop) -> None:
    repo = history.repo
    git(repo, "checkout", "-q", "-b", "other", "HEAD~2")
    history.commit({**FIRST, "fs/other.c": b"other\n"}, "fs: other")
    series = read_range(str(repo), "main..other")
    assert series.base == head(repo, "main~2")
    assert applied(repo, series) == {"fs/other.c": b"other\n"}


def test_a_part_of_the_work_tree(history: Workshop) -> None:
    series = read_range(str(history.repo / "mm"), "HEAD~1..HEAD")
    source = open_git(str(history.repo / "mm"), series.base, load_selection())
    with Applier(source) as applier:
        assert set(applier.apply(series.patches[0]).files) == {"mmap.c", "rmap.c", "vma.c"}
    source.close()


def test_a_shallow_clone(history: Workshop, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth=2", f"file://{history.repo}", "shallow")
    series = read_range(str(tmp_path / "shallow"), "HEAD~1..HEAD")
    assert [patch.subject for patch in series.patches] == ["mm: third"]


@pytest.mark.parametrize("span", ["HEAD", "..HEAD", "HEAD...HEAD~1", "", "-x..HEAD", "no..HEAD"])
def test_what_is_no_range(history: Workshop, span: str) -> None:
    with pytest.raises((PatchError, TreeError)):
        read_range(str(history.repo), span)


def test_an_empty_range_and_limits(history: Workshop) -> None:
    repo = str(history.repo)
    with pytest.raises(PatchError, match="no commit in this range"):
        read_range(repo, "HEAD..HEAD~1")
    with pytest.raises(PatchError, match="more than 1 commits"):
        read_range(repo, "HEAD~2..HEAD", limits=Limits(patches=1))
    with pytest.raises(PatchError, match="too big"):
        read_range(repo, "HEAD~2..HEAD", limits=Limits(patch_bytes=10))


def test_commits_that_change_no_file_are_told(history: Workshop) -> None:
    history.commit(THIRD, "nothing")
    series = read_range(str(history.repo), "HEAD~2..HEAD")
    assert [patch.subject for patch in series.patches] == ["mm: third"]
    assert [note.kind for note in series.notes] == ["skipped"]


def test_changes_that_are_not_committed(history: Workshop) -> None:
    repo = history.repo
    write(repo, {"mm/rmap.c": b"dirty\n", "mm/new.c": b"n\n", "mm/staged.c": b"s\n", "x.o": b"o"})
    git(repo, "add", "mm/staged.c")
    before = everything(repo)
    series = read_dirty(str(repo))
    assert everything(repo) == before
    assert series.base == head(repo)
    assert applied(repo, series) == {"mm/rmap.c": b"dirty\n", "mm/staged.c": b"s\n"}
    [note] = series.notes
    assert note.kind == "untracked"
    assert "1 new files that git does not track are not looked at (mm/new.c)" in note.message


def test_a_clean_tree_and_no_repository(history: Workshop, tmp_path: Path) -> None:
    with pytest.raises(PatchError, match="no change against HEAD"):
        read_dirty(str(history.repo))
    (tmp_path / "plain").mkdir()
    with pytest.raises(TreeError, match="not a git repository"):
        read_dirty(str(tmp_path / "plain"))


def test_a_linked_work_tree_and_a_part_of_it(history: Workshop, tmp_path: Path) -> None:
    git(history.repo, "worktree", "add", "-q", str(tmp_path / "linked"))
    write(tmp_path / "linked", {"mm/rmap.c": b"dirty\n"})
    series = read_dirty(str(tmp_path / "linked" / "mm"))
    assert b"+++ b/rmap.c" in series.patches[0].text


def test_a_change_right_after_the_commit_is_seen(history: Workshop) -> None:
    """Same size, same second: git must look into the file, not at its time."""
    for _ in range(5):
        write(history.repo, {"mm/rmap.c": b"rmap\nmore\n"})
        git(history.repo, "add", "-A")
        write(history.repo, {"mm/rmap.c": b"rmap\nmorE\n"})
        assert b"+morE" in read_dirty(str(history.repo)).patches[0].text


def test_no_program_of_the_repository_is_run(history: Workshop, tmp_path: Path) -> None:
    repo, trap = history.repo, tmp_path / "trap"
    for name in ("core.fsmonitor", "core.sshCommand", "filter.x.clean", "filter.x.process",
                 "diff.x.textconv", "diff.x.command", "diff.external", "core.pager"):  # fmt: skip
        git(repo, "config", name, f"touch {trap};")
    hooks = repo / ".git/hooks"
    for name in ("post-index-change", "pre-commit", "fsmonitor-watchman"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {trap}\n")
        (hooks / name).chmod(0o755)
    write(repo, {".gitattributes": b"*.c filter=x diff=x\n", "mm/rmap.c": b"dirty\n"})
    assert b"+dirty" in read_dirty(str(repo)).patches[0].text
    assert read_range(str(repo), "HEAD~1..HEAD").patches
    assert not trap.exists()
    git(repo, "diff", check=False)
    assert trap.exists()  # the trap works
