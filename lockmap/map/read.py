"""Read a map.  The file may come from anybody: it is checked, and nothing in it is run.

Only tables that are exactly those of ``lockmap.map.schema`` are read, so views, triggers
and generated columns of a doctored file play no part; every value is checked for its type.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from urllib.parse import quote

from lockmap.errors import MapError
from lockmap.map.context_records import CallbackRow, FunctionContext
from lockmap.map.filters import EVERYTHING, Filter, where
from lockmap.map.header import read_header
from lockmap.map.read_accesses import read_accesses, read_rules
from lockmap.map.read_contexts import Wanted, read_callbacks, read_functions
from lockmap.map.read_faults import Fault, read_faults
from lockmap.map.read_needs import read_needs
from lockmap.map.records import (
    Access,
    Contract,
    Diagnostic,
    FileRow,
    LineState,
    Rule,
    Section,
    Site,
    Span,
)
from lockmap.map.rows import FLAT, LISTS, Row, column_types, columns
from lockmap.map.schema import (
    APPLICATION_ID,
    LIST_DEFINITIONS,
    OLDEST_SQLITE,
    SCHEMA_VERSION,
    definitions,
)

if TYPE_CHECKING:
    from lockmap.map.examine.findings import Check

_LONGEST_VALUE = 1 << 20
"""Bytes of one text; a longer one is no text of ours."""
_LONGEST_RUN = 1 << 20
"""Lines of one run of line states: no C function is longer."""
_PRAGMAS = ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON", "mmap_size = 0")
_UNREADABLE = (sqlite3.Error, UnicodeError)
"""What reading a damaged file raises; UnicodeError where SQLite's own message quotes it."""
_RESCAN = "make a new map with: lockmap scan TREE"

R = TypeVar("R")
P = ParamSpec("P")


