"""Entry points that are reached under a lock though nobody enters them with it held."""

from __future__ import annotations

from collections import Counter

from lockmap.map.examine.findings import Check, Finding, Select
from lockmap.map.examine.ways import Doubts
from lockmap.map.rows import Row

_MARKED = (
    "WITH near AS (SELECT e.function, e.kind, c.read_distance >= 0 AND (c.write_distance < 0 "
    "OR c.read_distance <= c.write_distance) AS reads, c.read_distance AS rd, c.read_from AS rf, "
    "c.read_how AS rh, c.write_distance AS wd, c.write_from AS wf, c.write_how AS wh "
    "FROM entry_point AS e JOIN entry_kind AS k ON k.key = e.kind "
    "JOIN context AS c ON c.lock = ? AND c.function = e.function "
    "WHERE k.under = 'never' AND (c.read_distance >= 0 OR c.write_distance >= 0)), "
    "marked AS MATERIALIZED (SELECT function, kind, CASE WHEN reads THEN 'read' ELSE 'write' END "
    "AS mode, CASE WHEN reads THEN rd ELSE wd END AS distance, CASE WHEN reads THEN rf ELSE wf END "
    "AS caller, CASE WHEN reads THEN rh ELSE wh END AS how FROM near) "
)
"""Each with the last call of its shortest way."""
_BEFORE = (
    "coalesce((SELECT e.kind FROM entry_point AS e JOIN entry_kind AS k ON k.key = e.kind "
    "WHERE e.function = m.caller AND k.under = 'never' ORDER BY e.rowid LIMIT 1), -1)"
)
"""Of which kind its caller is, if it is an entry point of that sort, too."""
_QUERY = (
    f"{_MARKED}, numbered AS (SELECT *, row_number() OVER (PARTITION BY kind "
    "ORDER BY distance, function) AS place FROM marked) "
    f"SELECT count(*), 0, m.kind, {_BEFORE} AS before, h.text, -1, '' FROM marked AS m "
    "JOIN how AS h ON h.key = m.how GROUP BY m.kind, h.text, before "
    f"UNION ALL SELECT 1, m.function, m.kind, {_BEFORE}, h.text, m.place, m.mode "
    "FROM numbered AS m JOIN how AS h ON h.key = m.how WHERE m.place <= ?"
)
"""How many are alike, then single ones: how many, which, kind, that of the caller, how, place
among those of its kind (-1: counted), mode."""
_EVERY = 1 << 40
_Last = tuple[str, int]
"""How a function is called, and of which kind the caller is."""


def entered(select: Select, lock: str, doubts: Doubts, most: int | None) -> Check:
    """Entry points marked as running under *lock*; *most*: single ones per kind, all if None."""
    named = "SELECT key, kind FROM entry_kind WHERE under = 'never'"
    kinds: dict[int, str] = dict(select(named, (int, str), ()))
    counts = "SELECT kind, count(*) FROM entry_point GROUP BY kind"
    totals: dict[int, int] = dict(select(counts, (int, int), ()))
    rows = select(
        _QUERY, (int, int, int, int, str, int, str), (lock, _EVERY if most is None else most)
    )
    groups = sorted((-n, kind, how, before) for n, _, kind, before, how, at, _ in rows if at < 0)
    marked: dict[int, int] = {}
    alike: Counter[tuple[str, str, str]] = Counter()
    for less, kind, how, before in groups:
        count = -less
        marked[kind] = marked.get(kind, 0) + count
        alike[kinds[kind], *_judged((how, before), kinds)] += count
    counted = [
        Finding("entries", kind, verdict, count, "", 0, "", message)
        for (kind, verdict, message), count in alike.most_common()
    ]
    figures = [
        Finding("entries", words, "figure", marked.get(kind, 0), "", 0, "", f"of {totals[kind]}")
        for kind, words in kinds.items()
        if kind in totals
    ]
    single = _single(doubts, kinds, [row for row in rows if row[5] >= 0])
    total = sum(count for kind, count in totals.items() if kind in kinds)
    many = sum(marked.values())
    title = f"{many} of {total} entry points that nobody enters under it are reached"
    return Check("entries", title, (*figures, *counted, *single))


def _single(doubts: Doubts, kinds: dict[int, str], rows: list[Row]) -> list[Finding]:
    """Those that are nearest to an acquisition, of each kind."""
    found = []
    for _, function, kind, before, how, _, mode in sorted(rows, key=lambda r: (r[2], r[5])):
        file, line, name, _ = doubts.entry(function)
        verdict, message = _judged((how, before), kinds)
        way = doubts.way(function, mode)
        _, doubt = doubts.judged(way)
        message = f"{message}; {doubt}"
        found.append(Finding("entries", kinds[kind], verdict, 1, file, line, name, message, way))
    return found


def _judged(last: _Last, kinds: dict[int, str]) -> tuple[str, str]:
    """A verdict on the last call of a way, and the reason."""
    how, before = last
    if before in kinds:
        return "wrong edge", f"before: called by another of them ({kinds[before]})"
    if how == "call":
        return "called by name", "called by name, too: no contradiction by itself"
    return "wrong edge", how
