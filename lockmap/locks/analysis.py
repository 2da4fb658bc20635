"""What the exploration of one function found."""

from __future__ import annotations

from dataclasses import dataclass, field

from lockmap.facts.model import ExprT, Position
from lockmap.locks.state import Key, State
from lockmap.locks.values import Value


@dataclass(slots=True)
class SectionFacts:
    """One acquisition and what became of it on the paths that were followed."""

    key: Key
    mode: str
    site: Position
    api: str
    via: tuple[str, str] | None
    """(function, kind of result) when a called function acquired it."""
    releases: set[int] = field(default_factory=set)
    changes: set[tuple[int, str]] = field(default_factory=set)
    steps: set[tuple[int, int]] = field(default_factory=set)
    """(flow, step) evaluated while it is open."""
    exits: list[Exit] = field(default_factory=list)
    """Exits of the function reached with it still held."""
    given_back: bool = False
    """True when it takes the caller's lock again, dropped before, and some exit returns it."""


@dataclass(frozen=True, slots=True)
class Exit:
    """One way out of the function: the state there, the value returned, the path taken."""

    state: State
    result: Value
    expr: ExprT | None
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Indirect:
    """A call that acquires or releases for its caller."""

    at: Position
    api: str
    lock: str
    what: str
    mode: str
    argument: str


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something on a path that a correct program does not do."""

    kind: str
    """``double-acquire``, ``release-unheld``, ``wrong-mode``, ``no-outcome``."""
    line: int
    lock: str
    lines: tuple[int, ...]


@dataclass(slots=True)
class Analysis:
    """Everything found in one function."""

    sections: dict[tuple[Position, str], SectionFacts] = field(default_factory=dict)
    exits: list[Exit] = field(default_factory=list)
    indirect: set[Indirect] = field(default_factory=set)
    oddities: dict[tuple[str, int], Oddity] = field(default_factory=dict)
    lines: dict[tuple[int, str], set[str]] = field(default_factory=dict)
    """(line, lock) → states on arrival: ``-``, ``R``, ``W``, ``c``."""
    ended: set[tuple[str, str]] = field(default_factory=set)
    """(function, kind of result) of calls whose acquisition this function releases."""
    reached: set[Position] = field(default_factory=set)
    """Lock operations that some followed path carries out."""
    exhausted: bool = False
    """True when there were more paths than are followed: verdicts are then unknown."""
