"""From the outlines of a tree and the states along its functions: who may run under which lock."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lockmap.facts.outlined import Outlines
from lockmap.locks.catalog import Catalog
from lockmap.locks.contexts import READ, WRITE, Bits, Graph, Reached, may_run, must_run
from lockmap.locks.held import Held
from lockmap.locks.under import Place, States, items_of, under
from lockmap.map import context_records as rows
from lockmap.map.records import MapData
from lockmap.program.call_rules import load_call_rules
from lockmap.program.callbacks import Callback, callbacks_of, function_links
from lockmap.program.calls import BY_HAND, BY_MEMBER, Calls, call_graph
from lockmap.program.code import Code, Ids, join
from lockmap.program.entries import entries
from lockmap.program.handed import with_handed
from lockmap.program.layouts import join_types
from lockmap.program.made import with_made
from lockmap.program.owners import member_owners
from lockmap.program.resolve import Resolver
from lockmap.program.type_data import load_globals
from lockmap.program.values import Values
from lockmap.scan.callers import CallSites, call_sites
from lockmap.tree.source import printable


@dataclass(frozen=True)
class Called:
    """The code of a tree, its call graph and its callbacks."""

    code: Code
    calls: Calls
    callbacks: Sequence[Callback]
    entries: Ids
    """Items that are also called from where no call is known."""


def call_graph_of(
    files: Sequence[str], outlines: Outlines, catalog: Catalog, read: Callable[[str], bytes]
) -> Called:
    """The call graph of the tree whose *files*, in order, have the *outlines*."""
    code = join(files, outlines)
    layouts = join_types(outlines, code)
    resolver = Resolver(code)
    made = with_made(code, layouts, resolver, read)
    code = with_handed(made.code, Resolver(made.code), read)
    resolver = Resolver(code)
    links = resolver.resolve(code.calls["hash"], code.item_file[code.calls["owner"]])
    semantics = catalog.semantics
    values = Values(made.assigned, resolver, load_globals(), semantics.transparent)
    owners = member_owners(code, made.assigned, values)
    named = function_links(code, resolver, links, read)
    callbacks = callbacks_of(code, named, layouts, owners)
    rules = load_call_rules()
    calls = call_graph(code, resolver, callbacks, owners.struct, rules, semantics.noreturn)
    open_to = entries(code, named, calls, callbacks, owners, rules.exports)
    return Called(code, calls, callbacks, open_to)


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
    called: Called, data: MapData, locks: Sequence[str], read: Collection[tuple[str, int]]
) -> tuple[rows.Contexts, CallersHold, CallSites]:
    """Who may, and who must, run under each of *locks*, by the states that *data* tells.

    And the calls of the functions that begin at the places (file, line) that are *read*.
    """
    code, calls = called.code, called.calls
    waits = _waits(code, data)
    found: dict[str, _Reach] = {}
    sides: list[Bits] = []
    for lock in locks:
        bits = under(code, calls, _states(code, data, lock))
        closed = np.zeros(len(code.items), dtype=np.bool_)
        closed[[item for of, item, _ in waits if of == lock]] = True
        kept = np.flatnonzero(~closed[calls.callee])
        graph = Graph(len(code.items), calls.caller[kept], calls.callee[kept], bits[kept])
        must = must_run(graph, called.entries)
        found[lock] = _Reach(kept, may_run(graph, READ), may_run(graph, WRITE), must)
        bits[closed[calls.callee]] = 0
        sides.append(bits)
    never = [(r.read.distance < 0) & (r.write.distance < 0) for r in found.values()]
    sites = call_sites(code, calls, called.entries, read, sides, never)
    return _Writer(called, waits).contexts(found), _callers_hold(code, found, called.entries), sites


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
        never = (reach.read.distance < 0) & (reach.write.distance < 0) & ~open_
        way = np.where(reach.must != 0, reach.must, np.where(never, 0, _UNKNOWN))[functions]
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
    first = {place: min(told)[0] for place, told in lines.items()}
    items = items_of(code, first.items())
    found = {}
    for (place, _), item in items.items():
        told = sorted(lines[place])
        found[item] = States(tuple(n for n, _ in told), tuple(s for _, s in told))
    return found


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

    def contexts(self, found: dict[str, _Reach]) -> rows.Contexts:
        code, calls, callbacks = self.called.code, self.called.calls, self.called.callbacks
        used = np.zeros(len(code.items), dtype=np.bool_)
        for reach in found.values():
            used[reach.chosen] = True
            for reached in (reach.read, reach.write):
                used[calls.caller[reach.calls[reached.through[reached.through >= 0]]]] = True
        used[[c.item for c in callbacks]] = True
        used[[item for _, item, _ in self.waits]] = True
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
        functions = zip(
            key[items].tolist(), code.item_file[items].tolist(),
            code.items["line"][items].tolist(), code.items["end_line"][items].tolist(),
            map(code.name, items.tolist()), strict=True,
        )  # fmt: skip
        return rows.Contexts(
            [printable(path) for path in code.files],
            hows,
            list(functions),
            {lock: self._rows(reach, key, how) for lock, reach in found.items()},
            sorted(members),
            [
                (member[c.struct, c.field], int(key[c.item]), numbers[c.file], c.line)
                for c in callbacks
            ],
            [(lock, int(key[item]), line) for lock, item, line in self.waits],
        )

    def _rows(
        self, reach: _Reach, key: Ids, how: Ids
    ) -> list[tuple[int, int, rows.Reached, rows.Reached]]:
        chosen = reach.chosen
        read = self._reached(reach, reach.read, chosen, key, how)
        write = self._reached(reach, reach.write, chosen, key, how)
        musts = reach.must[chosen].tolist()
        return list(zip(key[chosen].tolist(), musts, read, write, strict=True))

    def _reached(
        self, reach: _Reach, reached: Reached, chosen: Ids, key: Ids, how: Ids
    ) -> list[rows.Reached]:
        calls = self.called.calls
        via = self._vias(reach, reached)
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
