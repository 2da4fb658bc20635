"""Running git on a repository that may be hostile.

A repository's own configuration can name programs (fsmonitor, hooks, a lazy
fetch through ssh).  It is therefore read for one purpose only, to resolve a
revision; objects are read through an empty git directory of our own that
borrows nothing but the object store.  No protocol is allowed, so a partial
clone never goes to the network: its missing files are reported instead.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lockmap.errors import TreeError

SAFE_CONFIG = (
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.pager=cat",
)  # fmt: skip


def safe_environment(**extra: str) -> dict[str, str]:
    """The environment for git: no prompt, no network, no system configuration, plain English."""
    kept = {
        key: value
        for key, value in os.environ.items()
        # GIT_DIR and the like of a surrounding hook would point at another repository.
        if not key.startswith("GIT_")
    }
    return kept | {
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
        **extra,
    }


def run_git(repo: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git in *repo*, with its configuration; raises TreeError only when git is not there."""
    return run_quietly(["git", "-C", repo, *SAFE_CONFIG, *arguments], safe_environment())


def run_quietly(
    command: list[str], environment: dict[str, str]
) -> subprocess.CompletedProcess[bytes]:
    """Run a git command line and collect its output."""
    try:
        return subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except FileNotFoundError as error:
        raise TreeError(
            "git is not installed", hint="install git, or scan an unpacked folder"
        ) from error


@contextmanager
def neutral_environment(objects: str, object_format: str) -> Iterator[dict[str, str]]:
    """An environment whose git directory is empty and whose objects are those at *objects*.

    *object_format* is ``sha1`` or ``sha256``.  git reads the directory only at its
    start: it may be left once the process has answered.
    """
    with tempfile.TemporaryDirectory(prefix="lockmap-git-") as folder:
        top = Path(folder)
        (top / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
        (top / "refs").mkdir()
        (top / "objects").mkdir()
        version = 0 if object_format == "sha1" else 1
        config = f"[core]\n\trepositoryformatversion = {version}\n\tbare = true\n"
        if version:
            config += f"[extensions]\n\tobjectFormat = {object_format}\n"
        (top / "config").write_text(config, encoding="ascii")
        yield safe_environment(
            GIT_DIR=folder,
            GIT_OBJECT_DIRECTORY=objects,
            # Global settings of the user could name programs as well.
            GIT_CONFIG_GLOBAL=os.devnull,
        )


def error_text(done: subprocess.CompletedProcess[bytes]) -> str:
    """The first line git complained with, without its prefix."""
    lines = done.stderr.decode("utf-8", "backslashreplace").strip().splitlines()
    return lines[0].removeprefix("fatal: ") if lines else f"git ended with {done.returncode}"
