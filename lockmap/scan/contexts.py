"""From the outlines of a tree and the states along its functions: who may run under which lock."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lockmap.facts.outlined import Outlines
from lockmap.locks.catalog import Catalog
from lockmap.locks.contexts import MODES, READ, WRITE, Bits, Graph, Reached, may_run, must_run
from lockmap.locks.held import Held
from lockmap.locks.under import Place, States, items_of, made_so, under
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
from lockmap.program.layouts import join_types
from lockmap.program.made import with_made
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
    used_items,
)
from lockmap.tree.source import printable


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
    files: Sequence[str], outlines: Outlines, catalog: Catalog, read: Callable[[str], bytes]
) -> Called:
    """The call graph of the tree whose *files*, in order, have the *outlines* (consumed)."""
    code = join(files, outlines, consume=True)
    layouts = join_types(outlines, code)
    resolver = Resolver(code)
    made = with_made(code, layouts, resolver, read)
    code = with_handed(made.code, Resolver(made.code), read)
    # Each version of the code is a quarter of a gigabyte: none but the last stays.
    layouts, assigned = replace(layouts, code=code), replace(made.assigned, code=code)
    spelled = made.spelled
    del made
    resolver = Resolver(code)
    semantics = catalog.semantics
    rules = load_call_rules()
    listed = listed_members(code, rules.hook, read)
    values = Values(assigned, resolver, load_globals(), semantics.transparent)
    owners = member_owners(code, assigned, values, listed)
    named = function_links(code, resolver, read)
    inside = value_owners(code, layouts, listed)
    more = with_undefined(code, named, layouts, resolver, inside, spelled, read)
    callbacks = callbacks_of(more.code, more.links, layouts, inside, owners, listed)
    # Nothing is known of what the others run: no way leads through them.
    defined = [c for c in callbacks if c.item < more.first]
    put = [*defined, *stored(code, resolver, layouts, owners)]
    calls = call_graph(code, resolver, put, owners.struct, rules, semantics.noreturn)
    entered = Entered(
        load_entries(),
        entry_points(code, resolver, defined, load_entries(), read),
        call_gaps(code, resolver, owners, put),
    )
    open_to = entries(code, named, calls, put, owners, rules.exports)
    # What nothing asks from here on is a fifth of a gigabyte for a kernel.
    code = replace(more.code, frames=code.frames[:0].copy(), refs=code.refs[:0].copy())
    return Called(code, resolver, calls, callbacks, open_to, entered)


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
    weight, most = weights(calls.choices()), load_call_rules().ways.most
    arch = code.file_arch[code.item_file]
    found: dict[str, _Reach] = {}
    told: dict[str, Findings] = {}
    sides: list[Bits] = []
    for lock in locks:
        bits = under(code, calls, states[lock])
        closed = np.zeros(len(code.items), dtype=np.bool_)
        closed[[item for of, item, _ in waits if of == lock]] = True
        kept = np.flatnonzero(~closed[calls.callee] & made_so(calls, bits))
        graph = Graph(len(code.items), calls.caller[kept], calls.callee[kept], bits[kept])
        must = must_run(graph, called.entries)
        read, write = (lightest_ways(graph, mode, weight[kept], most, arch) for mode in MODES)
        never = may_run(graph, READ | WRITE).distance < 0
        found[lock] = _Reach(kept, read, write, must, never)
        told[lock] = findings(code, calls, called.entered, data, lock, bits, closed, (read, write))
        sides.append(np.where(closed[calls.callee], 0, bits).astype(np.int8))
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

    calls: Ids
    """The numbers, among all calls, of those that the search saw."""
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
    # By line: two functions of one name may stand in the arms of an #if.
    items = items_of(code, ((place, n) for place, told in lines.items() for n, _ in told))
    by_item: dict[int, list[tuple[int, str]]] = {}
    for place, told in lines.items():
        for line, mark in told:
            item = items.get((place, line))
            if item is not None:
                by_item.setdefault(item, []).append((line, mark))
    return {
        item: States(tuple(n for n, _ in sorted(told)), tuple(s for _, s in sorted(told)))
        for item, told in by_item.items()
    }


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
                used[calls.caller[reach.calls[reached.through[reached.through >= 0]]]] = True
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
        hand = {item: len(hows) + n for n, item in enumerate(through.tolist())}
        hows += [f"handed to {code.name(item)}" for item in through.tolist()]
        how = np.zeros(len(calls.caller), dtype=np.int64)
        by_member, by_hand = calls.kind == BY_MEMBER, calls.kind == BY_HAND
        how[by_member] = calls.detail[by_member] + 1
        how[by_hand] = [hand[item] for item in calls.detail[by_hand].tolist()]
        vias = {
            (lock, mode): self._vias(reach, reached)
            for lock, reach in found.items()
            for mode, reached in (("read", reach.read), ("write", reach.write))
        }
        functions = zip(
            key[items].tolist(), code.item_file[items].tolist(),
            code.items["line"][items].tolist(), code.items["end_line"][items].tolist(),
            map(code.name, items.tolist()), strict=True,
        )  # fmt: skip
        return rows.Contexts(
            [printable(path) for path in code.files],
            hows,
            list(functions),
            {
                lock: self._rows(reach, vias[lock, "read"], vias[lock, "write"], key, how)
                for lock, reach in found.items()
            },
            sorted(members),
            [
                (member[c.struct, c.field], int(key[c.item]), numbers[c.file], c.line)
                for c in callbacks
            ],
            [(lock, int(key[item]), line) for lock, item, line in self.waits],
            examined(
                calls, self.called.entered, self.told,
                *self._shares(found, vias, how), key, numbers, how,
            ),
        )  # fmt: skip

    def _shares(
        self, found: Mapping[str, _Reach], vias: Mapping[tuple[str, str], Ids], how: Ids
    ) -> tuple[list[Share], list[Passed]]:
        calls, never = self.called.calls, self.called.entered.never
        rows_: list[Share] = []
        edges: list[Passed] = []
        for (lock, mode), via in vias.items():
            reached = found[lock].read if mode == "read" else found[lock].write
            at = np.flatnonzero(reached.distance >= 0)
            through = np.full(len(reached.distance), -1, dtype=np.int64)
            through[at] = found[lock].calls[reached.through[at]]
            distance = reached.distance[at].astype(np.int64)
            rows_ += shares(calls, lock, mode, through[at], distance, via[at])
            edges += passed(calls, lock, mode, through, reached, how, never)
        return rows_, edges

    def _rows(
        self, reach: _Reach, read_via: Ids, write_via: Ids, key: Ids, how: Ids
    ) -> list[tuple[int, int, rows.Reached, rows.Reached]]:
        chosen = reach.chosen
        read = self._reached(reach, reach.read, read_via, chosen, key, how)
        write = self._reached(reach, reach.write, write_via, chosen, key, how)
        musts = reach.must[chosen].tolist()
        return list(zip(key[chosen].tolist(), musts, read, write, strict=True))

    def _reached(
        self, reach: _Reach, reached: Reached, via: Ids, chosen: Ids, key: Ids, how: Ids
    ) -> list[rows.Reached]:
        calls = self.called.calls
        there = reached.distance[chosen] >= 0
        at = (
            reach.calls[np.where(there, reached.through[chosen], 0)] if len(reach.calls) else chosen
        )
        columns = (
            np.where(there, reached.distance[chosen], -1),
            np.where(there, key[calls.caller[at]], 0),
            np.where(there, calls.line[at], 0),
            np.where(there, how[at], 0),
            np.where(there, via[chosen], 0),
        )
        return list(zip(*(column.tolist() for column in columns), strict=True))

    def _vias(self, reach: _Reach, reached: Reached) -> Ids:
        """Of each item that is reached, whether some call on its way is through a pointer."""
        calls = self.called.calls
        via = np.zeros(len(reached.distance), dtype=np.int64)
        for distance in range(1, int(reached.distance.max(initial=0)) + 1):
            at = np.flatnonzero(reached.distance == distance)
            through = reach.calls[reached.through[at]]
            before = via[calls.caller[through]] if distance > 1 else np.zeros(len(at), np.int64)
            indirect = (calls.kind[through] != 0) | (before == _CALLBACK)
            via[at] = np.where(indirect, _CALLBACK, 0 if distance == 1 else _CALL)
        return via


_CALL, _CALLBACK = rows.VIAS.index("call"), rows.VIAS.index("callback")
