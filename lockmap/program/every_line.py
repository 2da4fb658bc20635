"""Calls by name on every line of some functions, where others are kept with their first alone.

A function that takes a lock half-way calls one thing before that and again after it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lockmap.program.calls import BY_NAME, Calls
from lockmap.program.code import Code, Ids
from lockmap.program.membership import among
from lockmap.program.resolve import Resolver


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
    at = np.flatnonzero(rest)
    new = len(rows)
    parts = (
        np.concatenate([calls.caller[at], rows[:, 0]]),
        np.concatenate([calls.callee[at], rows[:, 1]]),
        np.concatenate([calls.line[at], rows[:, 2]]),
        np.concatenate([calls.kind[at], np.full(new, BY_NAME, dtype=np.int8)]),
        np.concatenate([calls.detail[at], np.full(new, -1)]),
        np.concatenate([calls.opened[at], np.zeros(new, dtype=np.int8)]),
    )
    order = np.argsort(parts[0], kind="stable")
    caller, callee, line, kind, detail, opened = (part[order] for part in parts)
    return replace(
        calls, caller=caller, callee=callee, line=line, kind=kind, detail=detail, opened=opened
    )


def _pairs(code: Code, caller: Ids, callee: Ids) -> Ids:
    return np.asarray(caller * (len(code.items) + 1) + callee)
