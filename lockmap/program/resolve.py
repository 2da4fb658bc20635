"""Which definitions the calls of a tree may reach by name.

A static function or macro of the caller's own ``.c`` file hides all others; a global one all
but those of an architecture, a weak one none.  One in a header of the caller's own stands in for
what other configurations define in a ``.c`` file.  Else a definition must be visible: static
functions and macros of another ``.c`` file are not; of definitions in several architectures the
caller's own counts; of headers that define one name the nearest, since two drivers may each have
a ``priv.h`` of their own, and the ``.c`` files of its folder, whose stand-in it may be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lockmap.program.code import Code, Ids, by_owner
from lockmap.program.membership import among
from lockmap.program.resolving import Numbers, edges_into, index_names, resolve_into
from lockmap.syntax.outlining.memory import WEAK

_CHUNK = 1 << 19
"""Calls that are resolved together: for all at once it is half a gigabyte."""


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs of (number of a reference, item it may mean); in order of the reference."""

    source: Ids
    target: Ids


@dataclass(frozen=True, slots=True)
class Choices:
    """What each of some references may mean: ``pool[start:start + count]``, items."""

    start: Ids
    count: Ids
    pool: Ids

    def links(self) -> Links:
        """The same as pairs."""
        source, at = _spread(np.arange(len(self.start)), self.start, self.start + self.count)
        return Links(source, self.pool[at])


class Resolver:
    """Resolves names of one tree."""

    def __init__(self, code: Code) -> None:
        callable_ = np.flatnonzero(code.is_callable)
        hashes, files = code.items["hash"][callable_], code.item_file[callable_]
        order = np.lexsort((callable_, files, hashes))
        self._items: Ids = callable_[order]
        self._hashes: Ids = np.ascontiguousarray(hashes[order])
        self._files: Ids = files[order]
        changes = np.flatnonzero(np.append(True, self._hashes[1:] != self._hashes[:-1]))
        self._first: Ids = np.append(changes if len(order) else changes[:0], len(order))
        self._table = np.zeros(_slots(len(self._first)), dtype=np.int64)
        index_names(self._hashes, self._first, self._table)
        self._private = code.is_private[self._items]
        self._weak = (code.items["flags"][self._items] & WEAK) != 0
        self._of_files = (code.file_arch, code.file_is_header, code.file_is_public, code.folders)
        self._found = np.zeros((len(self._first) - 1, 3), dtype=np.int64)
        self._turn = 0

    def choices(self, hashes: NDArray[np.int64], files: Ids) -> Choices:
        """What each of *hashes*, named in the file of the same number, may be.

        Names of one file that stand together cost least.
        """
        wanted, home = np.ascontiguousarray(hashes), np.ascontiguousarray(files)
        start, count = np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.int64)
        size = len(wanted) + 1024
        while True:
            pool = np.zeros(size, dtype=np.int64)
            self._turn += 1
            used = resolve_into(
                wanted, home, self._hashes, self._items, self._files, self._first, self._table,
                self._private, self._weak, *self._of_files,
                self._found, self._turn, start, count, pool,
            )  # fmt: skip
            if used <= size:
                return Choices(start, count, pool[:used])
            size = used

    def named(self, value: int) -> Ids:
        """The callable items of the name whose hash is *value*."""
        low = np.searchsorted(self._hashes, value, side="left")
        high = np.searchsorted(self._hashes, value, side="right")
        return self._items[low:high]

    def defines(self, hashes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of *hashes* are names that something in the tree defines."""
        return among(hashes, self._hashes[self._first[:-1]])

    def resolve(self, hashes: NDArray[np.int64], files: Ids) -> Links:
        """The same as pairs.  A name that nothing in the tree defines has no link."""
        return self.choices(hashes, files).links()


def _slots(names: int) -> int:
    return 1 << max(6, (2 * names).bit_length())


@dataclass(frozen=True, slots=True)
class Edges:
    """Who calls what by name, each pair once; in order of the caller."""

    caller: Numbers
    callee: Numbers
    line: Numbers
    """The first line of the caller on which it does."""


def edges(code: Code, resolver: Resolver) -> Edges:
    """All calls by name."""
    seen = np.full(len(code.items), -1, dtype=np.int32)
    parts = []
    all_calls = by_owner(code.calls)
    for start in range(0, len(all_calls), _CHUNK):
        calls = all_calls[start : start + _CHUNK]
        calls = calls[calls["parameter"] == 0]  # a parameter hides what is called like it
        owner, line = calls["owner"].astype(np.int32), calls["line"].astype(np.int32)
        found = resolver.choices(calls["hash"], code.item_file[owner])
        columns = [np.empty(int(found.count.sum()), dtype=np.int32) for _ in range(3)]
        used = edges_into(owner, line, found.start, found.count, found.pool, seen, *columns)
        parts.append([column[:used].copy() for column in columns])
    if not parts:
        parts = [[np.zeros(0, dtype=np.int32)] * 3]
    return Edges(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _spread(source: Ids, low: Ids, high: Ids) -> tuple[Ids, Ids]:
    """Each of *source* once for every number from its *low* to its *high*, and that number."""
    counts = high - low
    total = int(counts.sum())
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(source, counts), np.arange(total) - starts + np.repeat(low, counts)
