"""From the call graph of a tree and the states along its functions: who may run under a lock."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lockmap.locks.contexts import (
    ABSENT,
    MODES,
    READ,
    WRITE,
    Bits,
    Graph,
    may_run,
    must_run,
)
from lockmap.locks.held import Held
from lockmap.locks.under import Place, States, items_of, made_so, states_of, under
from lockmap.locks.ways import lightest_ways, weights
from lockmap.map import context_records as rows
from lockmap.map.records import MapData
from lockmap.program.call_rules import load_call_rules
from lockmap.program.code import Code, Ids
from lockmap.program.every_line import with_every_line
from lockmap.scan.called import Called
from lockmap.scan.callers import CallSites, call_sites
from lockmap.scan.context_rows import ContextWriter, Reach
from lockmap.scan.examined import (
    Findings,
    findings,
    stated,
)


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

    def of_one(lock: str) -> tuple[Reach, Findings, Bits]:
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
        return Reach(read, write, must, never), told, np.where(refuses, np.int8(0), bits)

    # One after the other: compiled code that several threads load at once crashes now and then.
    answers = {lock: of_one(lock) for lock in locks}
    found = {lock: reach for lock, (reach, _, _) in answers.items()}
    told = {lock: of_lock for lock, (_, of_lock, _) in answers.items()}
    sides = [bits for _, _, bits in answers.values()]
    unreached = [reach.never for reach in found.values()]
    sites = call_sites(code, calls, called.entries, readers, sides, unreached)
    contexts = ContextWriter(called, waits, told).contexts(found)
    return contexts, _callers_hold(code, found, called.entries), sites


def _callers_hold(code: Code, found: Mapping[str, Reach], entries: Ids) -> CallersHold:
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
