"""Rewritten parts of a file, outlined as if they stood where they came from."""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lockmap.facts.outlined import KEPT, TYPE_ROW, Outlines, Packer, Records
from lockmap.syntax.declared import Rows, TypeReader
from lockmap.syntax.declaring import memory as d
from lockmap.syntax.outline import Outliner
from lockmap.syntax.outlining import memory as o

_WORD = re.compile(rb"\w+")
_BETWEEN = b"\n;\n\x1c\n"
_WIDTH = 6
Part = tuple[bytes, int, bool]
"""A text, the byte of the file where it stood, and whether it stood there as it is."""


@dataclass(frozen=True, slots=True)
class MadeOutline:
    """An outline, and the chains of what it assigns: rows of ``TYPE_ROW``."""

    outline: Outlines
    homes: NDArray[np.int64]
    """The file of each item, by number."""
    chains: Records
    chain_homes: NDArray[np.int64]
    """The file of each of those."""
    spelled: dict[int, str]
    """Names that stand for values in what macros made, by their hashes."""


@dataclass(slots=True)
class Rewritten:
    """Collects rewritten parts of files."""

    size: int = 0
    _texts: list[bytes] = field(default_factory=list)
    _parts: array[int] = field(default_factory=lambda: array("q"))
    """Of each part: where it is, where it stood, whether as it is, where what it is a part of
    ended, whether functions in it are new, and its file."""
    _lines: array[int] = field(default_factory=lambda: array("q", (0, 1)))
    """(line, how many follow one another from there on)."""
    _spelled: dict[int, Mapping[int, int]] = field(default_factory=dict)

    def add(
        self,
        file: int,
        parts: Sequence[Part],
        line: int,
        end: int,
        spelled: Mapping[int, Mapping[int, int]],
        *,
        functions: bool,
    ) -> None:
        """Add what was rewritten of a part of *file* that begins at *line* and ends at *end*.

        *spelled*: of a part, by number, the lines of names (hashes) that its source spells out.
        *functions*: whether functions in it are new ones, and not known from elsewhere.
        A text whose brackets are uneven is left out: it would spoil all after it.
        """
        text = parts[0][0] if len(parts) == 1 else b"".join([p[0] for p in parts])
        if text.count(b"{") != text.count(b"}") or text.count(b"(") != text.count(b")"):
            return
        count = text.count(b"\n") + 1
        last = line + count - 1
        self._lines.extend((line, count, last, 1, last, 1))
        if spelled:
            before = len(self._parts) // _WIDTH
            self._spelled.update({before + number: told for number, told in spelled.items()})
        for said, at, copied in parts:
            self._parts.extend((self.size, at, copied, end, functions, file))
            self.size += len(said)
        self._parts.extend((self.size, end, False, end, functions, file))
        self.size += len(_BETWEEN)
        self._texts += (text, _BETWEEN)

    def outlined(self, outliner: Outliner, types: TypeReader) -> MadeOutline:
        """The outline of all that was added; types are left out."""
        text = b"".join(self._texts)
        outline = outliner.outline(text)
        rows = types.read(outline)
        items, refs = outline.items, outline.refs
        lines = self._lines_of_all()
        table = np.array(self._parts, dtype=np.int64).reshape(-1, _WIDTH)
        new, old, copied, until, defines, homes = np.ascontiguousarray(table.T)

        def was(at: NDArray[np.int64]) -> o.Memory:
            part = np.maximum(np.searchsorted(new, at, side="right") - 1, 0)
            return np.asarray(old[part] + copied[part] * (at - new[part]))

        found = np.flatnonzero(items[:, o.KIND] != o.FRAME)
        starts = np.searchsorted(new, items[found, o.START], side="right") - 1
        alone = copied[starts] == 0
        ends = np.where(alone, until[starts], was(items[found, o.END]))
        for column in (o.START, o.BODY):
            items[found, column] = was(items[found, column])
        items[found, o.END] = ends
        for column in (o.LINE, o.END_LINE):
            items[:, column] = lines[np.minimum(items[:, column], len(lines) - 1)]
        refs[:, o.AT_LINE] = lines[np.minimum(refs[:, o.AT_LINE], len(lines) - 1)]
        self._keep_lines(refs, new)
        part = np.searchsorted(new, refs[:, o.AT], side="right") - 1
        invented = copied[part] == 0
        before = refs[:, o.AT].copy()
        spelled = _spelled(text, refs[invented])
        # Each its own place, since the owners of members are found by their places.
        first = np.searchsorted(part, part)
        refs[:, o.AT] = was(before) + np.where(invented, np.arange(len(refs)) - first, 0)
        chains, at = _chains(rows, before[invented], refs[invented, o.AT])
        chain_homes = homes[np.searchsorted(new, at, side="right") - 1]
        items[found, o.FLAGS] |= o.MADE
        items[items[:, o.KIND] == o.TYPE, o.KIND] = 0
        known = (defines[starts] == 0) & (items[found, o.KIND] == o.FUNCTION)
        items[found[known], o.KIND] = o.OTHER
        item_homes = np.zeros(len(items), dtype=np.int64)
        item_homes[found] = homes[starts]
        item_homes = item_homes[np.isin(items[:, o.KIND], KEPT)]
        packer = Packer(outliner)
        packer.add(outline)
        return MadeOutline(packer.packed(), item_homes, chains, chain_homes, spelled)

    def _lines_of_all(self) -> NDArray[np.int64]:
        """The line of the source for each line of the text."""
        first, count = np.array(self._lines, dtype=np.int64).reshape(-1, 2).T
        steps = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
        return np.asarray(np.repeat(first, count) + steps)

    def _keep_lines(self, refs: o.Memory, new: NDArray[np.int64]) -> None:
        """Give names that the source spells out the lines that they have there."""
        if not self._spelled:
            return
        part = np.searchsorted(new, refs[:, o.AT], side="right") - 1
        told = np.isin(part, np.array(list(self._spelled), dtype=np.int64))
        for row in np.flatnonzero(told).tolist():
            lines = self._spelled[int(part[row])]
            refs[row, o.AT_LINE] = lines.get(int(refs[row, o.REF_HASH]), refs[row, o.AT_LINE])


