"""The folder that is written to: nothing outside it, and nobody else's files in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from lockmap.errors import LockmapError

_OURS = ".lockmap-kernel-docs"
"""A file that marks a folder of ours."""


def check_folder(folder: Path, *, force: bool) -> None:
    """Raise ``LockmapError`` for a folder with files that are not ours, unless *force*."""
    try:
        if not folder.exists() and not folder.is_symlink():
            return
        if not folder.is_dir():
            raise LockmapError(f"{folder}: not a folder", "name another --output")
        if force or (folder / _OURS).is_file() or not any(folder.iterdir()):
            return
    except OSError as error:
        raise _cannot("read", folder, error) from error
    raise LockmapError(
        f"{folder}: there are files in it that lockmap did not write",
        "name another --output, or write beside them with --force",
    )


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put the files into the folder, each as a whole; others there stay as they are.

    Raises ``LockmapError``.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _OURS).touch()
        for name, data in files.items():
            assert "/" not in name, name
            temporary = folder / f".{name}.{os.urandom(6).hex()}.tmp"
            try:
                temporary.write_bytes(data)
                temporary.replace(folder / name)
            finally:
                temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _cannot("write", folder, error) from error


def _cannot(what: str, folder: Path, error: OSError) -> LockmapError:
    return LockmapError(f"cannot {what} {folder}: {error.strerror}", "name another --output")
