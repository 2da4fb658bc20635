"""How the code agrees with a rule, and on what evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal[
    "contradicts",
    "code weaker",
    "code stronger",
    "agrees",
    "never accessed",
    "not compared",
]
"""``contradicts``: at nearly all places of which it can be told none of the rule's locks is held
(or one is that must not be).  ``code weaker``: there are places where less is held than the rule
asks for.  ``code stronger``: nearly everywhere more is.  ``not compared``: nothing can be told, and
``Agreement.note`` says why."""
Aspect = Literal["read", "write", "call", "order", "state"]
VERDICTS: tuple[Verdict, ...] = (
    "contradicts",
    "code weaker",
    "code stronger",
    "agrees",
    "never accessed",
    "not compared",
)
"""The worst first."""

Site = tuple[str, int, str, str]
"""A place that breaks a rule: file, line, function, what is held there."""
MOST_SITES = 40
"""Places kept of one rule."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The verdict on one aspect of one rule."""

    aspect: Aspect
    verdict: Verdict
    follow: int = 0
    """Places known to follow the rule,"""
    broken: int = 0
    """known to break it,"""
    untold: int = 0
    """and of which it cannot be told."""
    note: str = ""
    sites: tuple[Site, ...] = ()
    """The first that break it."""


def worst(agreements: Iterable[Agreement]) -> Verdict:
    """The verdict on a rule as a whole; ``not compared`` only where nothing else is known."""
    found = {a.verdict for a in agreements}
    return next((v for v in VERDICTS if v in found), "not compared")


def held_text(held: Iterable[tuple[str, str]]) -> str:
    """What is held, in words: ``mmap_lock read, ?``; ``?``: of some lock that cannot be told."""
    told = sorted(held)
    words = [f"{lock} {how}" for lock, how in told if how not in {"none", "unknown"}]
    words += ["?"] if any(how == "unknown" for _, how in told) else []
    return ", ".join(words) or "none"


def first_sites(sites: Sequence[Site]) -> tuple[Site, ...]:
    """The first of them, by file and line."""
    return tuple(sorted(set(sites))[:MOST_SITES])
