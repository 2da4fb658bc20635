"""Write a map: whole or not at all, and the same bytes for the same data."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from lockmap.errors import MapError
from lockmap.map.access_rows import ACCESS_COLUMNS, RULE_COLUMNS, access_rows, rule_rows
from lockmap.map.context_records import NO_CONTEXTS, Contexts
from lockmap.map.header import read_header
from lockmap.map.records import MapData, Section
from lockmap.map.rows import FLAT, LISTS, Row, columns, flat_rows, runs, section_rows, to_row
from lockmap.map.schema import OLDEST_SQLITE, create
from lockmap.map.write_contexts import write_contexts

# A fixed page size keeps the bytes the same whatever SQLite's default is.
_PRAGMAS = ("page_size = 4096", "journal_mode = OFF", "synchronous = OFF", "encoding = 'UTF-8'")
_RUN_COLUMNS = ("file", "function", "lock", "first_line", "last_line", "state")


Begin = Callable[[Path], MapData]
"""Begins a map at a path with ``begin_map``; gives what else it holds."""
Finish = Callable[[sqlite3.Connection], None]
"""Adds to a map what is told by all else that it holds."""


def write_map(
    path: Path,
    data: MapData | Begin,
    contexts: Contexts = NO_CONTEXTS,
    finish: Finish | None = None,
) -> None:
    """Replace the map at ``path`` by one that holds the data given; missing folders are made.

    Where *data* is a function it is called with the place of a map to be begun there.

    The new map is written beside the old one, forced to disk, then renamed over it: a
    reader sees the old map or the new one, and of two writers the last one wins whole.
    Raises ``MapError`` (full disk, read-only folder, a file there that is no map); then,
    and on Ctrl-C, the old map stays and nothing is left beside it.
    """
    target = _target(path)
    temporary = target.with_name(f".{target.name}.{os.urandom(6).hex()}.tmp")
    try:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            # O_EXCL and the umask of the user, which sqlite3 would not give.
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
            if callable(data):
                data = data(temporary)
            else:
                begin_map(temporary, contexts)
            _fill(temporary, data, finish)
            _sync(temporary)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise MapError(
            f"cannot write the map {path}: {_reason(error)}",
            "free some space or choose another place with --map FILE or $LOCKMAP_HOME",
        ) from error


def begin_map(path: Path, contexts: Contexts) -> None:
    """Make the tables of a map in the empty file at *path*, and fill those about functions."""
    with _opened(path) as connection:
        create(connection)
        connection.execute("BEGIN")
        write_contexts(connection, contexts)
        connection.execute("COMMIT")


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    # Never made anew: a file that was taken away in the meantime stays away.
    uri = f"file:{quote(os.fsencode(path))}?mode=rw"
    connection = sqlite3.connect(uri, isolation_level=None, uri=True)
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        yield connection
    finally:
        connection.close()


def check_target(path: Path) -> None:
    """Fail early, before a scan, where ``write_map`` would refuse or could not write.

    Raises ``MapError``.
    """
    folder = _target(path).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MapError(f"cannot make the folder {folder}: {_reason(error)}", _ELSEWHERE) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise MapError(f"cannot write into {folder}", _ELSEWHERE)


_ELSEWHERE = "choose another place with --map FILE or $LOCKMAP_HOME"


def _target(path: Path) -> Path:
    """Where to write; links are followed.  Refuses to replace what lockmap did not write."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise MapError(
            f"Python's SQLite is {sqlite3.sqlite_version}; a map needs 3.37 or newer",
            "use a Python built with a newer SQLite",
        )
    target = Path(os.path.realpath(path))
    try:
        if target.is_dir():
            raise MapError(f"{path} is a folder, not a map", _ELSEWHERE)
        if not target.exists() or (target.is_file() and target.stat().st_size == 0):
            return target
        header = read_header(target)
    except OSError as error:
        raise MapError(f"cannot read {path}: {_reason(error)}", _ELSEWHERE) from error
    if header is None or not header.is_map:
        raise MapError(
            f"{path} is not a map of lockmap: it is left alone",
            "remove it, or choose another place with --map FILE",
        )
    return target


def _fill(path: Path, data: MapData, finish: Finish | None) -> None:
    with _opened(path) as connection:
        connection.execute("BEGIN")
        meta = [to_row(item) for item in sorted(data.meta.items())]
        # Two keys can become one when surrogates are written out.
        connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta)
        for record, items in zip(
            FLAT,
            (data.sites, data.contracts, data.spans, data.diagnostics, data.files),
            strict=True,
        ):
            _insert(connection, FLAT[record], columns(record), flat_rows(record, items))
        own, lists = section_rows(data.sections)
        _insert(connection, "section", ("key", *columns(Section)), own)
        for table, names in LISTS.values():
            _insert(connection, table, ("section", "ordinal", *names), lists[table])
        _insert(connection, "line_state", _RUN_COLUMNS, list(runs(data.states)))
        words, locksets, accesses = access_rows(data.accesses)
        _insert(connection, "word", ("key", "text"), words)
        _insert(connection, "lockset", ("lockset", "ordinal", "lock", "held"), locksets)
        _insert(connection, "access", ACCESS_COLUMNS, accesses)
        for table, rows in rule_rows(data.rules).items():
            _insert(connection, table, RULE_COLUMNS[table], rows)
        if finish is not None:
            finish(connection)
        connection.execute("COMMIT")


def _insert(
    connection: sqlite3.Connection, table: str, names: tuple[str, ...], rows: list[Row]
) -> None:
    quoted = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    connection.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({marks})", rows)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: Exception) -> str:
    """``No space left on device`` rather than ``[Errno 28] No space left on device: '...'``."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)
