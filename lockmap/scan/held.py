"""Which locks are held at each access: from the states of lines, and the function's context."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lockmap.locks.held import Contexts, Held, held_in, joined
from lockmap.locks.profiles import State, ways
from lockmap.map.records import Diagnostic, LineState

Lockset = tuple[tuple[str, Held], ...]
"""(lock, how it is held), of every lock, in order."""
Way = tuple[tuple[Held, ...], float]
"""How each lock is held, in order, and in which share of the cases."""
Profile = Sequence[tuple[State, float]]
"""How callers hold the locks: see locks.profiles."""
UNTOLD: Profile = ((0, 1.0),)


@dataclass(slots=True)
class HeldAt:
    """Answers for one function after another."""

    locks: Sequence[str]
    contexts: Contexts
    implied: Sequence[tuple[int, int]] = ()
    """(number of a lock, number of another): who holds the first for writing holds both so."""
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

    def of_function(
        self, file: str, first: int, last: int, profile: Profile = UNTOLD
    ) -> OfFunction:
        """The answers for the function on these lines; *profile*: how its callers hold locks."""
        found = []
        of_file = self._lines.get(file, {})
        for lock in self.locks:
            caller = self.contexts.held(file, first, lock)
            lines, marks = of_file.get(lock, ([], []))
            start, end = bisect_right(lines, first - 1), bisect_right(lines, last)
            found.append((caller, lines[start:end], marks[start:end]))
        return OfFunction(self, found, (file, first) in self._exhausted, profile)

    def lockset(self, held: tuple[Held, ...]) -> Lockset:
        """One tuple for all places with the same locks held."""
        known = self._known.get(held)
        if known is None:
            known = self._known[held] = tuple(zip(self.locks, held, strict=True))
        return known

    def with_implied(self, held: tuple[Held, ...]) -> tuple[Held, ...]:
        """*held*, and what it implies of other locks: paths may meet, and tell less."""
        for lock, other in self.implied:
            if held[lock] == "write" and held[other] != "none":
                held = (*held[:other], "write", *held[other + 1 :])
        return held


@dataclass(slots=True)
class OfFunction:
    """Which locks are held on the lines of one function."""

    of: HeldAt
    parts: list[tuple[Held, list[int], list[str]]]
    exhausted: bool
    profile: Profile = UNTOLD
    _known: dict[int, Lockset] = field(default_factory=dict)
    _ways: dict[int, tuple[Way, ...]] = field(default_factory=dict)
    _by_marks: dict[tuple[tuple[Held, ...], tuple[str, ...]], tuple[Way, ...]] = field(
        default_factory=dict
    )

    def at(self, line: int) -> Lockset:
        """What is held by the statement that *line* belongs to."""
        known = self._known.get(line)
        if known is None:
            held = tuple(self._held(*part, line) for part in self.parts)
            known = self._known[line] = self.of.lockset(self.of.with_implied(held))
        return known

    def ways(self, line: int) -> tuple[Way, ...]:
        """How locks are held there, as far as it is certain, and else as callers usually do.

        Where only some paths to the line take a lock, it counts as taken.
        """
        known = self._ways.get(line)
        if known is None:
            certain = tuple(how for _, how in self.at(line))
            known = ((certain, 1.0),)
            if not self.exhausted and not _OPEN.isdisjoint(certain):
                marks = tuple(_mark(lines, states, line) for _, lines, states in self.parts)
                known = self._cases(certain, marks)
            self._ways[line] = known
        return known

    def _cases(self, certain: tuple[Held, ...], marks: tuple[str, ...]) -> tuple[Way, ...]:
        key = (certain, marks)
        known = self._by_marks.get(key)
        if known is None:
            found: dict[tuple[Held, ...], float] = {}
            for state, share in self.profile:
                callers = ways(state, len(marks))
                held = self.of.with_implied(
                    tuple(
                        _usual(how, mark, caller) if how in _OPEN else how
                        for how, mark, caller in zip(certain, marks, callers, strict=True)
                    )
                )
                found[held] = found.get(held, 0.0) + share
            known = self._by_marks[key] = tuple(found.items())
        return known

    def _held(self, caller: Held, lines: list[int], states: list[str], line: int) -> Held:
        if not lines:  # as the caller left it, everywhere
            return caller
        index = bisect_right(lines, line) - 1
        if self.exhausted and (index < 0 or lines[index] != line):
            return "unknown"  # not every path was followed to here
        return held_in(states[index], caller) if index >= 0 else caller


_OPEN = frozenset({"unknown", "either"})
"""What callers may tell more about."""
_DROPPED = "-?"


def _mark(lines: list[int], states: list[str], line: int) -> str:
    """The state of the statement that *line* belongs to; ``c``: as the caller left it."""
    index = bisect_right(lines, line) - 1
    return states[index] if index >= 0 else "c"


def _usual(certain: Held, mark: str, caller: Held) -> Held:
    """How a lock is held in a state of which nothing more is certain."""
    if certain == "either":
        return caller if mark == "c" and caller in {"read", "write"} else certain
    if mark == "c":
        return caller
    if mark == _DROPPED:
        return joined(("none", caller))
    return held_in(mark.rstrip("?"), caller) if mark.endswith("?") else certain
