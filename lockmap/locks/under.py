"""Under what each call of the call graph is made, as the analysis of its caller tells."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping

import numpy as np

from lockmap.locks.contexts import CALLERS, READ, WRITE, Bits
from lockmap.locks.member import Member
from lockmap.program.calls import Calls
from lockmap.program.code import Code

_BITS = {"R": READ, "W": WRITE, "H": READ | WRITE, "c": CALLERS, "-": 0}


def items_of(code: Code, members: Iterable[Member]) -> dict[str, int]:
    """Member id → its item in *code*; a member that has none is left out."""
    functions: dict[str, list[int]] = {}
    wanted = {m.file for m in members}
    numbers = {path: n for n, path in enumerate(code.files) if path in wanted}
    chosen = np.flatnonzero(code.is_callable & np.isin(code.item_file, list(numbers.values())))
    for item in chosen.tolist():
        functions.setdefault(code.file(item), []).append(item)
    found: dict[str, int] = {}
    for member in members:
        first, last = member.unit.line, member.line(member.unit.function.end_line)
        for item in functions.get(member.file, ()):
            begins, ends = code.line(item), int(code.items["end_line"][item])
            if begins <= last and first <= ends and code.name(item) == member.name:
                found[member.id] = item
                break
    return found


def under(
    code: Code, calls: Calls, members: Mapping[str, Member], items: Mapping[str, int], lock: str
) -> Bits:
    """For each call: READ, WRITE, CALLERS, several where paths differ, or 0 (see contexts).

    What was not analysed leaves the lock as its caller has it.
    """
    found = np.full(len(calls.caller), CALLERS, dtype=np.int8)
    first = np.searchsorted(calls.caller, np.arange(len(code.items) + 1))
    for id_, item in items.items():
        member = members[id_]
        states = [
            (line, marks) for (line, of), marks in member.analysis.lines.items() if of == lock
        ]
        if not states or all(marks == {"c"} for _, marks in states):
            continue
        states.sort(key=lambda state: state[0])
        lines = [member.line(line) for line, _ in states]
        bits = [_bits(marks) for _, marks in states]
        for call in range(int(first[item]), int(first[item + 1])):
            at = bisect_right(lines, int(calls.line[call])) - 1
            found[call] = bits[max(0, at)]
    return found


def _bits(marks: Iterable[str]) -> int:
    value = 0
    for mark in marks:
        value |= _BITS[mark]
    return value
