"""Who mentions and who defines a name, over a whole tree: two arrays of hashes.

They can be laid down in files, for other processes to look at without a copy.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lockmap.syntax.hashing import short_hash

Hashes = NDArray[np.uint32]

_FEW = 4
"""Names up to which comparing every hash with each is faster than the table of low halves."""


class Names(Protocol):
    """Who mentions and who defines a name: files in the order of the tree's listing."""

    @property
    def files(self) -> tuple[str, ...]:
        """All files, in that order."""

    def holds(self, path: str) -> bool:
        """Whether *path* is one of them."""

    def who_mentions(self, names: Iterable[str]) -> dict[str, list[str]]:
        """The files whose text holds each name as a word (rarely one too many)."""

    def who_defines(self, names: Iterable[str]) -> dict[str, list[str]]:
        """The files that define each name: a function, function-like macro or struct."""


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Hashes of all files: of mentions file by file, of definitions in the order of the hashes."""

    files: tuple[str, ...]
    mentions: Hashes
    mention_starts: NDArray[np.int64]
    """File *i* owns ``mention_starts[i]:mention_starts[i + 1]`` of the mentions."""
    definitions: Hashes
    """Sorted, so that one name is found in a few steps."""
    definers: NDArray[np.int32]
    """Which file has each of these definitions; of one hash in the order of the files."""
    _mentioned: dict[str, list[str]] = field(default_factory=dict, compare=False, repr=False)
    _defined: dict[str, list[str]] = field(default_factory=dict, compare=False, repr=False)
    _paths: list[frozenset[str]] = field(default_factory=list, compare=False, repr=False)

    def holds(self, path: str) -> bool:
        """Whether *path* is one of the files."""
        if not self._paths:
            self._paths.append(frozenset(self.files))
        return path in self._paths[0]

    def who_mentions(self, names: Iterable[str]) -> dict[str, list[str]]:
        """The files whose text holds each name as a word (rarely one too many).

        Each call of this passes over the whole index once: ask for many names together.
        """
        wanted = set(names)
        new = sorted(wanted.difference(self._mentioned))
        if new:
            keys = np.array(sorted({short_hash(n) for n in new}), dtype=np.uint32)
            hits = _hits(self.mentions, keys)
            self._mentioned.update(self._grouped(self.mentions, self.mention_starts, hits, new))
        return {name: self._mentioned[name] for name in wanted}

    def who_defines(self, names: Iterable[str]) -> dict[str, list[str]]:
        """The files that define each name: a function, function-like macro or struct."""
        wanted = set(names)
        new = sorted(wanted.difference(self._defined))
        if new:
            keys = np.array([short_hash(n) for n in new], dtype=np.uint32)
            low = self.definitions.searchsorted(keys, side="left")
            high = self.definitions.searchsorted(keys, side="right")
            for name, start, end in zip(new, low.tolist(), high.tolist(), strict=True):
                self._defined[name] = [self.files[i] for i in self.definers[start:end].tolist()]
        return {name: self._defined[name] for name in wanted}

    def _grouped(
        self, hashes: Hashes, starts: NDArray[np.int64], hits: NDArray[np.int64], names: list[str]
    ) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {name: [] for name in names}
        by_hash: dict[int, list[str]] = {}
        for name in names:
            by_hash.setdefault(short_hash(name), []).append(name)
        owners = np.searchsorted(starts, hits, side="right") - 1
        for value, owner in zip(hashes[hits].tolist(), owners.tolist(), strict=True):
            for name in by_hash[value]:
                found[name].append(self.files[owner])
        return found


def _hits(hashes: Hashes, keys: Hashes) -> NDArray[np.int64]:
    """The positions in *hashes* of any of *keys*, ascending."""
    if len(keys) <= _FEW:
        together = np.zeros(len(hashes), dtype=np.bool_)
        for key in keys:
            together |= hashes == key
        return np.nonzero(together)[0]
    table = np.zeros(1 << 16, dtype=np.bool_)
    table[keys & 0xFFFF] = True
    near = np.nonzero(table[hashes.astype(np.uint16)])[0]
    return near[np.isin(hashes[near], keys)]


def build_index(files: Sequence[tuple[str, bytes, bytes]]) -> NameIndex:
    """The index of (path, mention hashes, definition hashes), as triage gives them."""

    def together(column: int) -> tuple[Hashes, NDArray[np.int64]]:
        starts = np.zeros(len(files) + 1, dtype=np.int64)
        np.cumsum([len(entry[column]) // 4 for entry in files], out=starts[1:])
        joined = b"".join(entry[column] for entry in files)  # type: ignore[misc]
        return np.frombuffer(joined, dtype=np.uint32), starts

    mentions, mention_starts = together(1)
    definitions, starts = together(2)
    order = np.argsort(definitions, kind="stable")
    definers = np.repeat(np.arange(len(files), dtype=np.int32), np.diff(starts))
    return NameIndex(
        tuple(f[0] for f in files), mentions, mention_starts, definitions[order], definers[order]
    )


_ARRAYS = ("mentions", "mention_starts", "definitions", "definers")


def save_index(index: NameIndex, folder: Path) -> None:
    """Lay *index* down in the empty *folder*.  Raises OSError."""
    for name in _ARRAYS:
        np.save(folder / f"{name}.npy", getattr(index, name))
    (folder / "files").write_bytes(b"\0".join(os.fsencode(path) for path in index.files))


def open_index(folder: Path) -> NameIndex:
    """The index that lies in *folder*, its arrays mapped into memory.  Raises OSError."""
    # As plain arrays: those that numpy makes of a file look up one name at fifty times the cost.
    mentions, starts, definitions, definers = (
        np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in _ARRAYS
    )
    listed = (folder / "files").read_bytes()
    files = tuple(os.fsdecode(raw) for raw in listed.split(b"\0")) if listed else ()
    return NameIndex(files, mentions, starts, definitions, definers)
