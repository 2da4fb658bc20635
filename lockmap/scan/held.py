"""Which locks are held at each access: from the states of lines, and the function's context."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lockmap.locks.held import Contexts, Held, held_in
from lockmap.map.records import Diagnostic, LineState

Lockset = tuple[tuple[str, Held], ...]
"""(lock, how it is held), of every lock, in order."""


@dataclass(slots=True)
class HeldAt:
    """Answers for one function after another."""

    locks: Sequence[str]
    contexts: Contexts
    _lines: dict[str, dict[str, tuple[list[int], list[str]]]] = field(default_factory=dict)
    """file → lock → lines in order, and their states."""
    _exhausted: set[tuple[str, int]] = field(default_factory=set)
    _known: dict[tuple[Held, ...], Lockset] = field(default_factory=dict)

    def add(self, states: Iterable[LineState], diagnostics: Iterable[Diagnostic]) -> None:
        """Take in what the analysis of locks found."""
        for state in sorted(states, key=lambda s: (s.file, s.lock, s.line)):
            of_file = self._lines.setdefault(state.file, {})
            lines, marks = of_file.setdefault(state.lock, ([], []))
            lines.append(state.line)
            marks.append(state.state)
        self._exhausted |= {(d.file, d.line) for d in diagnostics if d.kind == "too-many-paths"}

    def of_function(self, file: str, first: int, last: int) -> OfFunction:
        """The answers for the function on these lines."""
        found = []
        of_file = self._lines.get(file, {})
        for lock in self.locks:
            caller = self.contexts.held(file, first, lock)
            lines, marks = of_file.get(lock, ([], []))
            start, end = bisect_right(lines, first - 1), bisect_right(lines, last)
            found.append((caller, lines[start:end], marks[start:end]))
        return OfFunction(self, found, (file, first) in self._exhausted)

    def lockset(self, held: tuple[Held, ...]) -> Lockset:
        """One tuple for all places with the same locks held."""
        known = self._known.get(held)
        if known is None:
            known = self._known[held] = tuple(zip(self.locks, held, strict=True))
        return known


@dataclass(slots=True)
class OfFunction:
    """Which locks are held on the lines of one function."""

    of: HeldAt
    parts: list[tuple[Held, list[int], list[str]]]
    exhausted: bool
    _known: dict[int, Lockset] = field(default_factory=dict)

    def at(self, line: int) -> Lockset:
        """What is held by the statement that *line* belongs to."""
        known = self._known.get(line)
        if known is None:
            held = tuple(self._held(*part, line) for part in self.parts)
            known = self._known[line] = self.of.lockset(held)
        return known

    def _held(self, caller: Held, lines: list[int], states: list[str], line: int) -> Held:
        if not lines:  # as the caller left it, everywhere
            return caller
        index = bisect_right(lines, line) - 1
        if self.exhausted and (index < 0 or lines[index] != line):
            return "unknown"  # not every path was followed to here
        return held_in(states[index], caller) if index >= 0 else caller
