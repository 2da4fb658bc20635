"""How much of the kernel is marked as running under a lock, and through which calls."""

from __future__ import annotations

from collections import Counter

from lockmap.map.context_records import VIAS
from lockmap.map.examine.findings import Check, Finding, Select

_EDGES = ("by name", "through a member", "handed on")
_FAR = 10
"""Distances from here on are counted together."""


def reached(select: Select, lock: str, functions: int) -> Check:
    """The share of all *functions*, by distance, by kind of way and of last call, by member."""
    rows = select(
        "SELECT mode, distance, via, edge, functions FROM reach WHERE lock = ?",
        (str, int, int, int, int),
        (lock,),
    )
    figures: list[Finding] = []
    modes = []
    for mode in ("read", "write"):
        ours = [row[1:] for row in rows if row[0] == mode]
        total = sum(row[-1] for row in ours)
        modes.append(f"{total} ({_share(total, functions)}) for {mode}")
        by_distance, by_way, by_edge = Counter[str](), Counter[str](), Counter[str]()
        for distance, via, edge, count in ours:
            far = str(distance) if distance < _FAR else f"{_FAR} or more"
            by_distance[far] += count
            by_way[VIAS[via % len(VIAS)]] += count
            by_edge[_EDGES[edge % len(_EDGES)]] += count
        for what, counts in (("distance", by_distance), ("way", by_way), ("last call", by_edge)):
            for value, count in counts.items():
                message = f"{what} {value}: {_share(count, functions)}"
                figures.append(Finding("reach", mode, "figure", count, "", 0, "", message))
    edges = select(
        "SELECT r.mode, h.text, r.functions, r.entries FROM reach_edge AS r "
        "JOIN how AS h ON h.key = r.how WHERE r.lock = ? "
        "ORDER BY r.functions DESC, h.text, r.mode",
        (str, str, int, int),
        (lock,),
    )
    for mode, how, count, entries in edges:
        message = f"ways through {how}, {entries} of them to entry points never entered under it"
        figures.append(Finding("reach", mode, "figure", count, "", 0, "", message))
    title = f"may run under the lock, of {functions} functions: {', '.join(modes)}"
    return Check("reach", title, tuple(figures))


def _share(count: int, of: int) -> str:
    return f"{100 * count / of:.1f} %" if of else "-"
