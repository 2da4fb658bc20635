"""What the texts of a tree tell, each text alone, worked out once by all who share it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lockmap.tree.source import ReadProblem

T = TypeVar("T")
_MOST_BYTES = 16 << 20
"""Of texts that are kept for the next question: those that came first go first."""


@dataclass(slots=True)
class Kept:
    """What was read from files of one tree, whoever asked and in whatever order.

    It is true for as long as the tree stays as it is.
    """

    _texts: dict[str, bytes] = field(default_factory=dict)
    _bytes: int = 0
    _told: dict[tuple[object, str, str], Any] = field(default_factory=dict)

    def text(self, path: str, read: Callable[[str], bytes]) -> bytes:
        """The bytes of a file; empty when it cannot be read."""
        known = self._texts.get(path)
        if known is None:
            try:
                known = read(path)
            except (OSError, ValueError, ReadProblem):
                known = b""
            self._texts[path] = known
            self._bytes += len(known)
            while self._bytes > _MOST_BYTES and len(self._texts) > 1:
                self._bytes -= len(self._texts.pop(next(iter(self._texts))))
        return known

    def told(self, reading: object, path: str, name: str, work_out: Callable[[], T]) -> T:
        """What *reading* makes of a file (and *name*), *worked out* once: not to be changed."""
        key = (reading, path, name)
        if key not in self._told:
            self._told[key] = work_out()
        found: T = self._told[key]
        return found
