"""The files that patches name, read from the tree they are for: each once, and no other."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lockmap.errors import PatchError
from lockmap.patch.model import Limits
from lockmap.tree.source import ReadProblem, Source, check_relative, printable

_SETTING = ".git"
_LONGEST = 4095
"""Bytes of a path that Linux takes."""


@dataclass(slots=True)
class Base:
    """Reads of *source*; remembers what it was asked for, and what it could not give.

    *refused* has the reason by path for what is there but is not read (a link, a
    file too big) and for names that lead elsewhere; *absent* what the tree says of
    the others.
    """

    source: Source
    limits: Limits
    refused: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    _settled: set[str] = field(default_factory=set)
    _bytes: int = 0

    def fetch(self, paths: Iterable[str]) -> dict[str, bytes]:
        """The content of those *paths* that are not settled yet and can be read.

        Raises PatchError for a name that no honest patch has, and over the limit.
        """
        new = [path for path in paths if path not in self._settled]
        for path in new:
            check_name(path)
            if self._behind_link(path):
                self.refused[path] = "a folder on the way is a symbolic link; not followed"
        found: dict[str, bytes] = {}
        size = self._bytes
        wanted = [path for path in new if path not in self.refused]
        for path, content in self.source.read_named(wanted):
            if isinstance(content, ReadProblem):
                kept = self.absent if content.problem.kind == "unreadable" else self.refused
                kept[path] = content.problem.message
                continue
            size += len(content)
            if size > self.limits.base_bytes:
                raise PatchError(
                    f"the files that the patches name hold over {self.limits.base_bytes} bytes"
                )
            found[path] = content
        return found

    def settle(self, paths: Iterable[str], found: Mapping[str, bytes]) -> None:
        """Take *paths* for known from here on: what was *found* of them is kept elsewhere."""
        self._settled.update(paths)
        self._bytes += sum(map(len, found.values()))

    def has(self, path: str) -> bool:
        """Whether the tree has such a file; asks it, and keeps nothing."""
        try:
            check_name(path)
            self.source.read(path)
        except (ReadProblem, PatchError):
            return False
        return True

    def _behind_link(self, path: str) -> bool:
        """Whether a folder of *path* is a link; only a tree in a folder could follow one."""
        if self.source.revision:
            return False
        folder = Path(self.source.root)
        for part in path.split("/")[:-1]:
            folder /= part
            try:
                mode = os.lstat(folder).st_mode
            except OSError:
                return False
            if stat.S_ISLNK(mode):
                return True
        return False


def check_name(path: str) -> None:
    """Raise PatchError for a path that leads out of the tree or into git's own files."""
    if len(os.fsencode(path)) > _LONGEST:
        raise PatchError(
            f"the patch names a file by {len(os.fsencode(path))} bytes, more than any has"
        )
    try:
        check_relative(path)
    except ReadProblem as error:
        raise PatchError(
            f"the patch names {printable(path)!r}, which is no path inside the tree",
            hint="no honest patch does; nothing of it was applied",
        ) from error
    if any(part.lower() == _SETTING or part in {"", "."} for part in path.split("/")):
        raise PatchError(
            f"the patch names {printable(path)!r}: git keeps its own files there, or it names none",
            hint="no honest patch does; nothing of it was applied",
        )
