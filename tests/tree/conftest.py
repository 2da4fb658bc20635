"""A small kernel-like tree, and the same in git."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lockmap.tree.obtain import Obtained, obtain

MAKEFILE = (
    "# SPDX-License-Identifier: GPL-2.0\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 3\n"
    "EXTRAVERSION =\nNAME = Test\n\nall:\n\tVERSION = 9\n"
)

Git = Callable[..., str]
Fetch = Callable[..., Obtained]


def write(top: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    """Makefile, two C files and a header that count, and files that do not."""
    top = tmp_path / "linux"
    write(
        top,
        {
            "Makefile": MAKEFILE,
            "mm/mmap.c": "int mmap;\n",
            "mm/Makefile": "obj-y += mmap.o\n",
            "include/linux/mm.h": "struct mm_struct;\n",
            "arch/arm/mm/fault.c": "int fault;\n",
            "drivers/tools/tool.c": "int named_like_an_excluded_folder;\n",
            "tools/testing/t.c": "int t;\n",
            "scripts/s.h": "int s;\n",
            ".hidden/h.c": "int h;\n",
            "kernel/.generated.c": "int g;\n",
        },
    )
    return top


KERNEL_FILES = ["arch/arm/mm/fault.c", "drivers/tools/tool.c", "include/linux/mm.h", "mm/mmap.c"]


@pytest.fixture
def git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Git:
    """Run git with an identity and a home of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    environment = os.environ | {
        "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@t",
        "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@t",
    }  # fmt: skip

    def run(top: Path, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", top, *arguments],
            env=environment,
            check=True,
            text=True,
            capture_output=True,
        )
        return done.stdout.strip()

    return run


@pytest.fixture
def repository(kernel: Path, git: Git) -> Path:
    """The kernel as a git work tree with the tag v6.12.3."""
    git(kernel, "init", "-q", "-b", "main")
    git(kernel, "add", "-A", "-f")
    git(kernel, "commit", "-q", "-m", "first")
    git(kernel, "tag", "v6.12.3")
    return kernel


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "kernels"


@pytest.fixture
def fetch(into: Path, monkeypatch: pytest.MonkeyPatch) -> Fetch:
    """Obtain into a folder of the test, which has room enough."""
    usage = shutil.disk_usage("/")._replace(free=10 << 30)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)

    def run(kernel: object, tag: str | None = None, *, force: bool = False) -> Obtained:
        return obtain(
            str(kernel), tag, into, force=force, progress=lambda _what, _done, _total: None
        )

    return run


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
