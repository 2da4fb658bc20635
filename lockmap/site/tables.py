"""What a map says about one lock, in memory: a site asks for all of it, again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lockmap.map.context_records import MUSTS, VIAS, Must, Via
from lockmap.map.filters import Filter
from lockmap.map.read import Map
from lockmap.map.read_functions import FunctionPlace
from lockmap.map.records import Access, Contract, Diagnostic, LineState, Rule, Section, Site, Span


@dataclass(frozen=True, slots=True)
class Reach:
    """How a function is reached with the lock held in one mode, by the likeliest way."""

    distance: int
    """Calls from the function that takes the lock."""
    caller: int
    """A key of a function."""
    line: int
    """Of the caller."""
    how: str
    """``call``, ``callback STRUCT.FIELD`` or ``handed to FUNCTION``."""
    via: Via


@dataclass(frozen=True, slots=True)
class Marked:
    """A function that may run under the lock."""

    key: int
    must: Must
    read: Reach | None
    write: Reach | None

    @property
    def nearest(self) -> Reach:
        """The shorter of the ways; for reading where both are as long."""
        ways = [way for way in (self.read, self.write) if way is not None]
        return min(ways, key=lambda way: way.distance)

    @property
    def modes(self) -> str:
        """``read``, ``write``, ``read write``."""
        named = (("read", self.read), ("write", self.write))
        return " ".join(mode for mode, way in named if way is not None)


@dataclass(frozen=True, slots=True)
class Put:
    """A function that is put into a member of a struct, and where."""

    struct: str
    field: str
    function: int
    """A key."""
    file: str
    line: int


@dataclass(frozen=True)
class Tables:
    """The map of one lock.  Rows come in the order of file and line."""

    meta: dict[str, str]
    lock: str
    locks: tuple[str, ...]
    functions: dict[int, FunctionPlace]
    """By key."""
    marked: dict[int, Marked]
    """By key of the function."""
    puts: tuple[Put, ...]
    """Only of functions that are marked."""
    sites: tuple[Site, ...]
    """Of every lock, as sections and spans."""
    sections: tuple[Section, ...]
    contracts: tuple[Contract, ...]
    """Of this lock."""
    spans: tuple[Span, ...]
    states: dict[str, tuple[LineState, ...]]
    """By file, of every lock."""
    accesses: tuple[Access, ...]
    """Those whose struct is known; ``held`` is how this lock is held."""
    rules: tuple[Rule, ...]
    """Without counts and violations: the accesses tell."""
    diagnostics: tuple[Diagnostic, ...]


def load(opened: Map, lock: str) -> Tables:
    """Read them.  Raises ``MapError`` for a damaged map."""
    functions = _functions(opened)
    marked = _marked(opened, lock, functions)
    states: dict[str, list[LineState]] = {}
    for state in opened.states():
        states.setdefault(state.file, []).append(state)
    return Tables(
        opened.meta(),
        lock,
        opened.locks(),
        functions,
        marked,
        _puts(opened, marked),
        opened.sites(),
        opened.sections(),
        opened.contracts(Filter(lock=lock)),
        opened.spans(),
        {file: tuple(rows) for file, rows in states.items()},
        opened.accesses(Filter(told=True), lock),
        opened.rules(),
        opened.diagnostics(),
    )


def _functions(opened: Map) -> dict[int, FunctionPlace]:
    rows = opened.select(
        "SELECT p.path, f.line, f.end_line, f.name, f.key FROM function f "
        "JOIN path p ON p.key = f.path ORDER BY p.path, f.line, f.key",
        (str, int, int, str, int),
    )
    return {row[4]: FunctionPlace(*row) for row in rows}


def _marked(opened: Map, lock: str, functions: dict[int, FunctionPlace]) -> dict[int, Marked]:
    hows: dict[int, str] = dict(opened.select("SELECT key, text FROM how", (int, str)))
    rows = opened.select(
        "SELECT function, must, read_distance, read_from, read_line, read_how, read_via, "
        "write_distance, write_from, write_line, write_how, write_via FROM context "
        "WHERE lock = ? ORDER BY function",
        (int,) * 12,
        (lock,),
    )
    found = {}
    for key, must, *ways in rows:
        read, write = (_reach(ways[at : at + 5], hows, functions) for at in (0, 5))
        if key in functions and (read or write):
            found[key] = Marked(key, MUSTS[must % len(MUSTS)], read, write)
    return found


def _reach(
    row: list[Any], hows: dict[int, str], functions: dict[int, FunctionPlace]
) -> Reach | None:
    distance, caller, line, how, via = row
    if distance < 1 or caller not in functions:
        return None
    return Reach(distance, caller, line, hows.get(how, "call"), VIAS[via % len(VIAS)])


def _puts(opened: Map, marked: dict[int, Marked]) -> tuple[Put, ...]:
    rows = opened.select(
        "SELECT m.struct, m.field, c.function, p.path, c.line FROM callback c "
        "JOIN member m ON m.key = c.member JOIN path p ON p.key = c.path "
        "ORDER BY p.path, c.line, c.rowid",
        (str, str, int, str, int),
    )
    return tuple(Put(*row) for row in rows if row[2] in marked)
