"""Rows into a table, many with each statement: for tables of hundreds of thousands."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import chain, islice

_TOGETHER = 32


def insert(
    connection: sqlite3.Connection, table: str, width: int, rows: Iterable[tuple[object, ...]]
) -> None:
    """Add *rows* of *width* values to *table*, in order."""
    marks = f"({', '.join('?' * width)})"
    some = f"INSERT INTO {table} VALUES {', '.join([marks] * _TOGETHER)}"
    rows, left = iter(rows), list[tuple[object, ...]]()
    connection.executemany(some, _flat(rows, left))
    connection.executemany(f"INSERT INTO {table} VALUES {marks}", left)


def _flat(
    rows: Iterator[tuple[object, ...]], left: list[tuple[object, ...]]
) -> Iterator[tuple[object, ...]]:
    """The values of as many of *rows* as go together; *left* gets the last few."""
    while True:
        some = list(islice(rows, _TOGETHER))
        if len(some) < _TOGETHER:
            left += some
            return
        yield tuple(chain.from_iterable(some))
