"""A kernel tree in git: one revision of a work tree or a bare repository, without checkout."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath
from posixpath import dirname, join, normpath

from lockmap.errors import TreeError
from lockmap.tree.gitblobs import BlobReader, ReaderDied
from lockmap.tree.gitrun import error_text, neutral_environment, run_git, run_quietly
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

_CHUNK = 1024
_NAMES = 256
"""Paths on one command line: at 4096 bytes each they stay below what Linux takes."""
_MISSING = "its content is not in this repository (a partial clone or an incomplete copy)"


@dataclass(slots=True)
class GitSource:
    """The files of *revision* (a commit id) below *prefix* that *selection* takes.

    *name* is the revision as the user gave it; *objects* the object store of the
    repository at *root*; *prefix* is empty or ends in ``/``.
    """

    root: str
    name: str
    revision: str
    prefix: str
    objects: str
    object_format: str
    selection: Selection
    _reader: BlobReader | None = field(default=None, init=False, repr=False, compare=False)

    def __reduce__(self) -> tuple[object, ...]:
        # Without the process: a worker starts its own on first use.
        return GitSource, (
            self.root,
            self.name,
            self.revision,
            self.prefix,
            self.objects,
            self.object_format,
            self.selection,
        )

    @property
    def label(self) -> str:
        """The path and the revision, as in ``linux at v6.12``."""
        where = str(PurePosixPath(self.root) / self.prefix)
        return f"{printable(where)} at {printable(self.name)}"

    @property
    def _treeish(self) -> str:
        return f"{self.revision}:{self.prefix.rstrip('/')}"

    def _git(self, *arguments: str) -> bytes:
        """Run git on the objects alone; raises TreeError with what git says."""
        with neutral_environment(self.objects, self.object_format) as environment:
            done = run_quietly(["git", *arguments], environment)
        if done.returncode:
            raise TreeError(
                f"{self.label}: {error_text(done)}",
                hint="the repository is incomplete or damaged; `git fsck` tells more",
            )
        return done.stdout

    def holds_source(self) -> bool:
        """Whether any file would be listed; stops at the first."""
        names = self._git("ls-tree", "-r", "-z", "--name-only", "--full-tree", self._treeish)
        return any(self.selection.takes_path(_decode(name)) for name in names.split(b"\0")[:-1])

    def list(self) -> Listing:
        """Every file the selection takes, by path."""
        entries: list[FileEntry] = []
        problems: list[Problem] = []
        links: list[FileEntry] = []
        text = self._git("ls-tree", "-r", "-z", "-l", "--full-tree", self._treeish)
        for record in text.split(b"\0")[:-1]:
            head, _, raw = record.partition(b"\t")
            path = raw.decode("utf-8", "surrogateescape")
            if not self.selection.takes_path(path):
                continue
            mode, _, blob, size = head.decode("ascii").split()
            if mode == "160000":
                problems.append(Problem(printable(path), "not-regular", "a submodule, not a file"))
                continue
            if size == "BAD":
                problems.append(Problem(printable(path), "unreadable", _MISSING))
                continue
            entry = FileEntry(path, int(size), blob)
            if mode == "120000":
                links.append(entry)
            elif entry.size > self.selection.max_bytes:
                problems.append(self._too_big(entry))
            else:
                bad_name = name_problem(path)
                if bad_name is not None:
                    problems.append(bad_name)
                entries.append(entry)
        listed = {entry.path for entry in entries}
        problems.extend(self._link_problems(links, listed))
        return in_order(entries, problems)

    def _too_big(self, entry: FileEntry) -> Problem:
        limit = self.selection.max_bytes
        message = f"{entry.size} bytes; files over {limit} bytes are not read"
        return Problem(printable(entry.path), "too-big", message)

    def _link_problems(self, links: Iterable[FileEntry], listed: set[str]) -> Iterator[Problem]:
        """A link whose target is listed needs no word; any other is told."""
        for entry, content in self.read_many(links):
            if isinstance(content, ReadProblem):
                yield content.problem
                continue
            target = normpath(join(dirname(entry.path), _decode(content)))
            if target == entry.path:
                yield Problem(printable(entry.path), "symlink-loop", "a link that leads to itself")
            elif target not in listed:
                message = f"a link to {printable(target)}, which is not read; not followed"
                yield Problem(printable(entry.path), "symlink-outside", message)

    def read(self, path: str) -> bytes:
        """The bytes of one file of the revision, whether the selection takes it or not."""
        check_relative(path)
        for _, content in self.read_named([path]):
            if isinstance(content, ReadProblem):
                raise content
            return content
        raise AssertionError("read_named answers every path")

    def read_named(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes | ReadProblem]]:
        """As ``read``, for several files with few processes."""
        for start in range(0, len(paths), _NAMES):
            chunk = paths[start : start + _NAMES]
            asked = {path: self._named_problem(path) for path in chunk}
            good = [path for path, problem in asked.items() if problem is None]
            found = self._entries(good) if good else {}
            readable = [entry for entry in found.values() if isinstance(entry, FileEntry)]
            contents = {entry.path: content for entry, content in self.read_many(readable)}
            for path in chunk:
                refused = asked[path] or found.get(path)
                if isinstance(refused, ReadProblem):
                    yield path, refused
                elif path in contents:
                    yield path, contents[path]
                else:
                    message = f"no such file at {self.name}"
                    yield path, ReadProblem(Problem(printable(path), "unreadable", message))

    def _named_problem(self, path: str) -> ReadProblem | None:
        try:
            check_relative(path)
        except ReadProblem as problem:
            return problem
        return None

    def _entries(self, paths: Sequence[str]) -> dict[str, FileEntry | ReadProblem]:
        """What the revision has at *paths*, by path; nothing for one that it lacks."""
        text = self._git("ls-tree", "-z", "-l", "--full-tree", self._treeish, "--", *paths)
        found: dict[str, FileEntry | ReadProblem] = {}
        for record in text.split(b"\0")[:-1]:
            head, _, raw = record.partition(b"\t")
            mode, _, blob, size = head.decode("ascii").split()
            entry = FileEntry(_decode(raw), int(size) if size.isdigit() else 0, blob)
            if not mode.startswith("100"):
                message = "a folder, a link or a submodule"
                found[entry.path] = ReadProblem(
                    Problem(printable(entry.path), "not-regular", message)
                )
            elif entry.size > self.selection.max_bytes:
                found[entry.path] = ReadProblem(self._too_big(entry))
            else:
                found[entry.path] = entry
        return found

    def read_many(
        self, entries: Iterable[FileEntry]
    ) -> Iterator[tuple[FileEntry, bytes | ReadProblem]]:
        """Each entry with its bytes or its problem, through one git process."""
        todo = iter(entries)
        while chunk := list(islice(todo, _CHUNK)):
            done = 0
            while done < len(chunk):
                reader = self._open_reader()
                rest = chunk[done:]
                try:
                    for entry, content in zip(
                        rest, reader.read([entry.stamp for entry in rest]), strict=True
                    ):
                        done += 1
                        yield entry, _missing(entry) if content is None else content
                except ReaderDied:
                    # git dies on a corrupt object; those after it may be sound.
                    entry = chunk[done]
                    done += 1
                    problem = Problem(printable(entry.path), "unreadable", "a damaged git object")
                    yield entry, ReadProblem(problem)

    def _open_reader(self) -> BlobReader:
        if self._reader is None or not self._reader.alive:
            self.close()
            self._reader = BlobReader(self.objects, self.object_format)
        return self._reader

    def close(self) -> None:
        """End the git process, if one runs."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None