def _spelled(text: bytes, refs: o.Memory) -> dict[int, str]:
    """The names of the values among *refs*, whose places are those in *text*."""
    values = refs[refs[:, o.REF_KIND] == o.VALUE]
    _, first = np.unique(values[:, o.REF_HASH], return_index=True)
    found = {}
    for at, value in values[first][:, (o.AT, o.REF_HASH)].tolist():
        word = _WORD.match(text, at)
        if word is not None:
            found[value] = word[0].decode("latin-1")
    return found


def _chains(
    rows: Rows, before: NDArray[np.int64], after: NDArray[np.int64]
) -> tuple[Records, NDArray[np.int64]]:
    """The chains among *rows* of the references at *before*, which are at *after* now.

    And for each row of them where its reference was.
    """
    order = np.argsort(before, kind="stable")
    keys, places = before[order], after[order]
    heads = np.flatnonzero(rows[:, d.ROW_KIND] == d.CHAIN)
    if not len(keys) or not len(heads):
        return np.zeros(0, dtype=TYPE_ROW), np.zeros(0, dtype=np.int64)
    at = np.minimum(np.searchsorted(keys, rows[heads, d.ROW_OWNER]), len(keys) - 1)
    known = keys[at] == rows[heads, d.ROW_OWNER]
    heads, at = heads[known], at[known]
    counts = rows[heads, d.ROW_POSITION] + 1
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    numbers = np.repeat(heads, counts) + np.arange(int(counts.sum())) - starts
    chosen = rows[numbers]
    packed = np.zeros(len(numbers), dtype=TYPE_ROW)
    packed["hash"], packed["type"] = chosen[:, d.ROW_HASH], chosen[:, d.ROW_TYPE]
    packed["kind"], packed["position"] = chosen[:, d.ROW_KIND], chosen[:, d.ROW_POSITION]
    is_head = chosen[:, d.ROW_KIND] == d.CHAIN
    packed["owner"] = np.where(is_head, np.repeat(places[at], counts), chosen[:, d.ROW_OWNER])
    return packed, np.repeat(keys[at], counts)
