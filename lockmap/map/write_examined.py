"""Writing the tables by which a map examines itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from lockmap.map.examined_records import Examined
from lockmap.map.insert import insert as insert_rows
from lockmap.map.rows import to_row


def write_examined(connection: sqlite3.Connection, found: Examined) -> None:
    """Fill the tables of ``lockmap.map.examined_schema``."""

    def insert(table: str, width: int, rows: Iterable[tuple[object, ...]]) -> None:
        insert_rows(connection, table, width, map(to_row, rows))

    insert("entry_kind", 3, ((n, *row) for n, row in enumerate(found.entry_kinds)))
    insert("entry_point", 4, found.entry_points)
    insert("reach", 6, found.reach)
    insert("reach_edge", 5, found.reach_edges)
    insert("call_gap", 3, found.call_gaps)
    insert("refused", 7, found.refused)
    insert("asserted", 5, found.asserted)
    insert("bare", 5, found.bare)
    insert("need", 4, found.needs)
    insert("fault", 6, found.faults)
