"""Functions that are handed to others, which call them: ``bus_for_each_dev(bus, 0, data, fn)``.

Who calls a parameter, and who only passes it on, the outlines tell.  The call is then one of
whoever hands the function over: ``kref_put(k, release)`` in one driver says nothing of what
others hand to kref_put.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from lockmap.program.code import Code, Ids
from lockmap.program.resolve import Resolver
from lockmap.program.slots import slot_keys
from lockmap.syntax.outlining.memory import ARGUMENT, POINTER_CALL

_MOST_ROUNDS = 12
"""Functions through which a parameter is handed on."""

Slot = tuple[int, int]
"""(function, parameter counted from 0)."""


@dataclass(frozen=True, slots=True)
class Handed:
    """Function ``callee`` is handed to ``through``, which calls it, on ``line`` of ``caller``."""

    caller: int
    callee: int
    line: int
    through: int
    position: int
    """Which argument it is, from 0."""


def handed(code: Code, resolver: Resolver, later: frozenset[Slot] = frozenset()) -> list[Handed]:
    """Every function that is handed over and called.

    *later*: parameters that are called, but not while the function runs that they are handed to.
    Whoever only hands a parameter on to one of them calls it no more than that one does.
    """
    chosen_of = arguments_by_slot(code)
    called = _called_parameters(code)
    found: list[Handed] = []
    fresh = set(called)
    for _ in range(_MOST_ROUNDS):
        if not fresh:
            break
        over, fresh = _follow(code, resolver, chosen_of(fresh), fresh, later)
        found += over
        fresh -= called
        called |= fresh
    return sorted(found, key=lambda h: (h.caller, h.callee, h.line, h.through))


def _called_parameters(code: Code) -> set[Slot]:
    """The functions that call one of their own parameters, and which."""
    calls, refs = code.calls, code.refs
    by_name = calls["parameter"] > 0
    pointer = (refs["kind"] == POINTER_CALL) & (refs["position"] == 0) & (refs["parameter"] > 0)
    owners = np.concatenate([calls["owner"][by_name], refs["owner"][pointer]])
    which = np.concatenate([calls["parameter"][by_name], refs["parameter"][pointer]])
    usable = code.is_callable[owners]
    return set(zip(owners[usable].tolist(), (which[usable] - 1).tolist(), strict=True))


def arguments_by_slot(code: Code) -> Callable[[Iterable[Slot]], Ids]:
    """What finds the references that stand in any of some slots of functions of such names."""
    refs = code.refs
    arguments = np.flatnonzero((refs["kind"] == ARGUMENT) & (refs["context"] != 0))
    keys = slot_keys(refs["context"][arguments], refs["position"][arguments])
    order = np.argsort(keys, kind="stable")
    arguments, keys = arguments[order], keys[order]

    def chosen(slots: Iterable[Slot]) -> Ids:
        wanted = np.array(sorted(slots), dtype=np.int64).reshape(-1, 2)
        names = code.items["hash"][wanted[:, 0]]
        asked = np.unique(slot_keys(names, wanted[:, 1].astype(np.uint16)))
        low, high = np.searchsorted(keys, asked), np.searchsorted(keys, asked, side="right")
        parts = [arguments[a:b] for a, b in zip(low, high, strict=True)]
        return np.sort(np.concatenate([arguments[:0], *parts]))

    return chosen


def _follow(
    code: Code, resolver: Resolver, chosen: Ids, slots: set[Slot], later: frozenset[Slot]
) -> tuple[list[Handed], set[Slot]]:
    """What is handed over at the references *chosen*, and the parameters that are passed on."""
    refs = code.refs[chosen]
    homes = code.item_file[refs["owner"]]
    receivers = resolver.choices(refs["context"], homes)
    values = resolver.choices(refs["hash"], homes)
    found: list[Handed] = []
    passed: set[Slot] = set()
    for number, ref in enumerate(refs):
        position, owner = int(ref["position"]), int(ref["owner"])
        start, end = receivers.start[number], receivers.start[number] + receivers.count[number]
        through = [r for r in receivers.pool[start:end].tolist() if (r, position) in slots]
        if not through or owner in through:
            continue
        if ref["parameter"]:
            if any((r, position) not in later for r in through):
                passed.add((owner, int(ref["parameter"]) - 1))
            continue
        start, end = values.start[number], values.start[number] + values.count[number]
        line = int(ref["line"])
        found += [
            Handed(owner, callee, line, through[0], position)
            for callee in values.pool[start:end].tolist()
            if code.is_function[callee]
        ]
    return found, passed
