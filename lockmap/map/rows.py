"""How records lie in tables: columns in the order of the fields, runs of equal line states.

Records with list fields (``Section``) keep the lists in tables of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from operator import attrgetter
from typing import Any

from lockmap.map.records import (
    Contract,
    Diagnostic,
    FileRow,
    LineState,
    Section,
    Site,
    Span,
)

Row = tuple[Any, ...]
Run = tuple[str, str, str, int, int, str]
"""file, function, lock, first line, last line, state."""

FLAT: dict[type, str] = {
    Site: "site",
    Contract: "contract",
    Span: "span",
    Diagnostic: "diagnostic",
    FileRow: "file",
}
"""Records that are one row each, and their table."""

LISTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "release_lines": ("section_release", ("line",)),
    "mode_changes": ("section_mode_change", ("line", "mode")),
    "cost": ("section_cost", ("kind",)),
    "witness": ("section_witness", ("line",)),
}
"""List fields of ``Section``: their table and its columns."""


def columns(record: type) -> tuple[str, ...]:
    """Names of the columns of a record's own table, in order."""
    return tuple(field.name for field in fields(record) if field.name not in LISTS)


def column_types(record: type) -> tuple[type, ...]:
    """What each column holds; ``bool`` is stored as 0 and 1."""
    # Annotations are strings here; a Literal of words is a str.
    by_name = {"int": int, "bool": bool}
    return tuple(by_name.get(str(f.type), str) for f in fields(record) if f.name not in LISTS)


def storable(text: str) -> str:
    r"""Text that SQLite takes: a byte of a path that was not UTF-8 becomes ``\udcXX``."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def to_row(values: Iterable[Any]) -> Row:
    """Column values as SQLite takes them."""
    return tuple(storable(v) if isinstance(v, str) else v for v in values)


def flat_rows(record: type, records: Iterable[Any]) -> list[Row]:
    """Rows of a flat record by file and line, so that equal data gives equal bytes."""
    names = columns(record)
    take = attrgetter(*names)
    line = names.index("line") if "line" in names else 0
    # Column 0 is the file in every record.
    return sorted(
        (to_row(take(item)) for item in records), key=lambda row: (row[0], row[line], row)
    )


def section_rows(sections: Iterable[Section]) -> tuple[list[Row], dict[str, list[Row]]]:
    """Rows of ``section`` (key first) and of each table of its lists, sorted."""
    take = attrgetter(*columns(Section))
    order = attrgetter("file", "acquire_line", *(field.name for field in fields(Section)))
    own: list[Row] = []
    lists: dict[str, list[Row]] = {table: [] for table, _ in LISTS.values()}
    for key, section in enumerate(sorted(sections, key=order), start=1):
        own.append((key, *to_row(take(section))))
        for name, (table, _) in LISTS.items():
            for ordinal, item in enumerate(getattr(section, name)):
                values = item if isinstance(item, tuple) else (item,)
                lists[table].append((key, ordinal, *to_row(values)))
    return own, lists


def runs(states: Iterable[LineState]) -> Iterator[Row]:
    """Line states as runs of adjacent lines in the same state, sorted by file and function."""
    take = attrgetter("file", "function", "lock", "line", "state")
    open_run: Run | None = None
    for file, function, lock, line, state in sorted(map(take, states)):
        if open_run is not None:
            first = open_run[3]
            if open_run == (file, function, lock, first, line - 1, state):
                open_run = (file, function, lock, first, line, state)
                continue
            yield to_row(open_run)
        open_run = (file, function, lock, line, line, state)
    if open_run is not None:
        yield to_row(open_run)
