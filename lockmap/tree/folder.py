"""A kernel tree in a folder: walked with scandir, read without following links."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lockmap.errors import TreeError
from lockmap.tree.selection import Selection
from lockmap.tree.source import (
    FileEntry,
    Listing,
    Problem,
    ReadProblem,
    check_relative,
    in_order,
    name_problem,
    printable,
)


@dataclass(frozen=True)
class FolderSource:
    """The files below *root* (absolute) that *selection* takes."""

    root: str
    selection: Selection

    @property
    def label(self) -> str:
        """The path."""
        return printable(self.root)

    @property
    def revision(self) -> str:
        """A folder has none."""
        return ""

    def walk(self) -> Iterator[FileEntry | Problem]:
        """Files and problems as they are met; raises TreeError when the root is unreadable."""
        folders = [""]
        while folders:
            prefix = folders.pop()
            try:
                scan = os.scandir(f"{self.root}/{prefix}")
            except OSError as error:
                if not prefix:
                    raise TreeError(f"{self.label}: {error.strerror}") from error
                yield _unreadable(prefix.rstrip("/"), error)
                continue
            with scan:
                yield from self._folder(prefix, scan, folders)

    def _folder(
        self, prefix: str, scan: Iterator[os.DirEntry[str]], folders: list[str]
    ) -> Iterator[FileEntry | Problem]:
        """One folder; sub-folders to walk are pushed on *folders*."""
        selection = self.selection
        while True:
            try:
                entry = next(scan, None)
            except OSError as error:
                yield _unreadable(prefix.rstrip("/") or ".", error)
                return
            if entry is None:
                return
            name = entry.name
            path = prefix + name
            try:  # some file systems need a stat to tell, which may be refused
                is_link, is_folder = entry.is_symlink(), entry.is_dir(follow_symlinks=False)
            except OSError as error:
                yield _unreadable(path, error)
                continue
            if is_link:
                if selection.enters(path, name):
                    yield from self._link(path, name)
            elif is_folder:
                if selection.enters(path, name):
                    folders.append(path + "/")
            elif selection.takes(name):
                yield from self._file(entry, path)

    def _file(self, entry: os.DirEntry[str], path: str) -> Iterator[FileEntry | Problem]:
        try:
            info = entry.stat(follow_symlinks=False)
        except OSError as error:
            yield _unreadable(path, error)
            return
        if not stat.S_ISREG(info.st_mode):
            yield Problem(printable(path), "not-regular", _kind_of(info.st_mode))
            return
        if info.st_size > self.selection.max_bytes:
            yield _too_big(path, info.st_size, self.selection.max_bytes)
            return
        problem = name_problem(path)
        if problem is not None:
            yield problem
        yield FileEntry(path, info.st_size, _stamp(info))

    def _link(self, path: str, name: str) -> Iterator[Problem]:
        """A link is never followed: say so unless what it points to is read anyway."""
        full = f"{self.root}/{path}"
        try:
            info = os.stat(full)  # noqa: PTH116 (a str path, and os.stat's errno)
        except OSError as error:
            if error.errno == errno.ELOOP:
                yield Problem(printable(path), "symlink-loop", "a link that leads to itself")
            elif self.selection.takes(name):
                yield Problem(printable(path), "unreadable", "a link that leads nowhere")
            return
        is_folder = stat.S_ISDIR(info.st_mode)
        if not is_folder and not self.selection.takes(name):
            return
        base = os.path.realpath(self.root)
        target = os.path.realpath(full)
        inside = target == base or target.startswith(base.rstrip("/") + "/")
        relative = target[len(base.rstrip("/")) + 1 :]
        probe = f"{relative}/x{self.selection.suffixes[0]}" if is_folder else relative
        if inside and self.selection.takes_path(probe):
            return
        where = "to a folder left out" if inside else f"out of the tree, to {printable(target)}"
        yield Problem(printable(path), "symlink-outside", f"a link {where}; not followed")

    def list(self) -> Listing:
        """Every file the selection takes, by path."""
        entries: list[FileEntry] = []
        problems: list[Problem] = []
        for item in self.walk():
            if isinstance(item, FileEntry):
                entries.append(item)
            else:
                problems.append(item)
        return in_order(entries, problems)

    def read(self, path: str) -> bytes:
        """The bytes of a regular file; never blocks on a FIFO, never follows a final link."""
        check_relative(path)
        try:
            # O_NONBLOCK: a FIFO without a writer would otherwise hang the open.
            handle = os.open(
                f"{self.root}/{path}",
                os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY,
            )
        except OSError as error:
            raise ReadProblem(_unreadable(path, error)) from error
        try:
            info = os.fstat(handle)
            if not stat.S_ISREG(info.st_mode):
                message = _kind_of(info.st_mode)
                raise ReadProblem(Problem(printable(path), "not-regular", message))
            return self._read_handle(handle, path, info.st_size)
        except OSError as error:
            raise ReadProblem(_unreadable(path, error)) from error
        finally:
            os.close(handle)

    def read_named(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes | ReadProblem]]:
        """As ``read``, for several files."""
        for path in paths:
            try:
                yield path, self.read(path)
            except ReadProblem as problem:
                yield path, problem

    def _read_handle(self, handle: int, path: str, size: int) -> bytes:
        limit = self.selection.max_bytes
        parts: list[bytes] = []
        total = 0
        # One byte more than expected shows a file that grew, or where it ends, in the same call.
        while part := os.read(handle, min(max(size - total, 0), limit) + 1):
            parts.append(part)
            total += len(part)
            if total > limit:
                raise ReadProblem(_too_big(path, max(size, total), limit))
            if total == size:
                break  # one less than was asked for: this is the end
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def read_many(
        self, entries: Iterable[FileEntry]
    ) -> Iterator[tuple[FileEntry, bytes | ReadProblem]]:
        """Each entry with its bytes or its problem."""
        for entry in entries:
            try:
                yield entry, self.read(entry.path)
            except ReadProblem as problem:
                yield entry, problem

    def close(self) -> None:
        """Nothing is held open."""


def _stamp(info: os.stat_result) -> str:
    return f"{info.st_mtime_ns}:{info.st_ctime_ns}:{info.st_ino}:{info.st_size}"


def _unreadable(path: str, error: OSError) -> Problem:
    if error.errno == errno.ELOOP:
        return Problem(printable(path), "not-regular", "a symbolic link; not followed")
    return Problem(printable(path), "unreadable", error.strerror or str(error))


def _too_big(path: str, size: int, limit: int) -> Problem:
    return Problem(
        printable(path), "too-big", f"{size} bytes; files over {limit} bytes are not read"
    )


def _kind_of(mode: int) -> str:
    for test, name in (
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a character device"),
        (stat.S_ISBLK, "a block device"),
        (stat.S_ISDIR, "a folder"),
    ):
        if test(mode):
            return f"{name}, not a file"
    return "not a regular file"
