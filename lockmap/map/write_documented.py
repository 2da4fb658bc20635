"""Writing documented rules, into a map that holds all else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from lockmap.documented.agreement import Agreement, worst
from lockmap.documented.model import Found
from lockmap.map.documented_records import UNDOCUMENTED, VERDICTS
from lockmap.map.rows import to_row

Judged = tuple[Found, Sequence[Agreement]]


def write_documented(connection: sqlite3.Connection, rules: Iterable[Judged]) -> None:
    """Fill the tables of ``lockmap.map.documented_schema``, and the columns of ``rule``."""
    ordered = sorted(
        rules, key=lambda j: (j[0].file, j[0].line, j[0].column, j[0].subject, j[0].kind)
    )
    fields: dict[tuple[str, str], list[tuple[Found, str]]] = {}
    for key, (found, agreements) in enumerate(ordered, start=1):
        calls = found.kind in {"function", "callback"}
        verdict = worst(agreements) if agreements else ""
        needs = (
            "" if calls else found.read.text,
            found.write.text,
            found.read.text if calls else "",
        )
        row = (key, found.kind, found.subject, *needs, found.source)
        place = (found.file, found.line, found.column, found.words, verdict)
        _insert(connection, "documented", (*row, *place))
        for a in agreements:
            _insert(
                connection,
                "agreement",
                (key, a.aspect, a.verdict, a.follow, a.broken, a.untold, a.note),
            )
            for ordinal, site in enumerate(a.sites):
                _insert(connection, "disagreement", (key, a.aspect, ordinal, *site))
        if found.kind == "field":
            struct, _, name = found.subject.rpartition(".")
            fields.setdefault((struct, name), []).append((found, verdict))
    connection.execute(
        "UPDATE rule SET agreement = ? WHERE read_rule <> 'unclear' OR write_rule <> 'unclear'",
        (UNDOCUMENTED,),
    )
    for (struct, name), said in sorted(fields.items()):
        documented = "; ".join(dict.fromkeys(_told(found) for found, _ in said))
        agreement = _worst_of([verdict for _, verdict in said])
        done = connection.execute(
            "UPDATE rule SET documented = ?, agreement = ? WHERE struct = ? AND field = ?",
            to_row((documented, agreement, struct, name)),
        )
        if not done.rowcount:
            connection.execute(
                "INSERT OR IGNORE INTO rule VALUES (?, ?, 'unclear', 'unclear', ?, ?)",
                to_row((struct, name, documented, agreement)),
            )


def _told(found: Found) -> str:
    parts = [f"{k}: {n.text}" for k, n in (("read", found.read), ("write", found.write)) if n.text]
    return ", ".join(parts)


def _worst_of(verdicts: Sequence[str]) -> str:
    return next((v for v in VERDICTS if v in verdicts), VERDICTS[-1])


def _insert(connection: sqlite3.Connection, table: str, row: tuple[object, ...]) -> None:
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} VALUES ({marks})", to_row(row))
