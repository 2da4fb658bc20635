"""Reading the way to a single function: rows are looked up by their keys, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from lockmap.map.context_records import MUSTS, VIAS, Must, Via
from lockmap.map.rows import Row

Select = Callable[[str, tuple[type, ...], Row], list[Row]]
Mode = Literal["read", "write"]
MODES: tuple[Mode, ...] = ("read", "write")
_LONGEST_WAY = 100_000
THROUGH_MEMBER = "callback "
"""Begins ``how`` of a call through a member of a struct."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a way: on a line of ``file``, ``caller`` does something."""

    file: str
    line: int
    caller: str
    function: str
    """What is called; of the first step, what takes the lock."""
    how: str
    """``takes``, ``downgrades``, ``holds``; then ``call``, ``callback STRUCT.FIELD`` or
    ``handed to FUNCTION``."""
    put: tuple[tuple[str, int], ...] = ()
    """Of a callback: files and lines where the function is put into the member."""


@dataclass(frozen=True, slots=True)
class Way:
    """The likeliest way with the lock held in one mode."""

    mode: Mode
    distance: int
    """Calls from the function that takes the lock."""
    via: Via
    steps: tuple[Step, ...]


def read_must(select: Select, lock: str, function: int) -> Must:
    """How *lock* is held whenever a function (its key) runs, as far as all its calls are known."""
    sql = "SELECT must FROM context WHERE lock = ? AND function = ?"
    rows = select(sql, (int,), (lock, function))
    return MUSTS[rows[0][0] % len(MUSTS)] if rows else "none"


def read_ways(select: Select, lock: str, function: int) -> tuple[Way, ...]:
    """The likeliest way to a function (its key) in each mode there is one in."""
    ways = (_way(select, lock, function, mode) for mode in MODES)
    return tuple(way for way in ways if way is not None)


def _way(select: Select, lock: str, function: int, mode: Mode) -> Way | None:
    sql = (
        f"SELECT x.{mode}_distance, x.{mode}_from, x.{mode}_line, x.{mode}_via, "
        "coalesce(h.text, ''), f.name, g.name, p.path FROM context x "
        f"JOIN function f ON f.key = x.function JOIN function g ON g.key = x.{mode}_from "
        f"JOIN path p ON p.key = g.path LEFT JOIN how h ON h.key = x.{mode}_how "
        "WHERE x.lock = ? AND x.function = ?"
    )
    steps: list[Step] = []
    distance = via = 0
    key = function
    while len(steps) < _LONGEST_WAY:
        rows = select(sql, (int, int, int, int, str, str, str, str), (lock, key))
        # A way gets shorter with every step; another is of no map of ours.
        if not rows or rows[0][0] < 1 or (steps and rows[0][0] != distance - 1):
            break
        before, source, line, through, how, name, caller, file = rows[0]
        put = _put(select, how, key) if how.startswith(THROUGH_MEMBER) else ()
        if not steps:
            via, length = through, before
        steps.append(Step(file, line, caller, name, how, put))
        distance, key = before, source
        if distance == 1:
            steps.append(_acquisition(select, lock, steps[-1], mode))
            break
    if not steps:
        return None
    return Way(mode, length, VIAS[via % len(VIAS)], tuple(reversed(steps)))


def _put(select: Select, how: str, function: int) -> tuple[tuple[str, int], ...]:
    """Where a function is put into the member that *how* names."""
    struct, _, field = how.removeprefix(THROUGH_MEMBER).rpartition(".")
    rows = select(
        "SELECT p.path, c.line FROM callback c JOIN member m ON m.key = c.member "
        "JOIN path p ON p.key = c.path "
        "WHERE c.function = ? AND m.struct = ? AND m.field = ? ORDER BY p.path, c.line",
        (str, int),
        (function, struct, field),
    )
    return tuple((file, line) for file, line in rows)


def _acquisition(select: Select, lock: str, call: Step, mode: Mode) -> Step:
    """Where the caller of *call* took the lock that it holds there."""
    sections = select(
        "SELECT acquire_line, mode FROM section WHERE file = ? AND function = ? AND lock = ? "
        "ORDER BY acquire_line",
        (int, str),
        (call.file, call.caller, lock),
    )
    fits = [s for s in sections if s[1] in (mode, "any")] or sections
    before = [line for line, _ in fits if line <= call.line] or [line for line, _ in fits]
    taken = "AND op IN ('acquire', 'try', 'upgrade')"
    if before:
        sites = _sites(select, lock, call, f"AND line = ? {taken}", before[-1])
        return Step(call.file, before[-1], call.caller, sites[-1][1] if sites else "", "takes")
    # What the caller's caller held for writing, downgraded here.
    if mode == "read":
        sites = _sites(select, lock, call, "AND line <= ? AND op = 'downgrade'", call.line)
        if sites:
            return Step(call.file, sites[-1][0], call.caller, sites[-1][1], "downgrades")
    return Step(call.file, call.line, call.caller, "", "holds")


def _sites(select: Select, lock: str, call: Step, condition: str, line: int) -> list[Row]:
    """Line and name of operations of the caller of *call*; its own after those of callees."""
    return select(
        "SELECT line, api FROM site WHERE file = ? AND function = ? AND lock = ? "
        f"{condition} ORDER BY line, direct",
        (int, str),
        (call.file, call.caller, lock, line),
    )


def names_of(way: Way, most: int = 7) -> str:
    """The functions of a way in one line; the middle of a long one is left out."""
    names = [step.caller for step in way.steps[:1]] + [step.function for step in way.steps[1:]]
    shown = names if len(names) <= most else [*names[: most // 2], "...", *names[-(most // 2) :]]
    return " > ".join(shown)
