"""Calls that may fault, and so take a lock that they do not name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lockmap.map.filters import Filter, glob_or_same, path_terms
from lockmap.map.rows import Row

Select = Callable[[str, tuple[type, ...], Row], list[Row]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One such call."""

    file: str
    line: int
    function: str
    """Who makes it."""
    lock: str
    mode: str
    """How the lock is taken then: ``read``."""
    callee: str
    """What accesses user memory."""
    quiet: bool
    """Whether faults are turned off there, so that it fails instead of taking the lock."""


def read_faults(select: Select, wanted: Filter) -> tuple[Fault, ...]:
    """Such calls, in the order of file and line."""
    terms, found = path_terms("p.path", wanted.path)
    values: list[object] = [*found]
    if wanted.function:
        terms.append(glob_or_same("f.name", wanted.function))
        values.append(wanted.function)
    if wanted.lock:
        terms.append("a.lock = ?")
        values.append(wanted.lock)
    condition = f"WHERE {' AND '.join(terms)} " if terms else ""
    # The order of the tables is the cheap one: by path or name, then what these functions call.
    rows = select(
        "SELECT p.path, a.line, f.name, a.lock, a.mode, a.callee, a.quiet FROM function AS f "
        "CROSS JOIN path AS p ON p.key = f.path CROSS JOIN fault AS a ON a.function = f.key "
        f"{condition}ORDER BY p.path, a.line, f.key, a.rowid",
        (str, int, str, str, str, str, bool),
        tuple(values),
    )
    return tuple(Fault(*row) for row in rows)


def read_faults_by(select: Select, lock: str) -> list[tuple[int, int, str, str]]:
    """(function, line, callee, mode) of all such calls that are not quiet."""
    return select(
        "SELECT function, line, callee, mode FROM fault WHERE lock = ? AND NOT quiet "
        "ORDER BY function, line, callee",
        (int, int, str, str),
        (lock,),
    )
