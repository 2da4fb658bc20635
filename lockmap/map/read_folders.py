"""Reading about all functions below a path: how many a lock reaches, which are callbacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lockmap.map.filters import path_terms
from lockmap.map.rows import Row

Select = Callable[[str, tuple[type, ...], Row], list[Row]]


@dataclass(frozen=True, slots=True)
class Reached:
    """How many functions may run under a lock."""

    functions: int
    read: int
    """With the lock held for reading."""
    write: int
    distances: tuple[tuple[int, int], ...]
    """(calls from the function that takes the lock, functions that are reached by so many)."""
    must: int
    """Functions that hold it on every call that is known."""


@dataclass(frozen=True, slots=True)
class PutHere:
    """A function that is put into a member of a struct, by the keys of both."""

    member: int
    function: int
    path: int
    line: int
    """Where it is put there."""
    distance: int
    """Calls from the function that takes the lock; -1: it may not run under it."""


# The shorter of two distances, of which -1 means none.
_NEAREST = (
    "CASE WHEN {0}.read_distance < 0 THEN {0}.write_distance "
    "WHEN {0}.write_distance < 0 THEN {0}.read_distance "
    "ELSE min({0}.read_distance, {0}.write_distance) END"
)


def read_reached(select: Select, path: str, lock: str) -> Reached:
    """The functions of a file, folder or glob that may run under *lock*."""
    terms, values = path_terms("p.path", path)
    condition = f"WHERE {' AND '.join(terms)}" if terms else ""
    # CROSS JOIN: in this order, for the path is what narrows it down.
    rows = select(
        f"SELECT {_NEAREST.format('x')} AS distance, count(*), "
        "sum(x.read_distance >= 0), sum(x.write_distance >= 0), sum(x.must > 0) FROM path p "
        "CROSS JOIN function f ON f.path = p.key "
        f"CROSS JOIN context x ON x.function = f.key AND x.lock = ? {condition} "
        "GROUP BY distance ORDER BY distance",
        (int,) * 5,
        (lock, *values),
    )
    reached = [row for row in rows if row[0] > 0]
    return Reached(
        sum(row[1] for row in reached),
        sum(row[2] for row in reached),
        sum(row[3] for row in reached),
        tuple((row[0], row[1]) for row in reached),
        sum(row[4] for row in reached),
    )


def read_put_here(select: Select, path: str, lock: str) -> tuple[PutHere, ...]:
    """What is put into members in a file, folder or glob."""
    terms, values = path_terms("path", path)
    condition = f"WHERE {' AND '.join(terms)}" if terms else ""
    # No index leads from a path to what is put there: all of it is gone through.
    rows = select(
        f"SELECT c.member, c.function, c.path, c.line, coalesce((SELECT {_NEAREST.format('x')} "
        "FROM context x WHERE x.lock = ? AND x.function = c.function), -1) FROM callback c "
        f"WHERE c.path IN (SELECT key FROM path {condition})",
        (int,) * 5,
        (lock, *values),
    )
    return tuple(PutHere(*row) for row in rows)


def read_member(select: Select, member: int) -> tuple[str, str]:
    """Struct and field of a member."""
    rows = select("SELECT struct, field FROM member WHERE key = ?", (str, str), (member,))
    return rows[0] if rows else ("", "")


def read_put_place(select: Select, put: PutHere) -> tuple[str, str, str, int]:
    """File where it is put; name, file and line of the function."""
    rows = select(
        "SELECT p.path, f.name, q.path, f.line FROM path p, function f "
        "JOIN path q ON q.key = f.path WHERE p.key = ? AND f.key = ?",
        (str, str, str, int),
        (put.path, put.function),
    )
    return rows[0] if rows else ("", "", "", 0)
