"""From the outlines of a tree and the states along its functions: who may run under which lock."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lockmap.facts.outlined import Outlines
from lockmap.locks.catalog import Catalog
from lockmap.locks.contexts import (
    ABSENT,
    MODES,
    READ,
    WRITE,
    Bits,
    Graph,
    Numbers,
    Reached,
    may_run,
    must_run,
)
from lockmap.locks.held import Held
from lockmap.locks.under import Place, States, items_of, made_so, states_of, under
from lockmap.locks.ways import lightest_ways, weights
from lockmap.map import context_records as rows
from lockmap.map.records import MapData
from lockmap.program.call_gaps import call_gaps
from lockmap.program.call_rules import load_call_rules
from lockmap.program.callbacks import Callback, callbacks_of, function_links
from lockmap.program.calls import BY_HAND, BY_MEMBER, Calls, call_graph
from lockmap.program.code import Code, Ids, join
from lockmap.program.entries import entries
from lockmap.program.entry_data import load_entries
from lockmap.program.entry_points import entry_points
from lockmap.program.every_line import with_every_line
from lockmap.program.frames import value_owners
from lockmap.program.handed import with_handed
from lockmap.program.hooks import listed_members
from lockmap.program.layouts import Layouts, join_types
from lockmap.program.made import Made, joined, what_macros_make
from lockmap.program.owners import member_owners
from lockmap.program.resolve import Resolver
from lockmap.program.stored import stored
from lockmap.program.type_data import load_globals
from lockmap.program.undefined import with_undefined
from lockmap.program.values import Values
from lockmap.scan.callers import CallSites, call_sites
from lockmap.scan.examined import (
    Entered,
    Findings,
    Passed,
    Share,
    examined,
    findings,
    passed,
    shares,
    stated,
    used_items,
)
from lockmap.scan.heap import give_back
from lockmap.tree.source import printable

_TOGETHER = 2
"""Locks that are followed at the same time: what each takes is a tenth of a gigabyte."""


@dataclass(frozen=True)
class Called:
    """The code of a tree, its call graph and its callbacks."""

    code: Code
    resolver: Resolver
    calls: Calls
    callbacks: Sequence[Callback]
    entries: Ids
    """Items that are also called from where no call is known."""
    entered: Entered = field(default_factory=Entered)


def call_graph_of(
    files: Sequence[str],
    outlines: Callable[[], Outlines],
    catalog: Catalog,
    read: Callable[[str], bytes],
) -> Called:
    """The call graph of the tree whose *files*, in order, have the outlines given (consumed)."""
    layouts, made = _as_made(files, outlines, read)
    code, assigned, spelled = made.code, made.assigned, made.spelled
    del made
    resolver = Resolver(code)
    code = with_handed(code, resolver, read)  # calls alone: names mean what they did
    give_back()
    # Each version of the code is a quarter of a gigabyte: none but the last stays.
    layouts, assigned = replace(layouts, code=code), replace(assigned, code=code)
    semantics = catalog.semantics
    rules = load_call_rules()
    listed = listed_members(code, rules.hook, read)
    values = Values(assigned, resolver, load_globals(), semantics.transparent)
    owners = member_owners(code, assigned, values, listed)
    del assigned, values
    named = function_links(code, resolver, read)
    inside = value_owners(code, layouts, listed)
    more = with_undefined(code, named, layouts, resolver, inside, spelled, read)
    callbacks = callbacks_of(more.code, more.links, layouts, inside, owners, listed)
    del inside, spelled
    code, first = more.code, more.first
    del more
    # Nothing is known of what the others run: no way leads through them.
    defined = [c for c in callbacks if c.item < first]
    put = [*defined, *stored(code, resolver, layouts, owners)]
    del layouts
    give_back()
    calls = call_graph(code, resolver, put, owners.struct, rules, semantics.noreturn)
    entered = Entered(
        load_entries(),
        entry_points(code, resolver, defined, load_entries(), read),
        call_gaps(code, resolver, owners, put),
    )
    open_to = entries(code, named, calls, put, owners, rules.exports)
    # What nothing asks from here on is a fifth of a gigabyte for a kernel.
    code = replace(code, frames=code.frames[:0].copy(), refs=code.refs[:0].copy())
    return Called(code, resolver, calls, callbacks, open_to, entered)


def _as_made(
    files: Sequence[str], outlines: Callable[[], Outlines], read: Callable[[str], bytes]
) -> tuple[Layouts, Made]:
    """What the files declare, and their code with what macros make; nothing else stays."""
    given = outlines()
    code = join(files, given, consume=True)
    layouts = join_types(given, code)
    del given
    parts = what_macros_make(code, layouts, Resolver(code), read)
    give_back()
    made = joined(code, layouts, parts)
    return replace(layouts, code=made.code), made


@dataclass(frozen=True)
class CallersHold:
    """How locks are held whenever a function is called: see locks.held.Contexts."""

    lines: dict[str, list[int]]
    """By file: the lines that its functions begin at, ascending."""
    ways: dict[str, dict[str, list[Held]]]
    """By file and lock: how it is held, in the order of the lines."""

    def held(self, file: str, function_line: int, lock: str) -> Held:
        """How *lock* is held whenever the function at this place is called."""
        at = bisect_right(self.lines.get(file, ()), function_line) - 1
        ways = self.ways.get(file, {}).get(lock)
        return ways[at] if ways is not None and at >= 0 else "unknown"


def contexts_of(
    called: Called, data: MapData, locks: Sequence[str], readers: Collection[tuple[str, int]]
) -> tuple[rows.Contexts, CallersHold, CallSites]:
    """Who may, and who must, run under each of *locks*, by the states that *data* tells.

    And the calls of *readers*, functions whose accesses are read, by file and line.
    """
    code = called.code
    states = {lock: _states(code, data, lock) for lock in locks}
    changing = np.array(sorted({item for told in states.values() for item in told}), dtype=np.int64)
    calls = with_every_line(code, called.resolver, called.calls, changing)
    called = replace(called, calls=calls)
    waits = _waits(code, data)
    ways = load_call_rules().ways
    weight, most = calls.by_choices(weights), ways.most
    arch, preferred = code.file_arch[code.item_file], code.arch_numbers(ways.prefer)
    graph = Graph(len(code.items), calls.caller, calls.callee, calls.opened)

    def of_one(lock: str) -> tuple[_Reach, Findings, Bits]:
        bits = under(calls, states[lock])
        closed = np.zeros(len(code.items), dtype=np.bool_)
        closed[[item for of, item, _ in waits if of == lock]] = True
        refuses = closed[calls.callee]
        kept = ~refuses & made_so(calls, bits)
        of_lock = graph.made(np.where(kept, bits, np.int8(ABSENT)))
        must = must_run(of_lock, called.entries)
        read, write = (
            lightest_ways(of_lock, mode, weight, most, arch, preferred) for mode in MODES
        )
        never = may_run(of_lock, READ | WRITE).distance < 0
        whole = graph.made(bits)
        told = findings(code, calls, whole, called.entered, data, lock, closed, (read, write))
        said = stated(told, must)
        if said.any():
            must = must_run(of_lock, called.entries, said)
        return _Reach(read, write, must, never), told, np.where(refuses, np.int8(0), bits)

    # Most of it is compiled code and arrays, which another thread need not wait for.
    with ThreadPoolExecutor(_TOGETHER) as threads:
        answers = list(threads.map(of_one, locks))
    found = {lock: reach for lock, (reach, _, _) in zip(locks, answers, strict=True)}
    told = {lock: of_lock for lock, (_, of_lock, _) in zip(locks, answers, strict=True)}
    sides = [bits for _, _, bits in answers]
    unreached = [reach.never for reach in found.values()]
    sites = call_sites(code, calls, called.entries, readers, sides, unreached)
    contexts = _Writer(called, waits, told).contexts(found)
    return contexts, _callers_hold(code, found, called.entries), sites


def _callers_hold(code: Code, found: Mapping[str, _Reach], entries: Ids) -> CallersHold:
    """In words, for every function: what it must hold; that it cannot hold; or unknown."""
    functions = np.flatnonzero(code.is_function)
    open_ = np.zeros(len(code.items), dtype=np.bool_)
    open_[entries] = True
    order = np.lexsort((code.items["line"][functions], code.item_file[functions]))
    functions = functions[order]
    homes = code.item_file[functions]
    words: dict[str, list[Held]] = {}
    for lock, reach in found.items():
        otherwise = np.where(reach.never & ~open_, 0, _UNKNOWN)
        way = np.where(reach.must != 0, reach.must, otherwise)[functions]
        words[lock] = [_WAYS[w] for w in way.tolist()]
    lines = code.items["line"][functions].tolist()
    ends = np.flatnonzero(np.append(homes[1:] != homes[:-1], True)) + 1 if len(homes) else homes
    by_line: dict[str, list[int]] = {}
    ways: dict[str, dict[str, list[Held]]] = {}
    start = 0
    for end in ends.tolist():
        path = code.files[int(homes[start])]
        by_line[path] = lines[start:end]
        ways[path] = {lock: told[start:end] for lock, told in words.items()}
        start = end
    return CallersHold(by_line, ways)


_WAYS: tuple[Held, ...] = ("none", "read", "write", "either", "unknown")
_UNKNOWN = _WAYS.index("unknown")


@dataclass(frozen=True, slots=True)
class _Reach:
    """What was found for one lock."""

    read: Reached
    write: Reached
    must: np.ndarray[tuple[int], np.dtype[np.int8]]
    never: np.ndarray[tuple[int], np.dtype[np.bool_]]
    """The items that no way at all leads to, however far it is fetched."""

    @property
    def chosen(self) -> Ids:
        """The items that there is something to say about."""
        return np.flatnonzero(
            (self.read.distance >= 0) | (self.write.distance >= 0) | (self.must != 0)
        )


def _states(code: Code, data: MapData, lock: str) -> dict[int, States]:
    """The states of *lock* along the functions in which it changes."""
    lines: dict[Place, list[tuple[int, str]]] = {}
    for state in data.states:
        if state.lock == lock:
            lines.setdefault((state.file, state.function), []).append((state.line, state.state))
    return states_of(code, lines)


def _waits(code: Code, data: MapData) -> list[tuple[str, int, int]]:
    """(lock, item, line) of the functions that would wait for a lock held by their callers."""
    places = [((w.file, w.function), w.taken_line) for w in data.waits]
    items = items_of(code, places)
    return sorted(
        {
            (wait.lock, items[place], wait.taken_line)
            for wait, place in zip(data.waits, places, strict=True)
            if place in items
        }
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes what was found as rows whose numbers refer to one another."""

    called: Called
    waits: Sequence[tuple[str, int, int]]
    told: Mapping[str, Findings]

    def contexts(self, found: dict[str, _Reach]) -> rows.Contexts:
        code, calls, callbacks = self.called.code, self.called.calls, self.called.callbacks
        used = np.zeros(len(code.items), dtype=np.bool_)
        for reach in found.values():
            used[reach.chosen] = True
            for reached in (reach.read, reach.write):
                used[calls.caller[reached.through[reached.through >= 0]]] = True
        used[[c.item for c in callbacks]] = True
        used[[item for _, item, _ in self.waits]] = True
        used[sorted(used_items(calls, self.called.entered, self.told))] = True
        items = np.flatnonzero(used)
        key: Ids = np.cumsum(used, dtype=np.int64)
        numbers = {path: number for number, path in enumerate(code.files)}
        members = {(c.struct, c.field) for c in callbacks}
        member = {name: number for number, name in enumerate(sorted(members))}
        hows = ["call", *(f"callback {s}.{f}" for s, f in calls.members)]
        through = np.unique(calls.detail[calls.kind == BY_HAND])
        handed = [f"handed to {code.name(item)}" for item in through.tolist()]
        how = np.where(calls.kind == BY_MEMBER, calls.detail + 1, np.int32(0))
        by_hand = np.flatnonzero(calls.kind == BY_HAND)
        how[by_hand] = len(hows) + np.searchsorted(through, calls.detail[by_hand])
        hows += handed
        vias = {
            (lock, mode): self._vias(reached)
            for lock, reach in found.items()
            for mode, reached in (("read", reach.read), ("write", reach.write))
        }
        return rows.Contexts(
            [printable(path) for path in code.files],
            hows,
            self._functions(items, key),
            {
                lock: self._rows(reach, vias[lock, "read"], vias[lock, "write"], key, how)
                for lock, reach in found.items()
            },
            sorted(members),
            (
                (member[c.struct, c.field], k, numbers[c.file], c.line)
                for c, k in zip(callbacks, key[[c.item for c in callbacks]].tolist(), strict=True)
            ),
            [(lock, int(key[item]), line) for lock, item, line in self.waits],
            examined(
                calls, self.called.entered, self.told,
                *self._shares(found, vias, how), key, numbers, how,
            ),
        )  # fmt: skip

    def _shares(
        self, found: Mapping[str, _Reach], vias: Mapping[tuple[str, str], Bits], how: Numbers
    ) -> tuple[list[Share], list[Passed]]:
        calls, never = self.called.calls, self.called.entered.never
        rows_: list[Share] = []
        edges: list[Passed] = []
        for (lock, mode), via in vias.items():
            reached = found[lock].read if mode == "read" else found[lock].write
            at = np.flatnonzero(reached.distance >= 0)
            distance = reached.distance[at].astype(np.int64)
            vias_ = via[at].astype(np.int64)
            rows_ += shares(calls, lock, mode, reached.through[at], distance, vias_)
            edges += passed(calls, lock, mode, reached, how, never)
        return rows_, edges

    def _functions(self, items: Ids, key: Ids) -> Iterator[rows.FunctionRow]:
        code = self.called.code
        for start in range(0, len(items), _TOGETHER):
            some = items[start : start + _TOGETHER]
            lines, ends = code.items["line"][some], code.items["end_line"][some]
            numbers = (key[some], code.item_file[some], lines, ends)
            yield from zip(*(n.tolist() for n in numbers), code.names_of(some), strict=True)

    def _rows(
        self, reach: _Reach, read_via: Bits, write_via: Bits, key: Ids, how: Numbers
    ) -> Iterator[rows.ContextRow]:
        chosen = reach.chosen
        for start in range(0, len(chosen), _TOGETHER):
            some = chosen[start : start + _TOGETHER]
            columns: tuple[NDArray[Any], ...] = (
                key[some],
                reach.must[some],
                *self._reached(reach.read, read_via, some, key, how),
                *self._reached(reach.write, write_via, some, key, how),
            )
            yield from zip(*(column.tolist() for column in columns), strict=True)

    def _reached(
        self, reached: Reached, via: Bits, some: Ids, key: Ids, how: Numbers
    ) -> tuple[NDArray[Any], ...]:
        calls = self.called.calls
        there = reached.distance[some] >= 0
        at = np.where(there, reached.through[some], 0) if len(calls.caller) else some
        return (
            np.where(there, reached.distance[some], -1),
            np.where(there, key[calls.caller[at]], 0),
            np.where(there, calls.line[at], 0),
            np.where(there, how[at], 0),
            np.where(there, via[some], 0),
        )

    def _vias(self, reached: Reached) -> Bits:
        """Of each item that is reached, whether some call on its way is through a pointer."""
        calls = self.called.calls
        via = np.zeros(len(reached.distance), dtype=np.int8)
        there = np.flatnonzero(reached.distance >= 0)
        there = there[np.argsort(reached.distance[there], kind="stable")]
        ends = np.cumsum(np.bincount(reached.distance[there])).tolist()
        for distance in range(1, len(ends)):
            at = there[ends[distance - 1] : ends[distance]]
            through = reached.through[at]
            before = via[calls.caller[through]] if distance > 1 else via[at]
            indirect = (calls.kind[through] != 0) | (before == _CALLBACK)
            via[at] = np.where(indirect, _CALLBACK, 0 if distance == 1 else _CALL)
        return via


_TOGETHER = 1 << 14
"""Rows that are made at a time."""
_CALL, _CALLBACK = rows.VIAS.index("call"), rows.VIAS.index("callback")
