"""What the last scan of a tree knew: so that the next one reads only what has changed.

Written beside nothing of value: a snapshot that is missing, damaged or of another
fingerprint only makes the next scan a full one.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

_KEPT = 8
"""Snapshots kept; a kernel's takes about 100 MB."""


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """One file: its stamp, and what triage made of it."""

    raw: bytes
    """The path's bytes: a name need not be UTF-8."""
    stamp: str
    mentions: bytes
    definitions: bytes
    facts: bytes
    """MessagePack of FileFacts."""

    @property
    def path(self) -> str:
        """The path as the tree gives it."""
        return os.fsdecode(self.raw)


class Snapshot(msgspec.Struct, frozen=True, array_like=True):
    """A tree as it was scanned."""

    fingerprint: bytes
    map_digest: bytes
    """Of the map file that the scan wrote: a map that is another's is written again."""
    files: tuple[Seen, ...]
    problems: tuple[tuple[str, str, str], ...]
    """(path, kind, message) met while reading."""


def load_snapshot(path: Path, fingerprint: bytes) -> Snapshot | None:
    """The snapshot at *path*; None when there is none that can be used."""
    try:
        found = msgspec.msgpack.decode(path.read_bytes(), type=Snapshot)
    except (OSError, msgspec.MsgspecError, MemoryError, ValueError):
        return None
    return found if found.fingerprint == fingerprint else None


def save_snapshot(path: Path, snapshot: Snapshot) -> str:
    """Write *snapshot*, whole or not at all; returns what went wrong, or nothing."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(msgspec.msgpack.encode(snapshot))
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        return f"the next scan will read every file again: {error.strerror or error}"
    _drop_old(path.parent, path.suffix)
    return ""


def _drop_old(folder: Path, suffix: str) -> None:
    with contextlib.suppress(OSError):
        found = sorted(folder.glob(f"*{suffix}"), key=lambda p: p.stat().st_mtime, reverse=True)
        for old in found[_KEPT:]:
            old.unlink(missing_ok=True)
