"""A revision is read from git objects: no checkout, no network, no program of the repository's."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import pytest

from lockmap.errors import TreeError
from lockmap.tree.git import GitSource
from lockmap.tree.open import open_source, source_version
from lockmap.tree.source import ReadProblem

from .conftest import KERNEL_FILES, Git


def opened(top: Path, rev: str = "v6.12.3") -> GitSource:
    source = open_source(str(top), rev)
    assert isinstance(source, GitSource)
    return source


def paths(source: GitSource) -> list[str]:
    return [entry.path for entry in source.list().entries]


def forget_object(repository: Path, blob: str) -> None:
    (repository / ".git/objects" / blob[:2] / blob[2:]).unlink()


def test_the_revision_counts_not_what_is_checked_out(repository: Path, git: Git) -> None:
    (repository / "mm/mmap.c").write_text("changed, not committed", encoding="utf-8")
    (repository / "mm/new.c").write_text("int new;\n", encoding="utf-8")
    source = opened(repository)
    assert paths(source) == KERNEL_FILES
    assert source.read("mm/mmap.c") == b"int mmap;\n"
    assert source.revision == git(repository, "rev-parse", "HEAD")
    assert source.label == f"{repository} at v6.12.3"
    version = source_version(source)
    assert version is not None
    assert version.text == "6.12.3"


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_a_bare_repository_of_either_hash(
    kernel: Path, tmp_path: Path, git: Git, object_format: str
) -> None:
    git(kernel, "init", "-q", "-b", "main", f"--object-format={object_format}")
    git(kernel, "add", "-A")
    git(kernel, "commit", "-q", "-m", "first")
    git(tmp_path, "clone", "-q", "--bare", str(kernel), "bare.git")
    source = opened(tmp_path / "bare.git", "main")
    assert paths(source) == KERNEL_FILES
    read = dict(source.read_many(source.list().entries))
    assert list(read.values()) == [(kernel / path).read_bytes() for path in KERNEL_FILES]
    source.close()


def test_several_files_by_name(repository: Path) -> None:
    names = ["mm/mmap.c", "mm/none.c", "arch", "../x.c", "mm/Makefile", "mm/mmap.c/x.c"]
    read = dict(opened(repository).read_named(names))
    assert list(read) == names
    assert (read["mm/mmap.c"], read["mm/Makefile"]) == (b"int mmap;\n", b"obj-y += mmap.o\n")
    kinds = {path: c.problem.kind for path, c in read.items() if isinstance(c, ReadProblem)}
    assert kinds == {
        "mm/none.c": "unreadable",
        "arch": "not-regular",
        "../x.c": "bad-name",
        "mm/mmap.c/x.c": "unreadable",
    }


def test_the_stamp_is_the_blob_id(repository: Path, git: Git) -> None:
    stamps = {entry.path: entry.stamp for entry in opened(repository).list().entries}
    assert stamps["mm/mmap.c"] == git(repository, "rev-parse", "HEAD:mm/mmap.c")


def test_a_part_of_a_work_tree_gives_that_part_of_the_revision(repository: Path) -> None:
    source = opened(repository / "arch/arm")
    assert paths(source) == ["mm/fault.c"]
    assert source.read("mm/fault.c") == b"int fault;\n"


def test_many_large_and_small_blobs_stream_without_deadlock(repository: Path, git: Git) -> None:
    for number in range(400):
        size = 300_000 if number % 40 == 0 else number
        (repository / f"mm/n{number}.c").write_bytes(b"%d\n" % number * size)
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "many")
    source = pickle.loads(pickle.dumps(opened(repository, "HEAD")))
    entries = source.list().entries
    read = list(source.read_many(entries))
    assert [entry for entry, _ in read] == list(entries)
    assert all(content == (repository / entry.path).read_bytes() for entry, content in read)
    # Leaving early and asking again starts afresh.
    assert next(iter(source.read_many(entries)))[0] == entries[0]
    assert source.read("mm/n7.c") == b"7\n" * 7
    source.close()


def test_a_missing_blob_is_a_problem_and_the_rest_is_read(repository: Path) -> None:
    source = opened(repository)
    entries = source.list().entries
    lost = next(entry for entry in entries if entry.path == "include/linux/mm.h")
    forget_object(repository, lost.stamp)
    assert {p.path: p.kind for p in source.list().problems} == {lost.path: "unreadable"}
    read = {entry.path: content for entry, content in source.read_many(entries)}
    assert isinstance(read.pop(lost.path), ReadProblem)
    assert read["mm/mmap.c"] == b"int mmap;\n"
    source.close()


def test_a_damaged_blob_is_a_problem_and_the_rest_is_read(repository: Path) -> None:
    source = opened(repository)
    entries = source.list().entries
    blob = entries[1].stamp
    path = repository / ".git/objects" / blob[:2] / blob[2:]
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-8] + b"12345678")
    read = [content for _, content in source.read_many(entries)]
    assert [isinstance(content, bytes) for content in read] == [True, False, True, True]
    source.close()


def test_a_partial_clone_does_not_go_to_its_remote(
    repository: Path, tmp_path: Path, git: Git
) -> None:
    git(repository, "config", "uploadpack.allowFilter", "true")
    url = f"file://{repository}"
    git(tmp_path, "clone", "-q", "--bare", "--filter=blob:none", url, "partial.git")
    objects = list((tmp_path / "partial.git/objects").rglob("*"))
    source = open_source(str(tmp_path / "partial.git"), "v6.12.3")
    listing = source.list()
    assert listing.entries == ()
    assert [problem.path for problem in listing.problems] == KERNEL_FILES
    assert list((tmp_path / "partial.git/objects").rglob("*")) == objects


def test_links_and_submodules_in_the_revision_are_told(repository: Path, git: Git) -> None:
    (repository / "mm/again.c").symlink_to("mmap.c")
    (repository / "mm/out.c").symlink_to("/etc/passwd")
    (repository / "mm/self.c").symlink_to("self.c")
    git(repository, "add", "-A")
    commit = git(repository, "rev-parse", "HEAD")
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{commit},mm/module.c")
    git(repository, "commit", "-q", "-m", "links")
    source = opened(repository, "HEAD")
    assert paths(source) == KERNEL_FILES
    assert {problem.path: problem.kind for problem in source.list().problems} == {
        "mm/module.c": "not-regular",
        "mm/out.c": "symlink-outside",
        "mm/self.c": "symlink-loop",
    }
    with pytest.raises(ReadProblem):
        source.read("mm/out.c")
    source.close()


def test_an_unknown_revision_lists_tags_that_exist(repository: Path) -> None:
    with pytest.raises(TreeError, match=r"no revision v9\.9") as caught:
        opened(repository, "v9.9")
    assert "v6.12.3" in caught.value.hint


@pytest.mark.parametrize("rev", ["", "--all", "-n1", "HEAD:mm", "v6.12.3..HEAD", "a\nb"])
def test_what_is_no_revision_is_refused(repository: Path, rev: str) -> None:
    with pytest.raises(TreeError):
        opened(repository, rev)


def test_a_revision_without_c_files_is_refused(repository: Path, git: Git) -> None:
    git(repository, "rm", "-rq", "--cached", ".")
    git(repository, "commit", "-q", "--allow-empty", "-m", "empty")
    with pytest.raises(TreeError, match=r"no \.c or \.h file"):
        opened(repository, "HEAD")


def test_nothing_named_in_the_repositorys_configuration_runs(
    repository: Path, tmp_path: Path, git: Git
) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n", encoding="utf-8")
    trap.chmod(0o755)
    shutil.copy(trap, repository / ".git/hooks/post-checkout")
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "filter.x.smudge"):
        git(repository, "config", key, str(trap))
    git(repository, "config", "core.hooksPath", str(tmp_path))
    (repository / ".gitattributes").write_text("*.c filter=x diff=x\n", encoding="utf-8")
    git(repository, "-c", "core.fsmonitor=false", "config", "diff.x.textconv", str(trap))
    (tmp_path / "ran").unlink(missing_ok=True)
    source = opened(repository)
    assert len(list(source.read_many(source.list().entries))) == len(KERNEL_FILES)
    source.close()
    assert not (tmp_path / "ran").exists()


def test_a_git_hooks_environment_does_not_redirect_us(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "elsewhere"))
    assert paths(opened(repository)) == KERNEL_FILES


def test_a_repository_git_does_not_trust_says_what_to_do(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lockmap.tree.git.run_git", _as_if_owned_by_another)
    with pytest.raises(TreeError, match="another user owns it") as caught:
        opened(repository)
    assert "safe.directory" in caught.value.hint


def _as_if_owned_by_another(repo: str, *arguments: str):  # type: ignore[no-untyped-def]
    """git's own switch for testing the ownership check."""
    from lockmap.tree.gitrun import SAFE_CONFIG, run_quietly, safe_environment  # noqa: PLC0415

    environment = safe_environment(GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
    return run_quietly(["git", "-C", repo, *SAFE_CONFIG, *arguments], environment)


def test_without_git_the_message_says_so(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TreeError, match="git is not installed"):
        opened(repository)


def test_no_folder_of_ours_is_left_behind(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    source = opened(repository)
    reading = source.read_many(source.list().entries)
    next(reading)
    assert not list(scratch.iterdir())
    reading.close()
    source.close()
