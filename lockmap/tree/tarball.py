"""A kernel from a tarball on disk, such as kernel.org offers."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from lockmap.errors import ObtainError
from lockmap.tree.source import printable
from lockmap.tree.staging import Fetched, Progress, Staging, check_version
from lockmap.tree.unpack import unpack

_NAME = re.compile(r"(?P<stem>.+?)(\.orig)?\.(tar(\.\w+)?|tgz|txz|tbz2?)\Z")
_VERSION = re.compile(r"linux-(?:source-)?(?P<version>\d+\.\d+(?:\.\d+)*(?:-rc\d+)?)\Z")
_EXPANSION = 14
"""Bytes on disk for a byte of tarball: 6.12 takes 1.9 GB from 152 MB."""


def tarball_folder(tarball: Path) -> str:
    """The name of the folder a tarball is unpacked to: ``linux-6.12.3`` for that ``.tar.xz``.

    Raises ObtainError for a file that is not named like a tarball.
    """
    match = _NAME.match(tarball.name)
    if not tarball.is_file() or match is None:
        raise ObtainError(
            f"{printable(str(tarball))}: not a tarball", hint="a name ending in .tar.xz or .tar.gz"
        )
    return re.sub(r"[^\w.+-]", "_", printable(match["stem"])).lstrip(".") or "linux"


def tarball_digest(tarball: Path) -> str:
    """The sha256 of a file, in hex; raises ObtainError when it cannot be read."""
    try:
        with tarball.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ObtainError(f"{printable(str(tarball))}: {error.strerror}") from error


def from_tarball(tarball: Path, digest: str, staging: Staging, progress: Progress) -> Fetched:
    """Unpack and check *tarball*, whose sha256 is *digest*; the tree lands at its target."""
    size = tarball.stat().st_size
    staging.need_space(size * _EXPANSION)
    named = _VERSION.match(tarball_folder(tarball))
    with tarball.open("rb") as file:
        top, files = unpack(
            file,
            staging.fresh("unpack"),
            tick=lambda: progress("unpack", file.tell(), size),
        )
    version = check_version(top, named["version"] if named else "")
    record = Fetched(printable(tarball.name), digest, version.text, files)
    staging.finish(top, record)
    return record
