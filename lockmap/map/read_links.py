"""Reading what connects functions, members, fields and locks, for many of them at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from lockmap.map.context_records import MUSTS, Must
from lockmap.map.read_functions import FunctionPlace
from lockmap.map.read_ways import Mode
from lockmap.map.rows import Row

Select = Callable[[str, tuple[type, ...], Row], list[Row]]
_AT_ONCE = 10_000
"""Parameters of one query: SQLite takes 32,766."""


@dataclass(frozen=True, slots=True)
class ContextLink:
    """How a function is reached with a lock held in one mode, by the likeliest way."""

    function: int
    """A key, like ``caller``."""
    must: Must
    mode: Mode
    distance: int
    caller: int
    line: int
    how: str


@dataclass(frozen=True, slots=True)
class PutLink:
    """A function that is put into a member."""

    struct: str
    field: str
    function: int
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class AccessLink:
    """Accesses of one field by one function that are alike."""

    file: str
    function: str
    struct: str
    field: str
    access: str
    phase: str
    lockset: int
    violates: str
    line: int
    """Of the first of them."""
    count: int


def read_by_keys(select: Select, keys: Collection[int]) -> dict[int, FunctionPlace]:
    """Functions by their keys."""
    found = {}
    for chunk in _chunks(keys):
        for key, file, line, end, name in select(
            "SELECT f.key, p.path, f.line, f.end_line, f.name FROM function f "
            f"JOIN path p ON p.key = f.path WHERE f.key IN ({_marks(chunk)})",
            (int, str, int, int, str),
            chunk,
        ):
            found[key] = FunctionPlace(file, line, end, name, key)
    return found


def read_by_names(select: Select, names: Collection[str]) -> dict[str, list[FunctionPlace]]:
    """Functions by name, also those that no lock reaches, in the order of file and line."""
    found: dict[str, dict[tuple[str, int], FunctionPlace]] = {}
    for chunk in _chunks(names):
        for file, line, end, name in select(
            f"SELECT file, line, end_line, function FROM span WHERE function IN ({_marks(chunk)})",
            (str, int, int, str),
            chunk,
        ):
            found.setdefault(name, {})[file, line] = FunctionPlace(file, line, end, name, None)
        for key, file, line, end, name in select(
            "SELECT f.key, p.path, f.line, f.end_line, f.name FROM function f "
            f"JOIN path p ON p.key = f.path WHERE f.name IN ({_marks(chunk)})",
            (int, str, int, int, str),
            chunk,
        ):
            found.setdefault(name, {})[file, line] = FunctionPlace(file, line, end, name, key)
    return {name: [places[at] for at in sorted(places)] for name, places in found.items()}


def read_contexts_of(select: Select, lock: str, functions: Collection[int]) -> list[ContextLink]:
    """How each of *functions* is reached under *lock*."""
    return _contexts(select, lock, "x.function IN ({})", functions)


def read_contexts_from(select: Select, lock: str, callers: Collection[int]) -> list[ContextLink]:
    """What *callers* reach under *lock*: all contexts of it are gone through."""
    links = _contexts(select, lock, "(x.read_from IN ({0}) OR x.write_from IN ({0}))", callers)
    return [link for link in links if link.caller in callers]


def read_contexts_through(select: Select, lock: str, member: str) -> list[ContextLink]:
    """What is reached under *lock* through a member (``STRUCT.FIELD``)."""
    how = f"callback {member}"
    sql = "SELECT key FROM how WHERE text = ?"
    keys = [key for (key,) in select(sql, (int,), (how,))]
    links = _contexts(select, lock, "(x.read_how IN ({0}) OR x.write_how IN ({0}))", keys)
    return [link for link in links if link.how == how]


def read_near(select: Select, lock: str, distance: int) -> tuple[set[int], int]:
    """Functions up to so many calls from where *lock* is taken, their callers; how many are not."""
    keys: set[int] = set()
    for function, read, read_from, write, write_from in select(
        "SELECT function, read_distance, read_from, write_distance, write_from FROM context "
        "WHERE lock = ? AND (read_distance BETWEEN 1 AND ? OR write_distance BETWEEN 1 AND ?)",
        (int,) * 5,
        (lock, distance, distance),
    ):
        keys.add(function)
        keys |= {c for d, c in ((read, read_from), (write, write_from)) if 1 <= d <= distance}
    sql = (
        "SELECT count(*) FROM context WHERE lock = ? AND "
        "(read_distance > ? OR read_distance < 1) AND (write_distance > ? OR write_distance < 1)"
    )
    ((further,),) = select(sql, (int,), (lock, distance, distance))
    return keys, further


def read_waits(select: Select, lock: str) -> list[tuple[int, int]]:
    """Functions that wait for *lock* themselves, and the line where."""
    rows = select("SELECT function, line FROM wait WHERE lock = ?", (int, int), (lock,))
    return [(function, line) for function, line in rows]


def read_puts_of(select: Select, functions: Collection[int]) -> list[PutLink]:
    """The members that *functions* are put in."""
    return _puts(select, "c.function IN ({})", functions)


def read_puts_in(select: Select, struct: str, field: str) -> list[PutLink]:
    """The functions that are put in a member."""
    sql = "SELECT key FROM member WHERE struct = ? AND field = ?"
    keys = [key for (key,) in select(sql, (int,), (struct, field))]
    return _puts(select, "c.member IN ({})", keys)


def read_accesses_by(select: Select, names: Collection[str]) -> list[AccessLink]:
    """The accesses that functions of these names make."""
    condition = "a.function IN (SELECT key FROM word WHERE text IN ({})) AND a.cause = ''"
    return _accesses(select, condition, names)


def read_accesses_of(select: Select, struct: str, field: str) -> list[AccessLink]:
    """The accesses of a field."""
    condition = (
        "a.struct IN (SELECT key FROM word WHERE text = ?) "
        "AND a.field IN (SELECT key FROM word WHERE text = ?) AND a.cause = ''"
    )
    return _accesses(select, condition, (struct, field))


def read_held(select: Select, lock: str) -> dict[int, str]:
    """By lockset: how *lock* is held."""
    sql = "SELECT lockset, held FROM lockset WHERE lock = ?"
    return dict(select(sql, (int, str), (lock,)))


def _contexts(
    select: Select, lock: str, condition: str, keys: Collection[int]
) -> list[ContextLink]:
    found: list[ContextLink] = []
    for chunk in _chunks(keys):
        times = condition.count("{0}") or 1
        rows = select(
            "SELECT x.function, x.must, x.read_distance, x.read_from, x.read_line, "
            "coalesce(r.text, ''), x.write_distance, x.write_from, x.write_line, "
            "coalesce(w.text, '') FROM context x LEFT JOIN how r ON r.key = x.read_how "
            "LEFT JOIN how w ON w.key = x.write_how "
            f"WHERE x.lock = ? AND {condition.format(_marks(chunk))}",
            (int, int, int, int, int, str, int, int, int, str),
            (lock, *chunk * times),
        )
        for function, must, *reached in rows:
            by_mode: tuple[tuple[Mode, Row], ...] = (
                ("read", tuple(reached[:4])),
                ("write", tuple(reached[4:])),
            )
            for mode, (distance, caller, line, how) in by_mode:
                if distance >= 1:
                    word = MUSTS[must % len(MUSTS)]
                    found.append(ContextLink(function, word, mode, distance, caller, line, how))
    return found


def _puts(select: Select, condition: str, keys: Collection[int]) -> list[PutLink]:
    found: list[PutLink] = []
    for chunk in _chunks(keys):
        rows = select(
            "SELECT m.struct, m.field, c.function, p.path, c.line FROM callback c "
            "JOIN member m ON m.key = c.member JOIN path p ON p.key = c.path "
            f"WHERE {condition.format(_marks(chunk))} ORDER BY p.path, c.line",
            (str, str, int, str, int),
            chunk,
        )
        found += [PutLink(*row) for row in rows]
    return found


def _accesses(select: Select, condition: str, values: Collection[str]) -> list[AccessLink]:
    found: list[AccessLink] = []
    for chunk in _chunks(values):
        rows = select(
            "SELECT f.text, g.text, s.text, m.text, a.access, a.phase, a.lockset, a.violates, "
            "min(a.line), count(*) FROM access a JOIN word f ON f.key = a.file "
            "JOIN word g ON g.key = a.function JOIN word s ON s.key = a.struct "
            f"JOIN word m ON m.key = a.field WHERE {condition.format(_marks(chunk))} "
            "GROUP BY a.file, a.function, a.struct, a.field, a.access, a.phase, a.lockset, "
            "a.violates ORDER BY 1, 9, 3, 4",
            (str, str, str, str, str, str, int, str, int, int),
            chunk,
        )
        found += [AccessLink(*row) for row in rows]
    return found


def _chunks(values: Collection[int] | Collection[str]) -> Iterator[Row]:
    ordered = sorted(values, key=str) if not isinstance(values, tuple) else list(values)
    for start in range(0, len(ordered), _AT_ONCE):
        yield tuple(ordered[start : start + _AT_ONCE])


def _marks(values: Row) -> str:
    return ", ".join("?" * len(values))
