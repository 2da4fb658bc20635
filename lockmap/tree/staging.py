"""The folder a kernel is put together in, and the one step that makes it final.

Everything happens in ``.partial-NAME`` beside the target, under a lock.  The
finished tree gets a record of what it is and moves to its name by one rename:
a folder of that name is whole, or it is not there.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lockmap.errors import ObtainError, TreeError
from lockmap.tree.source import printable
from lockmap.tree.version import KernelVersion, detect_version

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and of how much (0: unknown)."""

RECORD = ".lockmap-fetched.json"
_AGAIN = "run the same command again: it goes on where it stopped"


class Fetched(msgspec.Struct, frozen=True):
    """What a finished tree is: *identity* is a sha256 of the source, or a commit id."""

    source: str
    identity: str
    version: str
    files: int
    schema: int = 1


@dataclass(frozen=True, slots=True)
class Staging:
    """The partial folder and what it becomes."""

    partial: Path
    target: Path

    def fresh(self, name: str) -> Path:
        """An empty folder *name* in the partial one; what an interrupted run left is removed."""
        folder = self.partial / name
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir()
        return folder

    def need_space(self, amount: int) -> None:
        """Raise ObtainError unless *amount* bytes are free."""
        free = shutil.disk_usage(self.partial).free
        if free < amount:
            raise ObtainError(
                f"{self.target}: {amount / 1e9:.1f} GB are needed, {free / 1e9:.1f} GB are free",
                hint="make room, or choose another disk with --into DIR",
            )

    def finish(self, tree: Path, record: Fetched) -> None:
        """Record what *tree* is, and move it to its final name."""
        (tree / RECORD).write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2))
        if self.target.exists():
            # Only reached with --force, on a folder that carries our record.
            old = self.partial / "replaced"
            if old.exists():
                shutil.rmtree(old)
            self.target.rename(old)
        tree.rename(self.target)


def finished(target: Path) -> Fetched | None:
    """The record of a tree that was fetched whole, else None."""
    try:
        return msgspec.json.decode((target / RECORD).read_bytes(), type=Fetched)
    except (OSError, msgspec.MsgspecError):
        return None


def check_target(target: Path, *, force: bool) -> Fetched | None:
    """The record when *target* is there and may stay, None when it is to be made.

    Raises ObtainError for a folder that lockmap did not make: it is never replaced.
    """
    if not target.exists() and not target.is_symlink():
        return None
    record = finished(target)
    if record is None:
        raise ObtainError(
            f"{target}: exists, and was not made by lockmap fetch",
            hint="scan it as it is, move it away, or choose another place with --into DIR",
        )
    return None if force else record


@contextmanager
def staging(target: Path) -> Iterator[Staging]:
    """The locked partial folder for *target*; removed when the block ends well.

    An interrupted block leaves what it has, for the next run to continue.  Raises
    ObtainError when the folder cannot be written, is full, or is in use.
    """
    partial = target.parent / f".partial-{target.name}"
    try:
        partial.mkdir(parents=True, exist_ok=True)
        handle = os.open(partial / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ObtainError(
            f"{partial}: {error.strerror}", hint="choose a folder you can write with --into DIR"
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ObtainError(
                f"{target}: another lockmap fetch is at work on it", hint="wait until it is done"
            ) from error
        try:
            yield Staging(partial, target)
        except OSError as error:
            raise ObtainError(f"{target}: {error.strerror or error}", hint=_AGAIN) from error
        except ObtainError:
            if [path.name for path in partial.iterdir()] == ["lock"]:
                shutil.rmtree(partial, ignore_errors=True)  # nothing to go on from
            raise
        shutil.rmtree(partial, ignore_errors=True)
    finally:
        os.close(handle)


def check_version(tree: Path, wanted: str) -> KernelVersion:
    """The version of the unpacked *tree*; it must be *wanted* or a part release of it.

    An empty *wanted* accepts any kernel.  Raises ObtainError.
    """
    try:
        version = detect_version(lambda name: (tree / name).read_bytes())
    except TreeError as error:
        raise ObtainError(f"what was unpacked is no kernel: {error}") from error
    text = version.text
    if wanted and text != wanted and not text.startswith((f"{wanted}.", f"{wanted}-")):
        raise ObtainError(f"asked for {wanted}, but the Makefile says {printable(text)}")
    return version
