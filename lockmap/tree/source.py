"""What every source of kernel files offers, whether it is a folder or a git revision."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from lockmap.errors import TreeError
from lockmap.escape import visible
from lockmap.tree.selection import Selection

ProblemKind = Literal[
    "unreadable", "too-big", "not-regular", "symlink-loop", "symlink-outside", "bad-name"
]


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file: its *path* below the root (``/`` between parts), its *size* in bytes.

    A name that is not UTF-8 keeps its bytes as surrogates (``os.fsdecode``): use
    ``printable`` before it is shown or stored.  *stamp* changes when the content
    does, and is known without reading: for a folder
    ``mtime_ns:ctime_ns:inode:size``, for git the blob id.
    """

    path: str
    size: int
    stamp: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about one file to tell the user; *path* is printable.

    Every kind but ``bad-name`` means that the file is not read.
    """

    path: str
    kind: ProblemKind
    message: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The files to read and the trouble met on the way, each sorted by path."""

    entries: tuple[FileEntry, ...]
    problems: tuple[Problem, ...] = ()


class ReadProblem(TreeError):  # noqa: N818 (yielded as a value as often as raised)
    """One file could not be read; *problem* is the same as data."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.path}: {problem.message}")
        self.problem = problem

    def __reduce__(self) -> tuple[type[ReadProblem], tuple[Problem]]:
        # The default would call the class with the message.
        return ReadProblem, (self.problem,)


class Source(Protocol):
    """A tree to read.  It can be pickled, and opens what it needs on first use."""

    @property
    def label(self) -> str:
        """How to name the tree to the user."""

    @property
    def root(self) -> str:
        """The absolute path of the folder or repository."""

    @property
    def revision(self) -> str:
        """The commit id; empty for a folder."""

    @property
    def selection(self) -> Selection:
        """Which files are listed."""

    def list(self) -> Listing:
        """Every file to read.  Raises TreeError when the tree as a whole is unreadable."""

    def read(self, path: str) -> bytes:
        """The bytes of one file, by relative path.  Raises ReadProblem."""

    def read_named(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes | ReadProblem]]:
        """Each path with its bytes, or with why it has none: ``read`` for several files."""

    def read_many(
        self, entries: Iterable[FileEntry]
    ) -> Iterator[tuple[FileEntry, bytes | ReadProblem]]:
        """Each entry with its bytes, or with why it has none, in the order given."""

    def close(self) -> None:
        """End helper processes; the source opens them again when used again."""


def printable(path: str) -> str:
    r"""*path* as valid UTF-8, with control bytes and non-UTF-8 bytes as ``\xff``."""
    return visible(os.fsencode(path).decode("utf-8", "backslashreplace"))


def name_problem(path: str) -> Problem | None:
    """The ``bad-name`` problem of a path that cannot be shown as it is, else None."""
    if path.isprintable():
        return None
    return Problem(printable(path), "bad-name", "the name is not plain UTF-8; shown escaped")


def in_order(entries: Iterable[FileEntry], problems: Iterable[Problem]) -> Listing:
    """A Listing from both in any order."""
    return Listing(
        tuple(sorted(entries, key=lambda entry: entry.path)),
        tuple(sorted(problems, key=lambda problem: (problem.path, problem.kind))),
    )


def check_relative(path: str) -> None:
    """Raise ReadProblem for a path that leads out of the tree."""
    if not path or path.startswith("/") or "\0" in path or ".." in path.split("/"):
        raise ReadProblem(Problem(printable(path), "bad-name", "not a path inside the tree"))
