"""The tables of callbacks in documents that are older than their markup.

Until Linux 5.3 ``Documentation/filesystems/Locking`` was plain text: a heading between dashes, a
line with the names of locks, and a line for each callback, with tabs between the columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lockmap.documented.cells import Cells
from lockmap.documented.model import Found

_HEADING = re.compile(r"^-{3,}\s*(\w+)\s*-{3,}\s*$")
_ROW = re.compile(r"^(\w+):?\s+(\S.*)$")
_CELL = re.compile(r"\S+(?: \S+)*")


def plain_tables(file: str, text: str, cells: Cells) -> Iterator[Found]:
    """The rules about callbacks in such a document."""
    struct = ""
    columns: list[tuple[int, tuple[str, ...]]] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.expandtabs(8).rstrip()
        heading = _HEADING.match(line)
        if heading:
            struct, columns = heading[1], []
            continue
        if raw.startswith(("\t\t", "ops\t", "ops ")) and struct:
            columns = [
                (match.start(), column.locks)
                for match in _CELL.finditer(line)
                if (column := cells.columns([match[0]])[0]).kind == "state"
            ]
            continue
        row = _ROW.match(line)
        if not columns or row is None:
            columns = columns if line.strip() and not columns else columns if row else []
            continue
        said = {match.start(): match[0] for match in _CELL.finditer(line, row.start(2))}
        for at, locks in columns:
            near = [start for start in said if abs(start - at) < 8]
            needs = cells.held(said[near[0]], locks) if near else None
            if needs is not None and needs.cases:
                words = f"{row[1]}: {' | '.join(locks)}: {said[near[0]]}"
                yield Found(
                    *("callback", f"{struct}.{row[1]}", "table", file, number, 1, words), read=needs
                )
