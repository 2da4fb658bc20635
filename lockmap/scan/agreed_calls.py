"""What a map tells of functions and of lock order, for documented rules about these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lockmap.documented.agreement import Site
from lockmap.documented.compare_calls import Call, Called, HeldBy
from lockmap.documented.model import Found
from lockmap.documented.needs import Need, Needs
from lockmap.locks.held import Held, held_in
from lockmap.map.rows import Row

Select = Callable[[str, tuple[type, ...], Row], list[Row]]
_FUNCTIONS = """\
SELECT p.path, f.line, f.end_line, f.name, f.key FROM function f JOIN path p ON p.key = f.path
WHERE f.name = ? AND f.end_line > 0 ORDER BY p.path, f.line"""
_PUT = """\
SELECT DISTINCT p.path, f.line, f.end_line, f.name, f.key FROM callback c
JOIN member m ON m.key = c.member JOIN function f ON f.key = c.function
JOIN path p ON p.key = f.path
WHERE m.struct = ? AND m.field = ? AND f.end_line > 0 ORDER BY p.path, f.line"""
_STATE = """\
SELECT state FROM line_state WHERE file = ? AND function = ? AND lock = ? AND first_line <= ?
AND last_line >= ?"""


class CallsKnown(Protocol):
    """What is known of the calls of functions."""

    def always(self, file: str, line: int) -> HeldBy:
        """How locks are held whenever the function that begins there is called."""

    def calls(self, file: str, line: int) -> list[Call]:
        """The calls of it that are known."""


@dataclass
class Functions:
    """The functions of one map; *known*: their calls."""

    select: Select
    known: CallsKnown
    locks: Sequence[str]
    _orders: dict[tuple[str, str], list[Site]] = field(default_factory=dict)
    _about: list[_About] = field(default_factory=list)

    def meant(self, found: Found) -> list[Called]:
        """The functions that a rule is about."""
        rows = self.select(_FUNCTIONS, (str, int, int, str, int), (found.subject,))
        here = [row for row in rows if row[0] == found.place]
        near = [row for row in here if row[2] >= found.line] if found.source != "user" else here
        if near:
            return [self._called(near[0])]
        if not rows and found.place:
            spans = self.select(
                "SELECT file, line, end_line, function FROM span WHERE function = ? AND file = ?",
                (str, int, int, str),
                (found.subject, found.place),
            )
            return [self._called((*row, -1)) for row in spans[:1]]
        return [self._called(row) for row in (here or rows)]

    def _called(self, row: Row) -> Called:
        file, line, _, name, key = row
        about = self._known()
        return Called(
            file,
            line,
            name,
            self.known.always(file, line),
            self.known.calls(file, line),
            frozenset(about.takes.get(key, ())),
            about.asserts.get(key, {}),
            self._may(key),
        )

    def nearest_reads(self, file: str, function: str, lock: str) -> bool:
        """Whether the likeliest way to a function leads there with *lock* held for reading."""
        rows = self.select(_FUNCTIONS, (str, int, int, str, int), (function,))
        ways = [
            way
            for row in rows
            if row[0] == file
            for way in self.select(
                "SELECT read_distance, write_distance FROM context "
                "WHERE lock = ? AND function = ? AND must = 0",
                (int, int),
                (lock, row[4]),
            )
        ]
        return any(read >= 0 and not 0 <= write <= read for read, write in ways)

    def _known(self) -> _About:
        """What the map tells of functions by their keys."""
        if not self._about:
            takes: dict[int, list[str]] = {}
            for function, lock in self.select("SELECT function, lock FROM wait", (int, str), ()):
                takes.setdefault(function, []).append(lock)
            asserts: dict[int, dict[str, str]] = {}
            sql = "SELECT function, lock, mode FROM asserted WHERE always = 1"
            for function, lock, mode in self.select(sql, (int, str, str), ()):
                asserts.setdefault(function, {})[lock] = mode
            self._about.append(_About(takes, asserts))
        return self._about[0]

    def _may(self, key: int) -> dict[str, frozenset[Held]]:
        # By lock, as the key of the table begins with it.
        rows = [
            row
            for lock in self.locks
            for row in self.select(
                "SELECT lock, read_distance, write_distance FROM context "
                "WHERE lock = ? AND function = ?",
                (str, int, int),
                (lock, key),
            )
        ]
        found: dict[str, frozenset[Held]] = {}
        for lock, read, write in rows:
            modes: list[Held] = ["read"] if read >= 0 else []
            modes += ["write"] if write >= 0 else []
            found[lock] = frozenset(modes)
        return found

    def asserted(self) -> Iterable[Found]:
        """The assertions of the code: rules that it states of its callers."""
        rows = self.select(
            "SELECT a.lock, p.path, a.line, f.name, a.mode FROM asserted a "
            "JOIN function f ON f.key = a.function JOIN path p ON p.key = f.path "
            "WHERE a.always = 1 ORDER BY p.path, a.line, a.lock",
            (str, str, int, str, str),
            (),
        )
        for lock, path, line, name, mode in rows:
            site = self.select(
                'SELECT "column", api, argument FROM site WHERE file = ? AND line = ? AND lock = ? '
                "AND op = 'assert' LIMIT 1",
                (int, str, str),
                (path, line, lock),
            )
            column, api, argument = site[0] if site else (1, "", "")
            words = f"{api}({argument})" if api else "an assertion"
            needs = Needs(((((Need(lock, "either" if mode == "any" else mode)),),),))
            yield Found("function", name, "assert", path, line, column, words, needs, place=path)

    def put(self, struct: str, name: str) -> list[Called]:
        """The functions that are put in a member."""
        rows = self.select(_PUT, (str, int, int, str, int), (struct, name))
        return [self._called(row) for row in rows]

    def taken(self, held: str, taken: str) -> list[Site]:
        """The places that wait for lock *taken* with lock *held* held for certain."""
        known = self._orders.get((held, taken))
        if known is None:
            rows = self.select(
                "SELECT file, line, function FROM site WHERE lock = ? AND op = 'acquire' "
                "AND definition = 0 AND direct = 1 ORDER BY file, line",
                (str, int, str),
                (taken,),
            )
            known = []
            for file, line, function in rows:
                how = self._held_at(file, line, function, held)
                if how in {"read", "write", "either"}:
                    known.append((file, line, function, f"{held} {how}"))
            self._orders[held, taken] = known
        return known

    def _held_at(self, file: str, line: int, function: str, lock: str) -> Held:
        state = self.select(_STATE, (str,), (file, function, lock, line, line))
        rows = self.select(
            "SELECT line FROM span WHERE file = ? AND line <= ? AND end_line >= ?",
            (int,),
            (file, line, line),
        )
        caller = self.known.always(file, rows[-1][0]).get(lock, "unknown") if rows else "unknown"
        return held_in(state[0][0], caller) if state else caller


@dataclass(frozen=True, slots=True)
class _About:
    """By the key of a function: the locks that it waits for, and those that it asserts."""

    takes: Mapping[int, Sequence[str]]
    asserts: Mapping[int, Mapping[str, str]]
