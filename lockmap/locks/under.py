"""Under what each call of the call graph is made, as the analysis of its caller tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lockmap.locks.contexts import CALLERS, READ, WRITE, Bits
from lockmap.program.calls import BY_MEMBER, Calls
from lockmap.program.code import Code

NOTHING = 8
"""Beside those of contexts: it is known that the lock is not held, whatever the caller holds."""
_BITS = {
    "R": READ, "W": WRITE, "H": READ | WRITE, "c": CALLERS, "-": NOTHING, "x": 0, "-?": CALLERS,
}  # fmt: skip

Place = tuple[str, str]
"""(file, name) of a function."""


@dataclass(frozen=True, slots=True)
class States:
    """The state of one lock along the lines of one function, as ``lockmap show`` has it."""

    lines: tuple[int, ...]
    """Lines of the file, ascending."""
    states: tuple[str, ...]


def items_of(code: Code, places: Iterable[tuple[Place, int]]) -> dict[tuple[Place, int], int]:
    """The item in *code* of each function that has a given line; one without is left out."""
    places = list(places)
    wanted = {file for (file, _), _ in places}
    numbers = [number for number, path in enumerate(code.files) if path in wanted]
    functions: dict[Place, list[int]] = {}
    for item in np.flatnonzero(code.is_callable & np.isin(code.item_file, numbers)).tolist():
        functions.setdefault((code.file(item), code.name(item)), []).append(item)
    found: dict[tuple[Place, int], int] = {}
    for place, line in places:
        for item in functions.get(place, ()):
            if code.line(item) <= line <= int(code.items["end_line"][item]):
                found[place, line] = item
                break
    return found


def under(calls: Calls, states: Mapping[int, States]) -> Bits:
    """For each call: READ, WRITE, CALLERS, several where paths differ, NOTHING, or 0.

    *states*: of the items whose analysis found one lock in more than one state; all others
    leave it as their caller has it.
    """
    found = np.full(len(calls.caller), CALLERS, dtype=np.int8)
    items = np.array(list(states), dtype=calls.caller.dtype)
    first = np.searchsorted(calls.caller, items).tolist()
    last = np.searchsorted(calls.caller, items, side="right").tolist()
    for told, start, end in zip(states.values(), first, last, strict=True):
        bits = np.array([_bits(state) for state in told.states], dtype=np.int8)
        at = np.searchsorted(told.lines, calls.line[start:end], side="right") - 1
        found[start:end] = bits[np.maximum(at, 0)]
    found[calls.opened != 0] &= READ | WRITE
    return found


def made_so(calls: Calls, bits: Bits) -> NDArray[np.bool_]:
    """Which of *calls* are made as they stand, *bits* being what each is made under.

    Not those after something that returns without the lock; nor those that whoever has the
    object makes of a member which something that returns with it always comes before.
    """
    after = calls.opened != 0
    holds = np.zeros(int(calls.callee.max(initial=-1)) + 1, dtype=np.bool_)
    holds[calls.callee[after]] = True
    holds[calls.callee[after & ((bits == 0) | (calls.opened == 1))]] = False
    made: NDArray[np.bool_] = (calls.kind != BY_MEMBER) | ~holds[calls.callee]
    made[after] = bits[after] != 0
    return made


def _bits(state: str) -> int:
    """A state in the margin as bits.  ``R?``: held, or as the caller has it, or not at all."""
    if state in _BITS:
        return _BITS[state]
    value = CALLERS if state.endswith("?") else 0
    for mark in state.rstrip("?").split("/"):
        value |= _BITS.get(mark, 0)
    return value
