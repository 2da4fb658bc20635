"""What a listing is narrowed to, as parametrised SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_GLOB = frozenset("*?[")

_COLUMNS: dict[str, frozenset[str]] = {
    "site": frozenset({"file", "function", "lock", "op", "mode", "direct", "definition"}),
    "section": frozenset({"file", "function", "lock", "mode", "paths"}),
    "contract": frozenset({"file", "function", "lock"}),
    "span": frozenset({"file", "function"}),
    "line_state": frozenset({"file", "function", "lock"}),
    "diagnostic": frozenset({"file", "function", "kind"}),
    "file": frozenset({"path"}),
}
"""Columns of each table that a filter can name."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that must all hold; an empty one always does."""

    path: str = ""
    """A file, a folder (``arch/x86``), or a glob whose ``*`` also crosses ``/``."""
    function: str = ""
    """A name or a glob."""
    lock: str = ""
    op: tuple[str, ...] = ()
    mode: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    direct: bool | None = None
    definition: bool | None = None


EVERYTHING = Filter()


def where(table: str, wanted: Filter) -> tuple[str, tuple[Any, ...]]:
    """A WHERE clause (or nothing) for ``table``, and its parameters.

    A condition on something that the table does not have is a defect: ``ValueError``.
    """
    have = _COLUMNS[table]
    terms: list[str] = []
    values: list[Any] = []

    def add(column: str, term: str, *parameters: Any) -> None:
        if column not in have:
            raise ValueError(f"{table} cannot be filtered by {column}")
        terms.append(f"({term})")
        values.extend(parameters)

    path = _clean(wanted.path)
    column = "path" if "path" in have else "file"
    if path and _GLOB.intersection(path):
        add(column, f"{column} GLOB ?", path)
    elif path:
        # '0' is the character after '/': a range that the index answers.
        add(
            column,
            f"{column} = ? OR ({column} >= ? AND {column} < ?)",
            path,
            f"{path}/",
            f"{path}0",
        )
    if wanted.function:
        same = "GLOB" if _GLOB.intersection(wanted.function) else "="
        add("function", f"function {same} ?", wanted.function)
    if wanted.lock:
        add("lock", "lock = ?", wanted.lock)
    for name in ("op", "mode", "paths", "kind"):
        choices = getattr(wanted, name)
        if choices:
            add(name, f"{name} IN ({', '.join('?' * len(choices))})", *choices)
    for name in ("direct", "definition"):
        flag = getattr(wanted, name)
        if flag is not None:
            add(name, f"{name} = ?", int(flag))
    return (f"WHERE {' AND '.join(terms)}" if terms else "", tuple(values))


def path_terms(column: str, path: str) -> tuple[list[str], list[str]]:
    """Terms for a file, a folder or a glob in a column of any table, and their parameters."""
    path = _clean(path)
    if not path:
        return [], []
    if _GLOB.intersection(path):
        return [f"{column} GLOB ?"], [path]
    return [f"({column} = ? OR ({column} >= ? AND {column} < ?))"], [path, f"{path}/", f"{path}0"]


def glob_or_same(column: str, text: str) -> str:
    """The term for a name or a glob."""
    return f"{column} {'GLOB' if _GLOB.intersection(text) else '='} ?"


def _clean(path: str) -> str:
    """``./mm/`` and ``mm`` are the same folder; ``.`` is the whole tree."""
    while path.startswith("./"):
        path = path[2:]
    path = path.rstrip("/")
    return "" if path == "." else path