def _missing(entry: FileEntry) -> ReadProblem:
    return ReadProblem(Problem(printable(entry.path), "unreadable", _MISSING))


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def open_git(path: str, rev: str, selection: Selection) -> GitSource:
    """The tree at revision *rev* of the repository that *path* is, or lies in.

    A *path* below the top of a work tree gives that part of the revision.  Raises
    TreeError when it is no repository, git refuses it, or *rev* is unknown.
    """
    if not rev or rev.startswith("-"):
        raise TreeError(f"{rev!r} is not a revision", hint="give a tag, a branch or a commit id")
    done = run_git(
        path, "rev-parse", "--show-object-format", "--git-path", "objects", "--show-prefix"
    )
    if done.returncode:
        raise _refused(path, done)
    lines = _decode(done.stdout).split("\n")
    object_format, objects, prefix = lines[0], lines[1], lines[2]
    found = run_git(
        path, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}"
    )
    if found.returncode:
        raise TreeError(f"{printable(path)}: no revision {printable(rev)}", hint=_tag_hint(path))
    return GitSource(
        root=path,
        name=rev,
        revision=found.stdout.decode("ascii").strip(),
        prefix=prefix,
        objects=normpath(join(path, objects)),
        object_format=object_format,
        selection=selection,
    )


def _refused(path: str, done: subprocess.CompletedProcess[bytes]) -> TreeError:
    message = error_text(done)
    if "dubious ownership" in message:
        return TreeError(
            f"{printable(path)}: git does not trust this repository: another user owns it",
            hint=f"if you do: git config --global --add safe.directory {printable(path)}",
        )
    if "not a git repository" in message:
        return TreeError(
            f"{printable(path)}: not a git repository", hint="leave out --rev to read the folder"
        )
    return TreeError(f"{printable(path)}: {message}")


def _tag_hint(path: str) -> str:
    """Some tags that exist: the newest five."""
    done = run_git(path, "for-each-ref", "--sort=-version:refname", "--count=5",
                   "--format=%(refname:short)", "refs/tags")  # fmt: skip
    tags = _decode(done.stdout).split() if done.returncode == 0 else []
    if tags:
        return "tags that exist: " + ", ".join(printable(tag) for tag in tags)
    return "this repository has no tags: give HEAD, a branch or a commit id"
