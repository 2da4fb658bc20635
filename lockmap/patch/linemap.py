"""Which line of the old text is which line of the new one."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """*removed* lines from line *old* on gave way to *added* lines from line *new* on.

    Lines count from 1.  Where nothing was removed, *old* is the line before which
    the new ones came; where nothing was added, *new* is the line that follows.
    """

    old: int
    removed: int
    new: int
    added: int


@dataclass(frozen=True, slots=True)
class _Run:
    """*length* unchanged lines from *old* on, which are *new* and those after it."""

    old: int
    new: int
    length: int


_ENDLESS = sys.maxsize
"""The length of the run after the last change: how long a text is, is not known here."""


@dataclass(frozen=True, slots=True)
class LineMap:
    """The changes from an old text to a new one, in order and apart from each other."""

    changes: tuple[Change, ...] = ()

    def new_line(self, old: int) -> int | None:
        """Where line *old* is now, or None when it was removed."""
        at = bisect_right(self.changes, old, key=lambda change: change.old) - 1
        if at < 0:
            return old
        change = self.changes[at]
        if old < change.old + change.removed:
            return None
        return old - (change.old + change.removed) + change.new + change.added

    def old_line(self, new: int) -> int | None:
        """Where line *new* was, or None when it was added."""
        at = bisect_right(self.changes, new, key=lambda change: change.new) - 1
        if at < 0:
            return new
        change = self.changes[at]
        if new < change.new + change.added:
            return None
        return new - (change.new + change.added) + change.old + change.removed

    @property
    def changed(self) -> tuple[range, ...]:
        """The lines of the new text that the old one has not.

        A pure removal is an empty range: it starts at the line that follows now.
        """
        return tuple(range(c.new, c.new + c.added) for c in self.changes)

    def then(self, later: LineMap) -> LineMap:
        """The map from the old text of this one to the new text of *later*."""
        return _from_runs(_joined(list(self._runs()), list(later._runs())))

    def _runs(self) -> Iterator[_Run]:
        old = new = 1
        for change in self.changes:
            if change.old > old:
                yield _Run(old, new, change.old - old)
            old = change.old + change.removed
            new = change.new + change.added
        yield _Run(old, new, _ENDLESS)


def _joined(first: list[_Run], second: list[_Run]) -> Iterator[_Run]:
    """The lines that neither step changed: what of *first* lies in runs of *second*."""
    at = 0
    for run in first:
        end = run.new + run.length
        while at < len(second) and second[at].old + second[at].length <= run.new:
            at += 1
        probe = at
        while probe < len(second) and second[probe].old < end:
            kept = second[probe]
            low = max(run.new, kept.old)
            high = min(end, kept.old + kept.length)
            length = _ENDLESS if high >= _ENDLESS else high - low
            yield _Run(low - run.new + run.old, low - kept.old + kept.new, length)
            probe += 1


def _from_runs(runs: Iterable[_Run]) -> LineMap:
    changes: list[Change] = []
    old = new = 1
    for run in runs:
        if run.old > old or run.new > new:
            changes.append(Change(old, run.old - old, new, run.new - new))
        old, new = run.old + run.length, run.new + run.length
    return LineMap(tuple(changes))
