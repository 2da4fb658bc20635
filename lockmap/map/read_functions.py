"""Reading about single functions: where they stand, which members hold them, names like theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lockmap.map.filters import glob_or_same, path_terms
from lockmap.map.rows import Row

Select = Callable[[str, tuple[type, ...], Row], list[Row]]
"""Runs SQL and checks the type of each column."""
_MOST_NAMES = 2000
"""Names that are looked at for likeness."""
_SHORTEST_PREFIX = 2


@dataclass(frozen=True, slots=True)
class FunctionPlace:
    """A function or function-like macro that the map tells something of."""

    file: str
    line: int
    end_line: int
    function: str
    key: int | None
    """What the tables about functions call it; means nothing outside this map."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A member of a struct that a function is put in, and who else is."""

    struct: str
    field: str
    places: tuple[tuple[str, int], ...]
    """Files and lines where the function is put there, in order."""
    functions: int
    """Functions in this member."""
    reached: int
    """Of these, the ones that may run under the lock."""


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """That a function is entered from outside, as what, and where that is said."""

    kind: str
    under: str
    """``never``: nobody enters it with a lock of its caller held; ``may``."""
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The nearest call, under a lock, of a function that waits for that lock."""

    mode: str
    """How the caller holds it: ``read``, ``write``."""
    file: str
    line: int
    caller: str
    how: str
    """As in a step of a way."""


def read_places(select: Select, name: str, path: str = "") -> tuple[FunctionPlace, ...]:
    """The functions of a name (or a glob), in the order of file and line."""
    terms, values = path_terms("p.path", path)
    condition = " AND ".join([glob_or_same("f.name", name), *terms])
    known = select(
        "SELECT p.path, f.line, f.name, f.end_line, f.key FROM function f "
        f"JOIN path p ON p.key = f.path WHERE {condition}",
        (str, int, str, int, int),
        (name, *values),
    )
    terms, values = path_terms("file", path)
    # Those of interest that nothing reaches and no member holds.
    others = select(
        "SELECT file, line, function, end_line FROM span "
        f"WHERE {' AND '.join([glob_or_same('function', name), *terms])}",
        (str, int, str, int),
        (name, *values),
    )
    places: dict[Row, Row] = {row[:3]: (row[3], None) for row in others}
    places |= {row[:3]: row[3:] for row in known}
    return tuple(
        FunctionPlace(file, line, end, function, key)
        for (file, line, function), (end, key) in sorted(places.items())
    )


def read_wait_lines(select: Select, function: int, lock: str) -> tuple[int, ...]:
    """The lines where a function takes *lock*, waiting, so that whoever enters may not hold it."""
    sql = "SELECT line FROM wait WHERE lock = ? AND function = ? ORDER BY line"
    return tuple(line for (line,) in select(sql, (int,), (lock, function)))


def read_entry_points(select: Select, function: int) -> tuple[EntryPoint, ...]:
    """As what a function is entered from outside: once a kind."""
    rows = select(
        "SELECT k.kind, k.under, p.path, min(e.line) FROM entry_point e "
        "JOIN entry_kind k ON k.key = e.kind JOIN path p ON p.key = e.path "
        "WHERE e.function = ? GROUP BY k.key ORDER BY k.key",
        (str, str, str, int),
        (function,),
    )
    return tuple(EntryPoint(*row) for row in rows)


def read_refused(select: Select, function: int, lock: str) -> tuple[Refused, ...]:
    """The calls under *lock* of a function that waits for it."""
    rows = select(
        "SELECT r.mode, p.path, r.line, g.name, h.text FROM refused r "
        "JOIN function g ON g.key = r.caller JOIN path p ON p.key = g.path "
        "JOIN how h ON h.key = r.how WHERE r.lock = ? AND r.function = ? ORDER BY r.distance",
        (str, str, int, str, str),
        (lock, function),
    )
    return tuple(Refused(*row) for row in rows)


def read_memberships(select: Select, function: int, lock: str) -> tuple[Membership, ...]:
    """The members that a function is put in."""
    places: dict[tuple[str, str, int], list[tuple[str, int]]] = {}
    for struct, field, member, file, line in select(
        "SELECT m.struct, m.field, m.key, p.path, c.line FROM callback c "
        "JOIN member m ON m.key = c.member JOIN path p ON p.key = c.path "
        "WHERE c.function = ? ORDER BY m.struct, m.field, p.path, c.line",
        (str, str, int, str, int),
        (function,),
    ):
        places.setdefault((struct, field, member), []).append((file, line))
    counts = read_member_counts(select, (member for *_, member in places), lock)
    return tuple(
        Membership(struct, field, tuple(found), *counts[member])
        for (struct, field, member), found in places.items()
    )


def read_member_counts(
    select: Select, members: Iterable[int], lock: str
) -> dict[int, tuple[int, int]]:
    """By member: functions in it, and how many of them may run under *lock*."""
    found = {}
    for member in members:
        ((functions, reached),) = select(
            "SELECT count(*), coalesce(sum(x.read_distance >= 0 OR x.write_distance >= 0), 0) "
            "FROM (SELECT DISTINCT function FROM callback WHERE member = ?) c "
            "LEFT JOIN context x ON x.function = c.function AND x.lock = ?",
            (int, int),
            (member, lock),
        )
        found[member] = (functions, reached)
    return found


def read_names_like(select: Select, name: str) -> list[str]:
    """Names of functions that begin as *name* does: the longest beginning that gives some."""
    found: dict[str, None] = {}
    for length in range(len(name), _SHORTEST_PREFIX - 1, -1):
        prefix = name[:length]
        # Names are ASCII: nothing that begins so comes after this.
        end = f"{prefix}\x7f"
        for table, column in (("function", "name"), ("span", "function")):
            rows = select(
                f"SELECT DISTINCT {column} FROM {table} WHERE {column} >= ? AND {column} < ? "
                "LIMIT ?",
                (str,),
                (prefix, end, _MOST_NAMES),
            )
            found |= dict.fromkeys(row[0] for row in rows)
        if len(found) >= _MOST_NAMES:
            break
    return list(found)


def read_names_with(select: Select, part: str) -> list[str]:
    """Names of functions that *part* is in, many at most."""
    sql = "SELECT DISTINCT name FROM function WHERE instr(name, ?) > 0 LIMIT ?"
    return [name for (name,) in select(sql, (str,), (part, _MOST_NAMES))]
