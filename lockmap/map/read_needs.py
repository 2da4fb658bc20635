"""What functions need of a lock of their caller because they call others that do."""

from __future__ import annotations

from collections.abc import Callable

from lockmap.map.filters import Filter, glob_or_same, path_terms
from lockmap.map.records import Contract
from lockmap.map.rows import Row

Select = Callable[[str, tuple[type, ...], Row], list[Row]]


def read_needs(select: Select, wanted: Filter) -> list[Contract]:
    """``needs mmap_lock held for the call of zap_all on line 12``, as contracts."""
    terms, found = path_terms("p.path", wanted.path)
    values: list[object] = [*found]
    for column, text in (("f.name", wanted.function), ("n.lock", wanted.lock)):
        if text:
            terms.append(glob_or_same(column, text) if column == "f.name" else f"{column} = ?")
            values.append(text)
    condition = f"WHERE {' AND '.join(terms)} " if terms else ""
    rows = select(
        "SELECT p.path, f.line, f.name, n.lock, g.name, n.line FROM need AS n "
        "JOIN function AS f ON f.key = n.function JOIN path AS p ON p.key = f.path "
        f"JOIN function AS g ON g.key = n.callee {condition}ORDER BY p.path, f.line, n.lock",
        (str, int, str, str, str, int),
        tuple(values),
    )
    return [
        Contract(file, line, name, lock, f"needs {lock} held for the call of {callee} on line {at}")
        for file, line, name, lock, callee, at in rows
    ]
