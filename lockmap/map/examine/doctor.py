"""All checks together."""

from __future__ import annotations

from lockmap.map.examine.asserted import asserted
from lockmap.map.examine.entered import entered
from lockmap.map.examine.faults import faults
from lockmap.map.examine.findings import Check, Select
from lockmap.map.examine.reached import reached
from lockmap.map.examine.reading import calls, operations, reading, sections, types
from lockmap.map.examine.takers import takers
from lockmap.map.examine.ways import Doubts

CHECKS = (
    "reading", "types", "calls", "sections", "operations", "takers", "faults", "entries", "asserts",
    "reach",
)  # fmt: skip
NEED_FULL = frozenset({"types", "calls", "takers", "faults", "entries", "asserts", "reach"})
"""Checks of what ``lockmap scan --sections-only`` leaves out."""


def examine(
    select: Select, lock: str, functions: int, wanted: tuple[str, ...], most: int | None
) -> tuple[Check, ...]:
    """The *wanted* checks of a map for one lock.

    *functions*: of the whole tree; *most*: entry points that are named of each kind, all if None.
    """
    doubts = Doubts(select, lock)
    made = {
        "reading": lambda: reading(select),
        "types": lambda: types(select),
        "calls": lambda: calls(select),
        "sections": lambda: sections(select, lock),
        "operations": lambda: operations(select),
        "takers": lambda: takers(select, lock, doubts),
        "faults": lambda: faults(select, lock, doubts, most),
        "entries": lambda: entered(select, lock, doubts, most),
        "asserts": lambda: asserted(select, lock, doubts),
        "reach": lambda: reached(select, lock, functions),
    }
    return tuple(made[name]() for name in CHECKS if name in wanted)
