"""Calls by name on every line of some functions, where others are kept with their first alone.

A function that takes a lock half-way calls one thing before that and again after it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lockmap.program.calls import BY_NAME, Calls
from lockmap.program.code import Code, Ids
from lockmap.program.membership import among
from lockmap.program.resolve import Resolver

Numbers = NDArray[Any]


def with_every_line(code: Code, resolver: Resolver, calls: Calls, callers: Ids) -> Calls:
    """*calls* with all lines on which *callers*, items, call what they do by name."""
    wanted = np.flatnonzero((code.calls["parameter"] == 0) & among(code.calls["owner"], callers))
    owners = code.calls["owner"][wanted].astype(np.int64)
    links = resolver.resolve(code.calls["hash"][wanted], code.item_file[owners])
    caller, callee = owners[links.source], links.target
    line = code.calls["line"][wanted][links.source].astype(np.int64)
    of_callers = np.flatnonzero((calls.kind == BY_NAME) & among(calls.caller, callers))
    known = _pairs(code, calls.caller[of_callers], calls.callee[of_callers])
    # What was left out of the graph stays out.
    kept = among(_pairs(code, caller, callee), known)
    table = np.stack([caller[kept], callee[kept], line[kept]], axis=1)
    rows = np.unique(table, axis=0) if len(table) else table
    rest = np.ones(len(calls.caller), dtype=np.bool_)
    rest[of_callers] = False
    # Behind all else that the same caller calls.
    place = np.searchsorted(calls.caller, rows[:, 0].astype(calls.caller.dtype), side="right")
    new_at = place - np.searchsorted(of_callers, place) + np.arange(len(rows))
    old_at = np.ones(len(calls.caller) - len(of_callers) + len(rows), dtype=np.bool_)
    old_at[new_at] = False

    def column(old: Numbers, new: Numbers | int) -> Numbers:
        """One at a time: they are large."""
        joined = np.empty(len(old_at), dtype=old.dtype)
        joined[old_at], joined[new_at] = old[rest], new
        return joined

    return replace(
        calls,
        caller=column(calls.caller, rows[:, 0]),
        callee=column(calls.callee, rows[:, 1]),
        line=column(calls.line, rows[:, 2]),
        kind=column(calls.kind, BY_NAME),
        detail=column(calls.detail, -1),
        opened=column(calls.opened, 0),
    )


def _pairs(code: Code, caller: Numbers, callee: Numbers) -> Ids:
    return np.asarray(caller.astype(np.int64) * (len(code.items) + 1) + callee)
