"""The calls of a function, and how locks are held there, from what a scan has in hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lockmap.documented.compare_calls import Call, HeldBy
from lockmap.locks.contexts import CALLERS, READ, WRITE
from lockmap.locks.held import Contexts, Held
from lockmap.locks.under import NOTHING
from lockmap.scan.callers import CallSites
from lockmap.tree.source import printable

_MODES: dict[int, Held] = {READ: "read", WRITE: "write", READ | WRITE: "either", NOTHING: "none"}


@dataclass(frozen=True)
class KnownCalls:
    """Answers for one function after another."""

    locks: Sequence[str]
    hold: Contexts
    sites: CallSites | None

    def always(self, file: str, line: int) -> HeldBy:
        """How locks are held whenever the function that begins there is called."""
        return {lock: self.hold.held(file, line, lock) for lock in self.locks}

    def calls(self, file: str, line: int) -> list[Call]:
        """The calls of it that are known; none, where all of them are not looked at."""
        number = self.sites.numbers.get((file, line)) if self.sites is not None else None
        if self.sites is None or number is None:
            return []
        low, high = np.searchsorted(self._callee[1], [number, number + 1]).tolist()
        return [self._call(at) for at in self._callee[0][low:high].tolist()]

    def _call(self, at: int) -> Call:
        assert self.sites is not None
        caller = int(self.sites.caller[at])
        file, line = self._places.get(caller, ("", 0))
        held: dict[str, Held] = {}
        shown: set[str] = set()
        for lock, bits in zip(self.locks, self.sites.under, strict=True):
            way = int(bits[at])
            if way == CALLERS and file:
                held[lock] = self.hold.held(printable(file), line, lock)
            else:
                held[lock] = _MODES.get(way, "unknown")
                shown.add(lock)
        return Call(
            printable(file),
            int(self.sites.line[at]),
            self.sites.names[caller],
            held,
            frozenset(shown),
        )

    @cached_property
    def _callee(self) -> tuple[np.ndarray, np.ndarray]:
        """The calls by callee, and the callees in that order."""
        assert self.sites is not None
        order = np.argsort(self.sites.callee, kind="stable")
        return order, self.sites.callee[order]

    @cached_property
    def _places(self) -> dict[int, tuple[str, int]]:
        assert self.sites is not None
        return {number: place for place, number in self.sites.numbers.items()}
