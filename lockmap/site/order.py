"""In which order locks are taken: where one is taken with another held.

Two sorts of evidence: in one function, whose line states say that the other is held; and across
calls, where a function that takes the one may run with the other held.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lockmap.map.read import Map
from lockmap.map.read_ways import Way, read_ways
from lockmap.map.records import Site
from lockmap.site.tables import Tables

_TAKES = frozenset({"acquire", "try"})
_SURE = frozenset({"R", "W", "R/W", "H"})


@dataclass(frozen=True, slots=True)
class Taken:
    """A place where a lock is taken with another held."""

    site: Site
    state: str
    """How the other is held before the line: ``R``, ``W?``; empty: by a caller."""
    distance: int
    """Calls from the function that takes the other; 0: in this function."""
    way: Way | None


@dataclass(frozen=True, slots=True)
class Edge:
    """That *after* is taken with *before* held."""

    before: str
    after: str
    here: tuple[Taken, ...]
    """In one function."""
    calls: tuple[Taken, ...]
    """Across calls, the nearest first."""


def order(opened: Map, tables: Tables) -> tuple[Edge, ...]:
    """Every pair of locks of which one is taken under the other, a lock and itself left out.

    For a lock of two objects is no order, and waiting for oneself is a finding of the doctor.
    """
    here: dict[tuple[str, str], list[Taken]] = {}
    for before, taken in _in_functions(tables):
        here.setdefault((before, taken.site.lock), []).append(taken)
    calls: dict[tuple[str, str], list[Taken]] = {}
    for before in tables.locks:
        for taken in _across_calls(opened, tables, before):
            calls.setdefault((before, taken.site.lock), []).append(taken)
    return tuple(
        Edge(*pair, tuple(here.get(pair, ())), tuple(calls.get(pair, ())))
        for pair in sorted(here.keys() | calls.keys())
    )


def _taking(tables: Tables) -> Iterator[Site]:
    return (s for s in tables.sites if s.op in _TAKES and s.direct and not s.definition)


def _in_functions(tables: Tables) -> Iterator[tuple[str, Taken]]:
    for site in _taking(tables):
        for state in tables.states.get(site.file, ()):
            other = state.line == site.line and state.lock != site.lock
            if other and state.state.rstrip("?") in _SURE:
                yield state.lock, Taken(site, state.state, 0, None)


def _across_calls(opened: Map, tables: Tables, before: str) -> list[Taken]:
    """Functions that take another lock and may run with *before* held."""
    rows = opened.select(
        "SELECT f.key, p.path, f.name, f.line, f.end_line, CASE WHEN c.read_distance < 1 THEN "
        "c.write_distance WHEN c.write_distance < 1 THEN c.read_distance "
        "ELSE min(c.read_distance, c.write_distance) END FROM context c "
        "JOIN function f ON f.key = c.function JOIN path p ON p.key = f.path "
        "WHERE c.lock = ? AND f.name IN (SELECT function FROM site)",
        (int, str, str, int, int, int),
        (before,),
    )
    reached = {(file, name): (key, distance) for key, file, name, _, _, distance in rows}
    found: dict[tuple[str, str, str], Taken] = {}
    for site in _taking(tables):
        place = (site.file, site.function)
        if site.lock == before or place not in reached or (*place, site.lock) in found:
            continue
        key, distance = reached[place]
        ways = read_ways(opened.select, before, key)
        if distance > 0 and ways:
            way = min(ways, key=lambda w: w.distance)
            found[*place, site.lock] = Taken(site, "", distance, way)
    return sorted(found.values(), key=lambda t: (t.distance, t.site.file, t.site.line))
