"""User memory that is accessed with a lock held which a page fault would take."""

from __future__ import annotations

from lockmap.map.examine.findings import Check, Finding, Select
from lockmap.map.examine.states import States
from lockmap.map.examine.ways import Doubts

_MODES = {"read": "R", "write": "W"}
_Row = tuple[int, str, str, int, str, int, int]
"""Function (key, file, name), the line and callee of its access, how far it is in each mode."""


def faults(select: Select, lock: str, doubts: Doubts, most: int | None) -> Check:
    """Accesses of user memory that may be made under *lock*; *most*: in each mode, all if None."""
    ((calls, functions, quiet),) = select(
        "SELECT count(*), count(DISTINCT function), coalesce(sum(quiet), 0) "
        "FROM fault WHERE lock = ?",
        (int, int, int),
        (lock,),
    )
    sql = "SELECT DISTINCT callee FROM fault WHERE lock = ?"
    accesses = frozenset(name for (name,) in select(sql, (str,), (lock,)))
    under = _under(States(select, lock), _rows(select, lock))
    by_mode = {
        mode: [
            f for at in sorted(under[mode].values()) if (f := _finding(doubts, mode, *at, accesses))
        ]
        for mode in _MODES
    }
    many = " and ".join(f"{len(found)} with it held for {mode}" for mode, found in by_mode.items())
    title = (
        f"{calls} accesses of user memory in {functions} functions may fault and so take it "
        f"({quiet} have faults turned off); functions that may do so under it: {many}"
    )
    return Check("faults", title, (*by_mode["write"][:most], *by_mode["read"][:most]))


def _under(states: States, rows: list[_Row]) -> dict[str, dict[int, tuple[int, _Row]]]:
    """By mode and function, the nearest access with the lock held; distance 0: by itself."""
    under: dict[str, dict[int, tuple[int, _Row]]] = {mode: {} for mode in _MODES}
    for row in rows:
        key, file, name, line, _, *far = row
        state = states.before(file, name, line)
        marks = state.rstrip("?").split("/")
        for mode, distance in zip(_MODES, far, strict=True):
            itself = _MODES[mode] in marks or "H" in marks
            if itself or (distance >= 0 and ("c" in marks or state.endswith("?"))):
                at = (0 if itself else distance, row)
                under[mode][key] = min(under[mode].get(key, at), at)
    return under


def _finding(
    doubts: Doubts, mode: str, distance: int, row: _Row, accesses: frozenset[str]
) -> Finding | None:
    """None where one of *accesses* is on the way: this is a part of that."""
    key, file, name, line, callee, *_ = row
    way = doubts.way(key, mode) if distance else (doubts.acquisition(key, line, mode),)
    if any(function in accesses for _, _, function, _ in way):
        return None
    verdict, reason = doubts.judged(way)
    if not distance:
        reason = "it holds the lock itself"
    if mode == "read" and verdict != "wrong edge":
        verdict = "depends"
        reason += "; it waits for ever only behind a writer that waits"
    witness = (*way, (file, line, callee, "may fault"))
    message = f"{callee} may fault and so take it: {reason}"
    return Finding("faults", mode, verdict, 1, file, line, name, message, witness)


def _rows(select: Select, lock: str) -> list[_Row]:
    """The accesses in functions that may run under the lock, or that work on it."""
    return select(
        "SELECT f.key, p.path, f.name, a.line, a.callee, coalesce(c.read_distance, -1), "
        "coalesce(c.write_distance, -1) FROM fault AS a JOIN function AS f ON f.key = a.function "
        "JOIN path AS p ON p.key = f.path "
        "LEFT JOIN context AS c ON c.lock = a.lock AND c.function = a.function "
        "WHERE a.lock = ? AND NOT a.quiet AND (c.read_distance >= 0 OR c.write_distance >= 0 "
        "OR (p.path, f.name) IN (SELECT DISTINCT file, function FROM line_state WHERE lock = ?)) "
        "ORDER BY f.key, a.line",
        (int, str, str, int, str, int, int),
        (lock, lock),
    )
