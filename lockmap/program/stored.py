"""Functions that are handed to others, which put them into a member: ``init(x, fn)``.

``mempool_create(n, alloc, free, data)`` keeps what it is handed in ``mempool_t.free``, and a
call through that member runs it.  Who stores a parameter, and who only passes it on, the
outlines tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from lockmap.program.callbacks import Callback
from lockmap.program.code import Code, Ids
from lockmap.program.layouts import Layouts
from lockmap.program.owners import Owners
from lockmap.program.passed import Slot, arguments_by_slot
from lockmap.program.resolve import Resolver
from lockmap.syntax.outlining.memory import ASSIGNMENT

_MOST_ROUNDS = 12
"""Functions through which a parameter is handed on."""

Member = tuple[int, int]
"""Hashes of a struct and of a member of it."""


def stored(code: Code, resolver: Resolver, layouts: Layouts, owners: Owners) -> list[Callback]:
    """Every function that is handed over and put into a member, where it is handed over.

    *owners*: those of the members that statements assign to.
    """
    slots = _stored_parameters(code, owners)
    chosen_of = arguments_by_slot(code)
    found: set[tuple[Member, int, int]] = set()
    fresh: Iterable[Slot] = list(slots)
    for _ in range(_MOST_ROUNDS):
        if not fresh:
            break
        fresh = _follow(code, resolver, chosen_of(fresh), slots, found)
    return _callbacks(code, layouts, found)


def _stored_parameters(code: Code, owners: Owners) -> dict[Slot, set[Member]]:
    """The parameters that functions put into members, and these."""
    refs = code.refs
    at = np.flatnonzero(
        (refs["kind"] == ASSIGNMENT)
        & (refs["parameter"] > 0)
        & (owners.struct != 0)
        & code.is_function[refs["owner"]]
    )
    slots: dict[Slot, set[Member]] = {}
    rows = zip(
        refs["owner"][at].tolist(), refs["parameter"][at].tolist(),
        owners.struct[at].tolist(), owners.field[at].tolist(), strict=True,
    )  # fmt: skip
    for owner, parameter, struct, field in rows:
        slots.setdefault((owner, parameter - 1), set()).add((struct, field))
    return slots


def _follow(
    code: Code,
    resolver: Resolver,
    chosen: Ids,
    slots: dict[Slot, set[Member]],
    found: set[tuple[Member, int, int]],
) -> set[Slot]:
    """Add to *found* what the references *chosen* hand over: (member, function, reference).

    Returns the parameters that are passed on, which *slots* gets.
    """
    refs = code.refs[chosen]
    homes = code.item_file[refs["owner"]]
    receivers = resolver.choices(refs["context"], homes)
    values = resolver.choices(refs["hash"], homes)
    starts, counts, pool = receivers.start.tolist(), receivers.count.tolist(), receivers.pool
    v_starts, v_counts = values.start.tolist(), values.count.tolist()
    rows = zip(
        refs["position"].tolist(), refs["owner"].tolist(), refs["parameter"].tolist(),
        chosen.tolist(), strict=True,
    )  # fmt: skip
    passed: set[Slot] = set()
    for number, (position, owner, parameter, ref) in enumerate(rows):
        through = pool[starts[number] : starts[number] + counts[number]].tolist()
        members: set[Member] = set()
        for item in through:
            members |= slots.get((item, position), set())
        if not members or owner in through:
            continue
        if parameter:
            known = slots.setdefault((owner, parameter - 1), set())
            if not members <= known:
                known |= members
                passed.add((owner, parameter - 1))
            continue
        targets = values.pool[v_starts[number] : v_starts[number] + v_counts[number]].tolist()
        found |= {(m, item, ref) for m in members for item in targets if code.is_function[item]}
    return passed


def _callbacks(
    code: Code, layouts: Layouts, found: Iterable[tuple[Member, int, int]]
) -> list[Callback]:
    names = layouts.member_names
    named: Callable[[int], str] = layouts.struct_name
    put = []
    for (struct, field), item, ref in found:
        file, line = code.file(int(code.refs["owner"][ref])), int(code.refs["line"][ref])
        put.append(Callback(named(struct), names.get(field, ""), item, file, line, "handed"))
    return sorted(put, key=lambda c: (c.file, c.line, c.struct, c.field, c.item))
