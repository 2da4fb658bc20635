"""Small trees, and patches that git makes of two versions of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lockmap.patch.apply import Applier
from lockmap.patch.model import Applied, Limits, Patch
from lockmap.tree.folder import FolderSource
from lockmap.tree.selection import load_selection

Files = Mapping[str, bytes]
Run = Callable[..., bytes]

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "LC_ALL": "C.UTF-8",
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A. Developer",
    "GIT_AUTHOR_EMAIL": "dev@example.org",
    "GIT_COMMITTER_NAME": "A. Developer",
    "GIT_COMMITTER_EMAIL": "dev@example.org",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
}


def git(folder: Path, *arguments: str, text: bytes = b"", check: bool = True) -> bytes:
    done = subprocess.run(
        ["git", "-c", "core.autocrlf=false", *arguments],
        cwd=folder, env=ENVIRONMENT, input=text, capture_output=True, check=check,
    )  # fmt: skip
    return done.stdout


def write(top: Path, files: Files) -> None:
    for name, content in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def replace_all(top: Path, files: Files) -> None:
    for entry in top.iterdir():
        if entry.name != ".git":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    write(top, files)


class Workshop:
    """A repository in which to make patches, and the tree to apply them to."""

    def __init__(self, top: Path) -> None:
        self.repo = top / "repo"
        self.tree = top / "linux"
        self.repo.mkdir()
        self.tree.mkdir()
        git(self.repo, "init", "-q", "-b", "main")

    def commit(self, files: Files, message: str = "a change") -> None:
        replace_all(self.repo, files)
        git(self.repo, "add", "-A", "-f")
        git(self.repo, "commit", "-q", "--allow-empty", "-m", message)

    def diff(self, old: Files, new: Files, *flags: str) -> bytes:
        self.commit(old)
        self.commit(new)
        return git(self.repo, "diff", *flags, "HEAD~1", "HEAD")

    def source(self, files: Files) -> FolderSource:
        replace_all(self.tree, files)
        return FolderSource(str(self.tree), load_selection())

    def apply(
        self, files: Files, text: bytes, strip: int = 1, limits: Limits | None = None
    ) -> Applied:
        with Applier(self.source(files), strip=strip, limits=limits) as applier:
            return applier.apply(patch_of(text))


def patch_of(text: bytes, number: int = 1) -> Patch:
    return Patch(number, "a change", "A. Developer <dev@example.org>", "", text)


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def numbered(count: int, **changed: bytes) -> bytes:
    """*count* different lines; ``l7=b"x"`` gives line 7 another text."""
    return b"".join(changed.get(f"l{n}", b"line %d" % n) + b"\n" for n in range(1, count + 1))
