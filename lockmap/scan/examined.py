"""What a map says of its own quality: entry points, gaps, contradictions, shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lockmap.locks.contexts import ABSENT, READ, WRITE, Bits, Graph, Numbers, Reached
from lockmap.locks.contradictions import Need, Refused, bare_ways, needs, refused
from lockmap.locks.under import items_of
from lockmap.map.examined_records import Examined
from lockmap.map.records import Claim, MapData
from lockmap.program.calls import BY_NAME, Calls
from lockmap.program.code import Code, Ids
from lockmap.program.entry_data import EntryData
from lockmap.program.entry_points import EntryPoint
from lockmap.program.fault_data import load_faults
from lockmap.program.faulting import FaultingCall, faulting_calls
from lockmap.tree.source import printable

_MOST_EDGES = 300
_MODES = {READ: "read", WRITE: "write"}
_BITS = {"read": READ, "write": WRITE, "any": READ | WRITE}


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found for one lock; numbers of calls count through all calls."""

    refused: list[Refused]
    claims: list[tuple[int, Claim]]
    """By item."""
    bare: dict[int, list[int]]
    needs: list[Need]
    faults: list[FaultingCall]


@dataclass(frozen=True, slots=True)
class Entered:
    """Where a tree is entered, and what its calls leave open: the same for all locks."""

    data: EntryData = field(default_factory=EntryData)
    points: Sequence[EntryPoint] = ()
    gaps: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def never(self) -> Ids:
        """The items that are entered with nothing held."""
        kinds = [entry.under == "never" for entry in self.data.entry]
        return np.array(sorted({p.item for p in self.points if kinds[p.kind]}), dtype=np.int64)


def findings(
    code: Code,
    calls: Calls,
    whole: Graph,
    entered: Entered,
    data: MapData,
    lock: str,
    closed: NDArray[np.bool_],
    reached: tuple[Reached, Reached],
) -> Findings:
    """The contradictions of one lock.

    *whole*: all calls, and what each is made under; *closed*: the items that wait for the lock;
    *reached*: who may run under it for read, and for write.
    """
    claims = list(_asserted(code, data, lock))
    graph = whole.made(np.where(calls.kind == BY_NAME, whole.under, np.int8(ABSENT)))
    saying = np.array(sorted({i for i, c in claims if c.what == "asserts"}), dtype=np.int64)
    needing = np.array(sorted({i for i, c in claims if c.always}), dtype=np.int64)
    ways = bare_ways(graph, entered.never, saying)
    return Findings(
        refused(whole, closed, dict(zip(_MODES, reached, strict=True))),
        claims,
        ways,
        needs(graph, needing, entered.never),
        faulting_calls(code, load_faults().of(lock)),
    )


def stated(found: Findings, must: Bits) -> Bits:
    """What functions say that they are called with, where no way contradicts it; 0: nothing.

    That is evidence where *must*, what all their known calls hold, tells less.
    """
    said = np.zeros(len(must), dtype=np.int8)
    for item, claim in found.claims:
        if claim.what == "asserts" and claim.always and item not in found.bare:
            said[item] = (said[item] or READ | WRITE) & _BITS[claim.mode]
    # Told already, or contradicted by calls that are all known.
    told = (must != 0) & ((must & said == must) | (must & said == 0))
    return np.asarray(np.where(told, 0, said), dtype=np.int8)


def _asserted(code: Code, data: MapData, lock: str) -> Iterator[tuple[int, Claim]]:
    """The functions that say that their caller holds *lock*, or let go of it."""
    claims = [claim for claim in data.claims if claim.lock == lock]
    items = items_of(code, (((c.file, c.function), c.at) for c in claims))
    for claim in claims:
        item = items.get(((claim.file, claim.function), claim.at))
        if item is not None:
            yield item, claim


Share = tuple[str, str, int, int, int, int]
"""A row of ``reach``."""
Passed = tuple[str, str, int, int, int]
"""A row of ``reach_edge``."""


