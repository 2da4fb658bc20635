"""What the site says of its own limits: the checks of the doctor, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass

from lockmap.map.examine.doctor import CHECKS, NEED_FULL
from lockmap.map.examine.findings import Check, Finding
from lockmap.map.read import Map
from lockmap.site.tables import Tables

MOST = 150
"""Findings of one check that are shown; the command line lists all."""


@dataclass(frozen=True, slots=True)
class Examined:
    """One check with the findings that are shown."""

    check: Check
    shown: tuple[Finding, ...]

    @property
    def hidden(self) -> int:
        """Findings that are not shown."""
        return len(self.check.findings) - len(self.shown)


def examined(opened: Map, tables: Tables) -> tuple[Examined, ...]:
    """Every check that the map can answer."""
    full = tables.meta.get("full") == "1"
    wanted = tuple(name for name in CHECKS if full or name not in NEED_FULL)
    return tuple(
        Examined(check, check.findings[:MOST]) for check in opened.examine(tables.lock, wanted, 5)
    )
