"""Writing the tables about functions."""

from __future__ import annotations

import sqlite3

from lockmap.map.context_records import Contexts
from lockmap.map.insert import insert
from lockmap.map.rows import storable
from lockmap.map.write_examined import write_examined


def write_contexts(connection: sqlite3.Connection, contexts: Contexts) -> None:
    """Fill the tables of ``lockmap.map.context_schema``."""
    insert(connection, "path", 2, ((n, storable(path)) for n, path in enumerate(contexts.files)))
    insert(connection, "how", 2, ((n, storable(how)) for n, how in enumerate(contexts.hows)))
    functions = ((*row[:4], storable(row[4])) for row in contexts.functions)
    insert(connection, "function", 5, functions)
    for lock, rows in sorted(contexts.contexts.items()):
        insert(connection, "context", 13, ((lock, *row) for row in rows))
    members = ((n, storable(s), storable(f)) for n, (s, f) in enumerate(contexts.members))
    insert(connection, "member", 3, members)
    insert(connection, "callback", 4, contexts.callbacks)
    insert(connection, "wait", 3, contexts.waits)
    write_examined(connection, contexts.examined)
