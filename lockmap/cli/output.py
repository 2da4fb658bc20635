"""One record type, three forms: a table for people, JSON Lines and CSV for programs.

Text of a scanned tree is hostile: whatever could steer a terminal is shown escaped, in
every form.  Colour and boxes only where a person looks: on a terminal, unless ``NO_COLOR``.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, Literal, TextIO, TypeVar

from lockmap.cli.escape import visible

R = TypeVar("R")

Format = Literal["table", "jsonl", "csv"]
FORMATS: tuple[Format, ...] = ("table", "jsonl", "csv")

STYLES = {
    "acquire": "green",
    "try": "green",
    "release": "blue",
    "downgrade": "yellow",
    "upgrade": "yellow",
    "write": "magenta",
    "read": "cyan",
    "balanced": "green",
    "leaks": "bold red",
    "unknown": "yellow",
}
"""Colour of a whole cell by its text."""


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """A column of the table form: its title and the text of its cells."""

    title: str
    cell: Callable[[R], str]


def emit(
    records: Sequence[R],
    form: Format,
    columns: Sequence[Column[R]],
    *,
    parts: dict[str, tuple[str, ...]] | None = None,
) -> None:
    """Write records to standard output.

    *parts* names the parts of list fields whose items are tuples, as
    ``{"mode_changes": ("line", "mode")}``: objects in JSON, ``12:read`` in CSV.
    """
    stream = prepared(sys.stdout)
    if form == "jsonl":
        for record in records:
            stream.write(_json(_object(record, parts or {})))
    elif form == "csv":
        _write_csv(stream, records)
    elif is_terminal(stream):
        _write_rich(records, columns)
    else:
        _write_plain(stream, records, columns)
    # A broken pipe must show here, where it is handled, not at exit.
    stream.flush()


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at it on a screen that can do more than lines."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def use_colour(stream: TextIO) -> bool:
    """Colour is for terminals, and ``NO_COLOR`` (https://no-color.org) turns it off."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def prepared(stream: TextIO) -> TextIO:
    """The stream, so that a character its encoding lacks is escaped instead of an error."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream


def _object(record: Any, parts: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """Field names and values in the order of the fields."""
    result: dict[str, Any] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name in parts:
            value = [dict(zip(parts[field.name], item, strict=True)) for item in value]
        result[field.name] = value
    return result


def _json(value: dict[str, Any]) -> str:
    # json escapes everything but DEL.
    return json.dumps(value, separators=(",", ":")).replace("\x7f", "\\u007f") + "\n"


def _write_csv(stream: TextIO, records: Sequence[Any]) -> None:
    names = [field.name for field in fields(records[0])] if records else []
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([flat_text(getattr(record, name)) for name in names] for record in records)


def flat_text(value: Any) -> str:
    """A value as one CSV cell: lists by blanks, the parts of an item by colons."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return " ".join(
            ":".join(map(flat_text, item)) if isinstance(item, tuple) else flat_text(item)
            for item in value
        )
    return visible(str(value))


def _cells(records: Iterable[R], columns: Sequence[Column[R]]) -> list[list[str]]:
    return [[visible(column.cell(record)) for column in columns] for record in records]


def _write_plain(stream: TextIO, records: Sequence[R], columns: Sequence[Column[R]]) -> None:
    """Aligned text, a line a record, two blanks between columns: for ``grep`` and ``less``."""
    rows = [[column.title for column in columns], *_cells(records, columns)]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    for row in rows:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        stream.write("  ".join(padded).rstrip() + "\n")


def _write_rich(records: Sequence[R], columns: Sequence[Column[R]]) -> None:
    # Late: rich takes longer to import than a query takes to answer.
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for index, column in enumerate(columns):
        # The place comes first and stays whole, so that it can be clicked or copied.
        table.add_column(column.title, no_wrap=index == 0, overflow="fold")
    for row in _cells(records, columns):
        # Text, not str: rich would read [brackets] of C code as markup.
        table.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
    Console(highlight=False, soft_wrap=False).print(table)
