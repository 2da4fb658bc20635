"""The outlines of many files as arrays: for the snapshot, and on the way between processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lockmap.facts.packing import (
    CALLS,
    COUNTS,
    FRAMES,
    ITEMS,
    NAMES,
    REFS,
    TYPES,
    has_room,
    pack_items,
    pack_refs,
    pack_types,
    read_parameters,
)
from lockmap.syntax.declared import Rows
from lockmap.syntax.declaring.memory import MEMBER, ROW_SIZE, STRUCT
from lockmap.syntax.outline import Outline, Outliner
from lockmap.syntax.outlining.memory import NAME, NAME_END, OTHER

Records = NDArray[Any]
"""Of the types below."""


def _record(**columns: str) -> np.dtype[Any]:
    return np.dtype(list(columns.items()))


ITEM = _record(
    hash="<i8", line="<u4", end_line="<u4", start="<u4", body="<i4", end="<u4", name="<u4",
    kind="u1", flags="u1",
)  # fmt: skip
"""A definition; ``name`` is where its name begins in the names of the file."""
FRAME = _record(hash="<i8", parent="<i4", position="<u4", root="i1")
"""A brace of an initialiser: see places."""
CALL = _record(hash="<i8", owner="<u4", line="<u4", at="<u4", parameter="u1")
"""A call of a plain name, in the item ``owner``, at byte ``at`` of the file.  ``parameter``:
which parameter of the owner is called so, from 1 on; 0: none."""
REFERENCE = _record(
    hash="<i8", context="<i8", owner="<u4", line="<u4", at="<u4", frame="<i4", position="<u2",
    kind="u1", parameter="u1",
)  # fmt: skip
"""Any other reference, at byte ``at`` of the file."""
TYPE_ROW = _record(hash="<i8", type="<i8", owner="<i4", position="<u2", kind="u1")
"""A row of :mod:`lockmap.syntax.declaring.memory`."""
KEPT = tuple(range(1, OTHER + 1))
"""The kinds of items that are packed."""
_BYTE = np.dtype("u1")
_NO_ROWS: Rows = np.zeros((0, ROW_SIZE), dtype=np.int64)
_TYPES = (ITEM, FRAME, CALL, REFERENCE, _BYTE, TYPE_ROW, _BYTE)
COLUMNS = (*_TYPES, np.dtype("<i8"))
"""The types of the arrays, the counts last."""


@dataclass(frozen=True)
class Outlines:
    """What some files define and refer to, one file after the other.

    Numbers of items and frames, and places of names, count from the file's own first.
    """

    items: Records
    frames: Records
    calls: Records
    refs: Records
    names: Records
    """Bytes: the names of the items, each after a zero byte."""
    types: Records
    """What is declared; see the type reader."""
    type_names: Records
    """Bytes: the names of the members among ``types``, each before a zero byte."""
    counts: NDArray[np.int64]
    """Of each file (a row), how many entries of each of the above are its own."""

    @property
    def arrays(self) -> tuple[Records, ...]:
        """All but the counts, in the order of their columns."""
        return (
            self.items, self.frames, self.calls, self.refs, self.names, self.types, self.type_names,
        )  # fmt: skip


def columns(outlines: Outlines) -> tuple[Records, ...]:
    """All arrays of *outlines*, the counts last."""
    return (*outlines.arrays, outlines.counts)


def _outlines(arrays: Sequence[Records], counts: NDArray[np.int64]) -> Outlines:
    items, frames, calls, refs, names, types, type_names = arrays
    return Outlines(items, frames, calls, refs, names, types, type_names, counts)


def is_sound(outlines: Outlines) -> bool:
    """Whether every number in *outlines*, read from a file, is one of something that is there."""
    counts = outlines.counts
    sizes = [len(array) for array in outlines.arrays]
    types = [array.dtype for array in outlines.arrays]
    if (
        types != [*_TYPES]
        or counts.ndim != 2
        or counts.shape[1] != COUNTS
        or counts.min(initial=0) < 0
    ):
        return False
    if counts.sum(axis=0).tolist() != sizes:
        return False
    items, frames, calls, refs = outlines.items, outlines.frames, outlines.calls, outlines.refs

    def below(column: NDArray[Any], of: int, within: int) -> bool:
        limits = np.repeat(counts[:, within], counts[:, of])
        return bool(((column >= -1) & (column < limits)).all())

    return (
        below(calls["owner"].astype(np.int64), CALLS, ITEMS)
        and below(refs["owner"].astype(np.int64), REFS, ITEMS)
        and below(refs["frame"], REFS, FRAMES)
        and below(frames["parent"], FRAMES, FRAMES)
        and below(items["name"].astype(np.int64) - 1, ITEMS, NAMES)
        and below(_row_owners(outlines), TYPES, TYPES)
    )


def _row_owners(outlines: Outlines) -> NDArray[np.int64]:
    """The rows that rows of members and structs refer to; -1 for the others."""
    of_rows = np.isin(outlines.types["kind"], (STRUCT, MEMBER))
    return np.where(of_rows, outlines.types["owner"], -1).astype(np.int64)


def of_columns(arrays: Sequence[Records]) -> Outlines:
    """Outlines from their arrays, of the types ``COLUMNS``, the counts last.

    Raises ValueError where these are no counts.
    """
    *columns, counts = arrays
    return _outlines(columns, counts.reshape(-1, COUNTS))


def nothing(files: int = 0) -> Outlines:
    """The outlines of *files* files that define nothing."""
    empty = [np.zeros(0, dtype=kind) for kind in _TYPES]
    return _outlines(empty, np.zeros((files, COUNTS), dtype=np.int64))


def put_together(parts: Sequence[Outlines]) -> Outlines:
    """The outlines of all files of *parts*, in order."""
    if not parts:
        return nothing()
    found = zip(*(part.arrays for part in parts), strict=True)
    return _outlines(
        [np.concatenate(column) for column in found],
        np.concatenate([part.counts for part in parts]),
    )


def take(parts: Sequence[tuple[Outlines, int, int]]) -> list[Outlines]:
    """Of each of *parts* the files from the first number up to the second."""
    ends = {id(o): np.cumsum(o.counts, axis=0) for o, _, _ in parts}
    nothing_yet = np.zeros(COUNTS, dtype=np.int64)
    cut = []
    for outlines, first, last in parts:
        until = ends[id(outlines)]
        start = until[first - 1] if first else nothing_yet
        end = until[last - 1] if last else nothing_yet
        arrays = [
            array[a:b]
            for array, a, b in zip(outlines.arrays, start.tolist(), end.tolist(), strict=True)
        ]
        cut.append(_outlines(arrays, outlines.counts[first:last]))
    return cut


class Packer:
    """Outlines file after file into arrays that grow."""

    def __init__(self, outliner: Outliner) -> None:
        self._outliner = outliner
        self._arrays: list[Records] = [np.zeros(1 << 12, dtype=kind) for kind in _TYPES]
        self._room = np.array([array.size for array in self._arrays], dtype=np.int64)
        self._wanted = np.zeros(COUNTS, dtype=np.int64)
        self._filled = np.zeros(COUNTS, dtype=np.int64)
        self._counts: list[NDArray[np.int64]] = []
        self._numbers = np.zeros(0, dtype=np.int64)
        self._first = np.zeros(0, dtype=np.int64)
        self._names = np.zeros(1 << 12, dtype=np.int64)
        """Of the parameters of the items of a file."""

    def skip(self) -> None:
        """A file that defines nothing."""
        self._counts.append(np.zeros(COUNTS, dtype=np.int64))

    def add(self, outline: Outline, declared: Rows | None = None) -> None:
        """One more file: what it defines and refers to, and what it declares."""
        rows, refs, filled = outline.items, outline.refs, self._filled
        clean = outline.clean
        for number, name in outline.spelled.items():
            rows[number, NAME], rows[number, NAME_END] = len(clean), len(clean) + len(name)
            clean += name
        types_ = declared if declared is not None else _NO_ROWS
        before = filled.copy()
        if not has_room(rows, refs, types_, filled, self._room, self._wanted):
            self._make_room()
        if self._numbers.size <= len(rows):
            self._numbers = np.zeros(2 * len(rows) + 1, dtype=np.int64)
            self._first = np.zeros(2 * len(rows) + 1, dtype=np.int64)
        text = np.frombuffer(clean, dtype=np.uint8)
        items_, frames, calls, refs_, names, types, type_names = self._arrays
        memory = self._outliner.memory
        pack_items(text, memory, rows, items_, frames, names, filled, self._numbers, refs)
        while (count := read_parameters(text, rows, self._first, self._names)) > len(self._names):
            self._names = np.zeros(2 * count, dtype=np.int64)
        pack_refs(refs, calls, refs_, filled, self._numbers, self._first, self._names)
        pack_types(text, types_, types, type_names, filled)
        self._counts.append(filled - before)

    def _make_room(self) -> None:
        for column, (old, wanted) in enumerate(
            zip(self._arrays, self._wanted.tolist(), strict=True)
        ):
            if old.size < wanted:
                self._room[column] = max(wanted, 2 * old.size)
                self._arrays[column] = np.zeros(self._room[column], dtype=old.dtype)
                self._arrays[column][: old.size] = old

    def packed(self) -> Outlines:
        """All that was added."""
        if not self._counts:
            return nothing()
        filled = self._filled.tolist()
        arrays = [a[:n].copy() for a, n in zip(self._arrays, filled, strict=True)]
        return _outlines(arrays, np.array(self._counts, dtype=np.int64))
