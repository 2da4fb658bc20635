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
    "access": frozenset(
        {"file", "function", "struct", "field", "access", "phase", "cause", "violates"}
    ),
    "rule": frozenset({"struct", "field"}),
}
"""Columns of each table that a filter can name."""
_WORDS: dict[str, frozenset[str]] = {"access": frozenset({"file", "function", "struct", "field"})}
"""Columns that hold the number of a word."""


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
    struct: str = ""
    """A tag or a glob."""
    field: str = ""
    """A name or a glob."""
    access: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    """Of the lock that is asked for; see read_accesses."""
    phase: tuple[str, ...] = ()
    told: bool | None = None
    """Whether the struct is known."""
    follows: bool | None = None
    """Whether it breaks no rule."""


EVERYTHING = Filter()


def where(table: str, wanted: Filter) -> tuple[str, tuple[Any, ...]]:
    """A WHERE clause (or nothing) for ``table``, and its parameters.

    A condition on something that the table does not have is a defect: ``ValueError``.
    """
    have = _COLUMNS[table]
    terms: list[str] = []
    values: list[Any] = []

    def add(column: str, term: str, *parameters: Any) -> None:
        """*term* with ``{}`` for the column."""
        if column not in have:
            raise ValueError(f"{table} cannot be filtered by {column}")
        if column in _WORDS.get(table, ()):
            found = f"SELECT key FROM word WHERE {term.format('text')}"
            terms.append(f"({column} IN ({found}))")
        else:
            terms.append(f"({term.format(column)})")
        values.extend(parameters)

    path = _clean(wanted.path)
    column = "path" if "path" in have else "file"
    if path and _is_glob(path):
        add(column, "{0} GLOB ?", path)
    elif path:
        # '0' is the character after '/': a range that the index answers.
        add(
            column,
            "{0} = ? OR ({0} >= ? AND {0} < ?)",
            path,
            f"{path}/",
            f"{path}0",
        )
    for name in ("function", "struct", "field", "lock"):
        text = getattr(wanted, name)
        if text:
            add(name, "{} GLOB ?" if name != "lock" and _is_glob(text) else "{} = ?", text)
    for name in ("op", "mode", "paths", "kind", "access", "phase"):
        choices = getattr(wanted, name)
        if choices:
            add(name, f"{{}} IN ({', '.join('?' * len(choices))})", *choices)
    for name in ("direct", "definition"):
        flag = getattr(wanted, name)
        if flag is not None:
            add(name, "{} = ?", int(flag))
    for name, empty in (("cause", wanted.told), ("violates", wanted.follows)):
        if empty is not None:
            add(name, "{} = ''" if empty else "{} <> ''")
    return (f"WHERE {' AND '.join(terms)}" if terms else "", tuple(values))


def _is_glob(text: str) -> bool:
    return not _GLOB.isdisjoint(text)


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
