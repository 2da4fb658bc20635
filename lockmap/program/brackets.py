"""Members that are called between two others of the same object: ``start``, ``show``, ``stop``.

What ``start`` returns holding, ``show`` runs under, though neither calls the other: whoever has
the object calls one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lockmap.program.call_rules import Bracket
from lockmap.program.callbacks import Callback
from lockmap.program.code import Code
from lockmap.syntax.outlining.memory import INITIALISER

Place = tuple[str, int]
"""(file, number of an initialiser)."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Function *inside* stands in *field* of an object in whose ``start`` *opens* stands."""

    opens: int
    inside: int
    struct: str
    field: str
    always: bool
    """Whether *inside* stands in that member of no other kind of object."""


def opened(code: Code, callbacks: Sequence[Callback], brackets: Sequence[Bracket]) -> list[Opened]:
    """Every pair of functions of one object, the first of which opens what the other runs in."""
    return [pair for bracket in brackets for pair in _of(code, callbacks, bracket)]


def _of(code: Code, callbacks: Sequence[Callback], bracket: Bracket) -> list[Opened]:
    chosen = [c for c in callbacks if c.struct == bracket.struct]
    places = _places(code, chosen)
    opens: dict[Place, set[int]] = {}
    for callback, place in zip(chosen, places, strict=True):
        if place is not None and callback.field == bracket.opens:
            opens.setdefault(place, set()).add(callback.item)
    pairs: dict[tuple[str, int], set[int]] = {}
    loose: set[tuple[str, int]] = set()
    for callback, place in zip(chosen, places, strict=True):
        if callback.field in bracket.inside:
            first = opens.get(place, set()) if place is not None else set()
            entered = (callback.field, callback.item)
            if len(first) == 1:
                pairs.setdefault(entered, set()).update(first)
            else:
                loose.add(entered)
    return [
        Opened(first, item, bracket.struct, field, (field, item) not in loose)
        for (field, item), firsts in sorted(pairs.items())
        for first in sorted(firsts)
        if first != item
    ]


def _places(code: Code, callbacks: Sequence[Callback]) -> list[Place | None]:
    """The initialiser that each stands in; None: in none, or it is not told which."""
    wanted = {c.file for c in callbacks}
    numbers = [number for number, path in enumerate(code.files) if path in wanted]
    items = np.flatnonzero((code.items["kind"] == INITIALISER) & np.isin(code.item_file, numbers))
    spans: dict[str, list[tuple[int, int, int]]] = {}
    for item in items.tolist():
        first, last = int(code.items["line"][item]), int(code.items["end_line"][item])
        spans.setdefault(code.file(item), []).append((first, last, item))
    found: list[Place | None] = []
    for c in callbacks:
        around = [item for first, last, item in spans.get(c.file, ()) if first <= c.line <= last]
        found.append((c.file, around[-1]) if around else None)
    return found
