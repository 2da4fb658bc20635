"""Rewritten parts of a file, outlined as if they stood where they came from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lockmap.facts.outlined import FileOutline, pack
from lockmap.syntax.outline import Outliner
from lockmap.syntax.outlining import memory as o

Part = tuple[bytes, int, bool]
"""A text, the byte of the file where it stood, and whether it stood there as it is."""


@dataclass(slots=True)
class Rewritten:
    """Collects rewritten parts of one file."""

    _texts: list[bytes] = field(default_factory=list)
    _lines: list[int] = field(default_factory=lambda: [0])
    _size: int = 0
    _new: list[int] = field(default_factory=list)
    _old: list[int] = field(default_factory=list)
    _copied: list[bool] = field(default_factory=list)
    _ends: list[int] = field(default_factory=list)

    def add(self, parts: list[Part], line: int, end: int) -> None:
        """Add what was rewritten of a part of the file that begins at *line* and ends at *end*.

        A text whose brackets are uneven is left out: it would spoil all after it.
        """
        text = b"".join(p[0] for p in parts)
        if text.count(b"{") != text.count(b"}") or text.count(b"(") != text.count(b")"):
            return
        count = text.count(b"\n") + 1
        self._lines.extend(range(line, line + count))
        self._lines.append(line + count - 1)
        for said, at, copied in (*parts, (b"\n;\n", end, False)):
            self._new.append(self._size)
            self._old.append(at)
            self._copied.append(copied)
            self._ends.append(end)
            self._texts.append(said)
            self._size += len(said)

    def outlined(self, outliner: Outliner) -> FileOutline | None:
        """The outline of all that was added; types are left out."""
        if not self._texts:
            return None
        outline = outliner.outline(b"".join(self._texts))
        items, refs = outline.items, outline.refs
        lines = np.array(self._lines, dtype=np.int64)
        new, old = np.array(self._new), np.array(self._old)
        copied = np.array(self._copied, dtype=np.int64)

        def was(at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> o.Memory:
            part = np.searchsorted(new, at, side="right") - 1
            return np.asarray(old[part] + copied[part] * (at - new[part]))

        rows = np.flatnonzero(items[:, o.KIND] != o.FRAME)
        part = np.searchsorted(new, items[rows, o.START], side="right") - 1
        alone = copied[part] == 0
        ends = np.where(alone, np.array(self._ends)[part], was(items[rows, o.END]))
        for column in (o.START, o.BODY):
            items[rows, column] = was(items[rows, column])
        items[rows, o.END] = ends
        for column in (o.LINE, o.END_LINE):
            items[:, column] = lines[np.minimum(items[:, column], len(lines) - 1)]
        refs[:, o.AT] = was(refs[:, o.AT])
        refs[:, o.AT_LINE] = lines[np.minimum(refs[:, o.AT_LINE], len(lines) - 1)]
        items[rows, o.FLAGS] |= o.MADE
        items[items[:, o.KIND] == o.TYPE, o.KIND] = 0
        return pack(outline)
