"""One record type, three forms: a table for people, JSON Lines and CSV for programs.

Text of a scanned tree is hostile: whatever could steer a terminal is shown escaped, in
every form.  Colour only where a person looks: on a terminal, unless ``NO_COLOR`` is set.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, Literal, TextIO, TypeVar

from lockmap.escape import visible

R = TypeVar("R")

Format = Literal["table", "jsonl", "csv"]
FORMATS: tuple[Format, ...] = ("table", "jsonl", "csv")

STYLES = {
    "acquire": "32",
    "try": "32",
    "release": "34",
    "downgrade": "33",
    "upgrade": "33",
    "write": "35",
    "read": "36",
    "balanced": "32",
    "leaks": "1;31",
    "unknown": "33",
    "readwrite": "35",
    "none": "31",
}
"""Colour of a whole cell by its text, as the parameters of SGR (ECMA-48)."""
_WIDEST = 60
"""Columns of the screen that a column is padded to at most."""


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
            stream.write(json_line(_object(record, parts or {})))
    elif form == "csv":
        _write_csv(stream, records)
    else:
        _write_table(stream, records, columns)
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


def json_line(value: dict[str, Any]) -> str:
    """An object as a line of JSON that steers no terminal."""
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


def _write_table(stream: TextIO, records: Sequence[R], columns: Sequence[Column[R]]) -> None:
    """Aligned text, a line a record, two blanks between columns: for eyes, ``grep``, ``less``.

    Done by hand: a table library takes seconds for the thousands of rows of a kernel.
    """
    colour = use_colour(stream)
    heads = [column.title for column in columns]
    rows = [[visible(column.cell(record)) for column in columns] for record in records]
    # One very long cell sticks out of its own row instead of widening all of them.
    widths = [min(max(map(len, cells)), _WIDEST) for cells in zip(heads, *rows, strict=True)]
    stream.write(_line(heads, widths, lambda _: "1" if colour else ""))
    for row in rows:
        stream.write(_line(row, widths, lambda cell: STYLES.get(cell, "") if colour else ""))


def _line(cells: Sequence[str], widths: Sequence[int], style: Callable[[str], str]) -> str:
    """One row; *style* gives the SGR parameters of a cell, empty for none."""
    line = ""
    for cell, width in zip(cells, widths, strict=True):
        code = style(cell)
        shown = f"\x1b[{code}m{cell}\x1b[0m" if code and cell else cell
        line += shown + " " * max(width - len(cell) + 2, 2)
    return line.rstrip() + "\n"
