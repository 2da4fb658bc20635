"""A tree with some files changed, read from memory; everything else comes from the tree below."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lockmap.tree.selection import Selection
from lockmap.tree.source import (
    FileEntry,
    Listing,
    Problem,
    ReadProblem,
    Source,
    check_relative,
    in_order,
    name_problem,
    printable,
)


@dataclass(frozen=True)
class Patched:
    """*below* with *files* instead of its own: new bytes by path, None for a deleted file."""

    below: Source
    files: Mapping[str, bytes | None] = field(repr=False)

    @property
    def label(self) -> str:
        """The tree below, and that it is patched."""
        count = len(self.files)
        return f"{self.below.label} with {count} file{'' if count == 1 else 's'} patched"

    @property
    def root(self) -> str:
        """That of the tree below."""
        return self.below.root

    @property
    def revision(self) -> str:
        """None: no commit has this content."""
        return ""

    @property
    def selection(self) -> Selection:
        """That of the tree below."""
        return self.below.selection

    def list(self) -> Listing:
        """The listing below, with the changed files in their places."""
        below = self.below.list()
        shown = {printable(path) for path in self.files}
        entries = [entry for entry in below.entries if entry.path not in self.files]
        problems = [problem for problem in below.problems if problem.path not in shown]
        for path, content in self.files.items():
            if content is None or not self.selection.takes_path(path):
                continue
            if len(content) > self.selection.max_bytes:
                problems.append(self._too_big(path, len(content)))
                continue
            problem = name_problem(path)
            if problem is not None:
                problems.append(problem)
            entries.append(FileEntry(path, len(content), stamp_of(content)))
        return in_order(entries, problems)

    def _too_big(self, path: str, size: int) -> Problem:
        limit = self.selection.max_bytes
        return Problem(
            printable(path), "too-big", f"{size} bytes; files over {limit} bytes are not read"
        )

    def read(self, path: str) -> bytes:
        """The bytes of one file, changed or not."""
        if path not in self.files:
            return self.below.read(path)
        check_relative(path)
        content = self.files[path]
        if content is None:
            raise ReadProblem(Problem(printable(path), "unreadable", "deleted by the patch"))
        if len(content) > self.selection.max_bytes:
            raise ReadProblem(self._too_big(path, len(content)))
        return content

    def read_named(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes | ReadProblem]]:
        """As ``read``, for several files."""
        for path in paths:
            try:
                yield path, self.read(path)
            except ReadProblem as problem:
                yield path, problem

    def read_many(
        self, entries: Iterable[FileEntry]
    ) -> Iterator[tuple[FileEntry, bytes | ReadProblem]]:
        """Each entry with its bytes or its problem, in the order given."""
        run: list[FileEntry] = []  # of the tree below, which answers many at once best
        for entry in entries:
            if entry.path not in self.files:
                run.append(entry)
                continue
            yield from self.below.read_many(run)
            run = []
            try:
                yield entry, self.read(entry.path)
            except ReadProblem as problem:
                yield entry, problem
        yield from self.below.read_many(run)

    def close(self) -> None:
        """Close the tree below."""
        self.below.close()


def stamp_of(content: bytes) -> str:
    """The stamp of a file in memory: its hash, so that equal content has an equal stamp."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