def shares(
    calls: Calls, lock: str, mode: str, through: Numbers, distance: Ids, via: Ids
) -> list[Share]:
    """Rows of ``reach``; *through*: the number of the last call to each function reached."""
    kinds = calls.kind[through].astype(np.int64)
    step = 16
    found = np.bincount((distance * step + via) * step + kinds)
    return [
        (lock, mode, key // step // step, key // step % step, key % step, count)
        for key, count in enumerate(found.tolist())
        if count
    ]


def passed(
    calls: Calls, lock: str, mode: str, reached: Reached, how: Numbers, never: Ids
) -> list[Passed]:
    """Rows of ``reach_edge``: the functions at the end of ways through each kind of call."""
    distance, through = reached.distance, reached.through
    items = np.flatnonzero(distance >= 0)
    items = items[np.argsort(-distance[items], kind="stable")]
    functions = np.zeros(len(distance), dtype=np.int64)
    functions[items] = 1
    entries = np.zeros(len(distance), dtype=np.int64)
    entries[never] = 1
    entries[distance < 0] = 0
    for level in range(int(distance.max(initial=0)), 1, -1):
        start, end = np.searchsorted(-distance[items], (-level, 1 - level))
        at = items[start:end]
        callers = calls.caller[through[at]]
        np.add.at(functions, callers, functions[at])
        np.add.at(entries, callers, entries[at])
    hows = how[through[items]]
    totals = np.bincount(hows, weights=functions[items])
    never_totals = np.bincount(hows, weights=entries[items])
    chosen = np.argsort(-totals, kind="stable")[:_MOST_EDGES]
    return [
        (lock, mode, number, int(totals[number]), int(never_totals[number]))
        for number in chosen.tolist()
        if number != 0 and totals[number]
    ]


def used_items(calls: Calls, entered: Entered, found: Mapping[str, Findings]) -> set[int]:
    """The items that the rows name."""
    used = {point.item for point in entered.points}
    for of_lock in found.values():
        numbers = [r.call for r in of_lock.refused] + [n.call for n in of_lock.needs]
        numbers += [call for way in of_lock.bare.values() for call in way]
        used.update(calls.caller[numbers].tolist(), calls.callee[numbers].tolist())
        used.update(item for item, _ in of_lock.claims)
        used.update(fault.item for fault in of_lock.faults)
    return used


def examined(
    calls: Calls,
    entered: Entered,
    found: Mapping[str, Findings],
    reach: Sequence[Share],
    edges: Sequence[Passed],
    key: Ids,
    files: Mapping[str, int],
    how: Numbers,
) -> Examined:
    """The rows; *key*: of each item; *files*: numbers of paths; *how*: of each call."""
    caller, callee, line = calls.caller, calls.callee, calls.line
    return Examined(
        entry_kinds=[(entry.kind, entry.under) for entry in entered.data.entry],
        entry_points=[(int(key[p.item]), p.kind, files[p.file], p.line) for p in entered.points],
        reach=reach,
        reach_edges=edges,
        call_gaps=[
            (cause, printable(folder), calls_)
            for (cause, folder), calls_ in sorted(entered.gaps.items())
        ],
        refused=[
            (
                lock, int(key[r.callee]), _MODES[r.mode], r.distance, int(key[caller[r.call]]),
                int(line[r.call]), int(how[r.call]),
            )
            for lock, told in found.items()
            for r in told.refused
        ],
        asserted=[
            (lock, int(key[item]), claim.at, claim.mode, int(claim.always))
            for lock, told in found.items()
            for item, claim in told.claims
            if claim.what == "asserts"
        ],
        bare=[
            (lock, int(key[item]), ordinal, int(key[caller[call]]), int(line[call]))
            for lock, told in found.items()
            for item, way in told.bare.items()
            for ordinal, call in enumerate(way)
        ],
        needs=[
            (lock, int(key[n.caller]), int(key[callee[n.call]]), int(line[n.call]))
            for lock, told in found.items()
            for n in told.needs
        ],
        faults=[
            (lock, int(key[f.item]), f.line, f.callee, f.mode, int(f.quiet))
            for lock, told in found.items()
            for f in told.faults
        ],
    )  # fmt: skip