@contextmanager
def open_map(path: Path) -> Iterator[Map]:
    """The map at ``path``, open for reading; nothing is ever written to or beside it.

    Raises ``MapError`` where there is none, or it is damaged, or of another schema version.
    """
    _check_header(path)
    # A map is replaced, never changed in place: immutable needs no lock and no journal.
    uri = f"file:{quote(str(path.absolute()).encode('utf-8', 'surrogateescape'))}"
    try:
        connection = sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True)
    except sqlite3.Error as error:
        raise MapError(f"cannot open the map {path}: {error}", _RESCAN) from error
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        _check_schema(path, connection)
        yield Map(path, connection)
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Map:
    """An open map.  Listings come in the order of file and line.

    Every method raises ``MapError`` if the file turns out to be damaged.
    """

    path: Path
    connection: sqlite3.Connection

    def meta(self) -> dict[str, str]:
        """Key and value of everything that is said about the whole map."""
        return dict(self.select("SELECT key, value FROM meta", (str, str)))

    def locks(self) -> tuple[str, ...]:
        """Names of the locks that occur."""
        sql = "SELECT DISTINCT lock FROM site UNION SELECT DISTINCT lock FROM section ORDER BY 1"
        return tuple(lock for (lock,) in self.select(sql, (str,)))

    def sites(self, wanted: Filter = EVERYTHING) -> tuple[Site, ...]:
        """Lock operations."""
        return self._flat(Site, wanted)

    def contracts(self, wanted: Filter = EVERYTHING) -> tuple[Contract, ...]:
        """What functions need of a lock of their caller, and do to it."""
        both = (*self._flat(Contract, wanted), *read_needs(self.select, wanted))
        return tuple(sorted(both, key=lambda c: (c.file, c.line, c.function, c.lock)))

    def spans(self, wanted: Filter = EVERYTHING) -> tuple[Span, ...]:
        """Functions of interest."""
        return self._flat(Span, wanted)

    def diagnostics(self, wanted: Filter = EVERYTHING) -> tuple[Diagnostic, ...]:
        """What could not be read or trusted."""
        return self._flat(Diagnostic, wanted)

    def files(self, wanted: Filter = EVERYTHING) -> tuple[FileRow, ...]:
        """Files with functions of interest."""
        return self._flat(FileRow, wanted)

    def sections(self, wanted: Filter = EVERYTHING) -> tuple[Section, ...]:
        """Critical sections."""
        condition, values = where("section", wanted)
        names = columns(Section)
        own = self.select(
            f"SELECT key, {_quoted(names)} FROM section {condition} ORDER BY key",
            (int, *column_types(Section)),
            values,
        )
        lists = {name: self._section_list(name, condition, values) for name in LISTS}
        found: list[Section] = []
        for key, *row in own:
            values_of: dict[str, Any] = dict(zip(names, row, strict=True))
            values_of |= {name: tuple(lists[name].get(key, ())) for name in LISTS}
            found.append(Section(**values_of))
        return tuple(found)

    def accesses(self, wanted: Filter = EVERYTHING, lock: str = "") -> tuple[Access, ...]:
        """Accesses; ``held`` is how *lock* is held (the map's own, if empty)."""
        lock = lock or self.meta().get("default_lock", "")
        return read_accesses(self.select, wanted, lock)

    def rules(self, wanted: Filter = EVERYTHING) -> tuple[Rule, ...]:
        """Rules of fields; with a path or a function, of those that are accessed there.

        Their counts and violations are those of the accesses there.
        """
        fields = Filter(struct=wanted.struct, field=wanted.field)
        found = read_rules(self.select, fields, self.accesses(replace(wanted, told=True)))
        if wanted.path or wanted.function:
            return tuple(rule for rule in found if rule.counts)
        return found

    def functions(self, wanted: Wanted) -> Iterator[FunctionContext]:
        """The functions that may run under a lock."""
        return read_functions(self.select, wanted)

    def faults(self, wanted: Filter = EVERYTHING) -> tuple[Fault, ...]:
        """Calls that may fault, and so take a lock that they do not name."""
        return read_faults(self.select, wanted)

    def examine(self, lock: str, checks: tuple[str, ...], most: int | None) -> tuple[Check, ...]:
        """What the map says of its own quality: see ``lockmap.map.examine``."""
        # Late: no other command asks.
        from lockmap.map.examine.doctor import examine  # noqa: PLC0415

        functions = self.meta().get("functions", "")
        total = int(functions) if functions.isascii() and functions.isdigit() else 0
        return examine(self.select, lock, total, checks, most)

    def callbacks(
        self, struct: str = "", field: str = "", function: str = "", path: str = ""
    ) -> tuple[CallbackRow, ...]:
        """The functions in members of structs."""
        return read_callbacks(self.select, struct, field, function, path)

    def states(self, wanted: Filter = EVERYTHING) -> tuple[LineState, ...]:
        """The lock state before each line."""
        condition, values = where("line_state", wanted)
        rows = self.select(
            "SELECT file, function, lock, first_line, last_line, state "
            f"FROM line_state {condition} ORDER BY rowid",
            (str, str, str, int, int, str),
            values,
        )
        result: list[LineState] = []
        for file, function, lock, first, last, state in rows:
            if not 0 <= last - first < _LONGEST_RUN:
                raise _damaged(self.path, f"line_state has a run from {first} to {last}")
            result += [
                LineState(file, function, line, lock, state) for line in range(first, last + 1)
            ]
        return tuple(result)

    def _flat(self, record: Callable[..., R], wanted: Filter) -> tuple[R, ...]:
        assert isinstance(record, type)
        table = FLAT[record]
        condition, values = where(table, wanted)
        sql = f"SELECT {_quoted(columns(record))} FROM {table} {condition} ORDER BY rowid"
        rows = self.select(sql, column_types(record), values)
        return tuple(record(*row) for row in rows)

    def _section_list(self, name: str, condition: str, values: Row) -> dict[int, list[Any]]:
        """Items of one list field by section key."""
        table, names = LISTS[name]
        kinds = tuple(int if column == "line" else str for column in names)
        rows = self.select(
            f"SELECT section, {_quoted(names)} FROM {table} "
            f"WHERE section IN (SELECT key FROM section {condition}) ORDER BY section, ordinal",
            (int, *kinds),
            values,
        )
        found: dict[int, list[Any]] = {}
        for key, *item in rows:
            found.setdefault(key, []).append(item[0] if len(item) == 1 else tuple(item))
        return found

    def select(self, sql: str, kinds: tuple[type, ...], values: Row = ()) -> list[Row]:
        """Rows of any query, each value of the type that *kinds* promises of its column."""
        stored = tuple(int if kind is bool else kind for kind in kinds)
        flags = [index for index, kind in enumerate(kinds) if kind is bool]
        rows: list[Row] = []
        try:
            for row in self.connection.execute(sql, values):
                if tuple(map(type, row)) != stored:
                    raise _damaged(self.path, "a column holds a value of another type")
                rows.append(
                    tuple(bool(v) if i in flags else v for i, v in enumerate(row)) if flags else row
                )
        except _UNREADABLE as error:
            raise _damaged(self.path, str(error)) from error
        return rows


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _check_header(path: Path) -> None:
    try:
        header = read_header(path)
    except FileNotFoundError as error:
        raise MapError(f"there is no map {path}", _RESCAN) from error
    except OSError as error:
        raise MapError(f"cannot read the map {path}: {error.strerror}", _RESCAN) from error
    if header is None or not header.is_map:
        raise MapError(f"{path} is not a map of lockmap", _RESCAN)
    if header.user_version != SCHEMA_VERSION:
        raise MapError(
            f"{path} is a map of schema version {header.user_version}; "
            f"this lockmap reads version {SCHEMA_VERSION}",
            _RESCAN,
        )
    if header.is_truncated:
        raise _damaged(path, f"it has {header.size} of {header.expected_size} bytes")


def _check_schema(path: Path, connection: sqlite3.Connection) -> None:
    """Every table and index of ours is there, word for word; others of other names may be."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise MapError(
            f"Python's SQLite is {sqlite3.sqlite_version}; a map needs 3.37 or newer",
            "use a Python built with a newer SQLite",
        )
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        found = set(connection.execute(LIST_DEFINITIONS))
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    except _UNREADABLE as error:
        raise _damaged(path, str(error)) from error
    missing = sorted(name for _, name, _ in definitions() - found)
    if missing or application_id != APPLICATION_ID:
        raise _damaged(path, f"not the tables of a map: {', '.join(missing)}")


def _damaged(path: Path, what: str) -> MapError:
    return MapError(f"the map {path} is damaged: {what}", _RESCAN)
