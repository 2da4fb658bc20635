"""Writing the tables about functions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from lockmap.map.context_records import Contexts, Reached
from lockmap.map.rows import storable
from lockmap.map.write_examined import write_examined

Row = tuple[object, ...]


def write_contexts(connection: sqlite3.Connection, contexts: Contexts) -> None:
    """Fill the tables of ``lockmap.map.context_schema``."""

    def insert(table: str, width: int, rows: Iterable[Row]) -> None:
        marks = ", ".join("?" * width)
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)

    insert("path", 2, ((n, storable(path)) for n, path in enumerate(contexts.files)))
    insert("how", 2, ((n, storable(how)) for n, how in enumerate(contexts.hows)))
    insert("function", 5, ((*row[:4], storable(row[4])) for row in contexts.functions))
    for lock, rows in sorted(contexts.contexts.items()):
        insert("context", 13, _flat(lock, rows))
    insert(
        "member",
        3,
        ((n, storable(s), storable(f)) for n, (s, f) in enumerate(contexts.members)),
    )
    insert("callback", 4, contexts.callbacks)
    insert("wait", 3, contexts.waits)
    write_examined(connection, contexts.examined)


def _flat(lock: str, rows: Iterable[tuple[int, int, Reached, Reached]]) -> Iterator[Row]:
    return ((lock, function, must, *read, *write) for function, must, read, write in rows)
