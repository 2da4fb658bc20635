"""What the checks find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lockmap.map.context_records import Step
from lockmap.map.rows import Row

Select = Callable[[str, tuple[type, ...], Row], list[Row]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found, or several alike (``lockmap doctor``)."""

    check: str
    """``reading``, ``types``, ``calls``, ``sections``, ``operations``, ``takers``, ``faults``,
    ``entries``, ``asserts``, ``reach``."""
    kind: str
    """Of what kind, within the check: a cause, an entry point's kind, a mode."""
    verdict: str
    """What to make of it: ``open``, ``leaks``, ``unknown``, ``explained``, ``wrong edge``,
    ``second object or deadlock``, ``depends``, ``contradiction``, ``figure``."""
    count: int
    """How many alike: more than 1 where no place is named."""
    file: str
    """A file, or a folder where several are counted."""
    line: int
    """0: no single place."""
    function: str
    message: str
    witness: tuple[Step, ...] = ()
    """A way to it, the acquisition first."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what it asked, and what it found."""

    name: str
    title: str
    """In words, with the figures: ``7655 of 7655 functions of interest were read whole``."""
    findings: tuple[Finding, ...]
    """Those that count several alike first, then single ones, the nearest first."""
