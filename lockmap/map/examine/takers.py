"""Functions that take a lock and are reached with it held."""

from __future__ import annotations

from collections import Counter

from lockmap.map.examine.findings import Check, Finding, Select
from lockmap.map.examine.states import States
from lockmap.map.examine.ways import Doubts

_REACHED = (
    "CASE WHEN c.read_distance >= 0 AND (c.write_distance < 0 "
    "OR c.read_distance <= c.write_distance) THEN 'read' ELSE 'write' END"
)
"""The mode of the shortest way to a function."""
# The order of the tables is the cheap one: few functions take a lock.
_FINE = ("explained", "conditional")
_EXPLAINED = {
    "-": ("explained", "drops its caller's lock first"),
    "-?": ("explained", "drops its caller's lock first on some paths"),
    "c": ("conditional", "takes it on some paths only, and does the same without it on others"),
}


def takers(select: Select, lock: str, doubts: Doubts) -> Check:
    """Functions that take *lock*: marked all the same, or refused where a way leads to them."""
    total = select(
        "SELECT count(*) FROM (SELECT DISTINCT file, function FROM site WHERE lock = ? "
        "AND op = 'acquire' AND direct AND NOT definition)",
        (int,),
        (lock,),
    )[0][0]
    marked = _marked(select, lock, doubts)
    refused = _refused(select, lock, doubts)
    counts = Counter(f.verdict for f in marked)
    first, some = counts.pop("explained", 0), counts.pop("conditional", 0)
    title = (
        f"{len(marked)} of {total} functions that take the lock may run under it: {first} drop it "
        f"first, {some} take it on some paths only, {counts.total()} are unexplained; "
        f"{len(refused)} more are called under it and would wait for it"
    )
    return Check("takers", title, (*marked, *refused))


def _marked(select: Select, lock: str, doubts: Doubts) -> list[Finding]:
    rows = select(
        f"SELECT f.key, s.file, f.line, s.function, s.line, {_REACHED} FROM site AS s "
        "CROSS JOIN function AS f ON f.name = s.function AND s.line BETWEEN f.line AND f.end_line "
        "CROSS JOIN path AS p ON p.key = f.path AND p.path = s.file "
        "CROSS JOIN context AS c ON c.lock = s.lock AND c.function = f.key "
        "WHERE s.lock = ? AND s.op = 'acquire' AND s.direct AND NOT s.definition "
        "AND (c.read_distance >= 0 OR c.write_distance >= 0) ORDER BY s.file, s.line",
        (int, str, int, str, int, str),
        (lock,),
    )
    lines: dict[tuple[int, str, int, str, str], list[int]] = {}
    for key, file, line, function, at, mode in rows:
        lines.setdefault((key, file, line, function, mode), []).append(at)
    states = States(select, lock)
    found = []
    for (key, file, line, function, mode), taken in lines.items():
        before = [states.before(file, function, at) for at in taken]
        # What every acquisition is preceded by; the least telling, where they differ.
        worst = max(before, key=lambda s: ("-", "-?", "c").index(s) if s in _EXPLAINED else 3)
        way = doubts.way(key, mode)
        if worst in _EXPLAINED:
            verdict, message = _EXPLAINED[worst]
        else:
            verdict, message = doubts.judged(way)
        found.append(Finding("takers", mode, verdict, 1, file, line, function, message, way))
    return sorted(
        found, key=lambda f: (f.verdict in _FINE, f.verdict, len(f.witness), f.file, f.line)
    )


def _refused(select: Select, lock: str, doubts: Doubts) -> list[Finding]:
    rows = select(
        "SELECT r.function, p.path, f.line, f.name, r.mode, r.caller, r.line, r.how "
        "FROM refused AS r JOIN function AS f ON f.key = r.function "
        "JOIN path AS p ON p.key = f.path WHERE r.lock = ? ORDER BY r.distance, p.path, f.line",
        (int, str, int, str, str, int, int, int),
        (lock,),
    )
    found = []
    for key, file, line, function, mode, caller, at, how in rows:
        way = doubts.refused(caller, at, key, how, mode)
        verdict, reason = doubts.judged(way)
        message = f"would wait for it: {reason}"
        found.append(Finding("takers", mode, verdict, 1, file, line, function, message, way))
    return found
