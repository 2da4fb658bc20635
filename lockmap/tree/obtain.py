"""Obtaining a kernel: from Debian by version, from a tarball, or from git by tag."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lockmap.errors import ObtainError
from lockmap.tree.debian import find_package, from_debian
from lockmap.tree.gitclone import from_git, git_folder, shown_url
from lockmap.tree.source import printable
from lockmap.tree.staging import Fetched, Progress, Staging, check_target, staging
from lockmap.tree.tarball import from_tarball, tarball_digest, tarball_folder

_VERSION = re.compile(r"v?(\d+\.\d+(?:\.\d+)?)\Z")
_WAYS = "give a version (6.12), a tarball (linux-6.12.tar.xz), or a git repository and a tag"


@dataclass(frozen=True, slots=True)
class Obtained:
    """Where the kernel is, what it is, and whether it was there before."""

    path: Path
    record: Fetched
    already: bool


def default_folder() -> Path:
    """Where kernels go: ``kernel_src/`` when the current folder has one, else the user's data.

    The latter is ``$XDG_DATA_HOME/lockmap/kernels``.
    """
    here = Path("kernel_src")
    if here.is_dir():
        return here.absolute()
    # The standard says that a relative XDG_DATA_HOME is to be ignored.
    data = os.environ.get("XDG_DATA_HOME", "")
    base = Path(data) if data.startswith("/") else Path.home() / ".local/share"
    return base / "lockmap/kernels"


def obtain(
    kernel: str, tag: str | None, into: Path, *, force: bool, progress: Progress
) -> Obtained:
    """Put *kernel* into a folder of its own below *into*, whole or not at all.

    *kernel* is a version, the path of a tarball, or with *tag* a git repository.
    A kernel that is there already is returned at once, unless *force* says to make
    it anew.  Raises ObtainError.
    """
    path = Path(kernel)
    version = _VERSION.match(kernel)
    if tag is not None:
        return _from_git(kernel, tag, into, force, progress)
    if version and not path.exists():
        return _from_debian(version[1], into, force, progress)
    if path.is_dir():
        raise ObtainError(
            f"{printable(kernel)}: a folder",
            hint="scan it as it is; for a git repository add a tag",
        )
    if path.exists():
        return _from_tarball(path, into, force, progress)
    raise _unknown(kernel)


def _from_git(url: str, tag: str, into: Path, force: bool, progress: Progress) -> Obtained:
    target = into / git_folder(tag)
    there = check_target(target, force=force)
    if there and there.source != f"{shown_url(url)} {tag}":
        raise _other(target, there)
    return _make(target, there, lambda stage: from_git(url, tag, stage, progress))


def _from_debian(version: str, into: Path, force: bool, progress: Progress) -> Obtained:
    target = into / f"linux-{version}"
    there = check_target(target, force=force)
    if there and not there.source.startswith(f"Debian linux-source-{version} "):
        raise _other(target, there)
    return _make(
        target,
        there,
        lambda stage: from_debian(version, find_package(version, progress), stage, progress),
    )


def _from_tarball(tarball: Path, into: Path, force: bool, progress: Progress) -> Obtained:
    target = into / tarball_folder(tarball)
    there = check_target(target, force=force)
    digest = tarball_digest(tarball)
    if there and there.identity != digest:
        raise _other(target, there)
    return _make(target, there, lambda stage: from_tarball(tarball, digest, stage, progress))


def _make(target: Path, there: Fetched | None, make: Callable[[Staging], Fetched]) -> Obtained:
    if there is not None:
        return Obtained(target, there, already=True)
    with staging(target) as stage:
        return Obtained(target, make(stage), already=False)


def _other(target: Path, there: Fetched) -> ObtainError:
    return ObtainError(
        f"{target}: already holds another kernel: {printable(there.source)}",
        hint="replace it with --force, or choose another place with --into DIR",
    )


def _unknown(kernel: str) -> ObtainError:
    shown = printable(kernel)
    if kernel.startswith(("http://", "https://", "ftp://")) and ".tar" in kernel:
        return ObtainError(
            f"{shown}: a tarball on a server",
            hint="download it, check its signature, and run `lockmap fetch FILE`",
        )
    if "://" in kernel or kernel.endswith(".git"):
        return ObtainError(f"{shown}: which tag?", hint=f"name one: lockmap fetch {shown} v6.12")
    return ObtainError(f"{shown}: no kernel version, file or git address", hint=_WAYS)
