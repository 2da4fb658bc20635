"""One rule as it was found in a tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lockmap.documented.needs import NO_NEEDS, Mode, Needs

Kind = Literal["field", "struct", "state", "function", "callback", "order", "text", "unread"]
"""What a rule is about.

``field``: a member (``STRUCT.FIELD``); ``struct``: members of a struct that no rule of their own
names; ``state``: what one state of the locks allows with a struct's members; ``function``: how its
caller holds locks; ``callback``: the same of what is put in a member; ``order``: ``A > B``, A is
taken first; ``text``: understood, but of nothing that lockmap follows; ``unread``: a lock is named,
and what is said of it was not understood.
"""
SourceKind = Literal[
    "table", "list", "text", "comment", "kernel-doc", "annotation", "assert", "user"
]


@dataclass(frozen=True, slots=True)
class State:
    """A state of the locks, and what it allows."""

    held: tuple[tuple[tuple[str, ...], frozenset[Mode]], ...]
    """(locks, of which one is meant; the ways in which it may be held)."""
    allowed: tuple[tuple[str, bool], ...]
    """``read``, ``most`` and ``all`` (writing most fields, or any) → whether that is allowed."""


@dataclass(frozen=True, slots=True)
class Found:
    """A rule, where it stands, and its words."""

    kind: Kind
    subject: str
    source: SourceKind
    file: str
    """Relative to the tree; of a user's rule, the file as it was given."""
    line: int
    column: int
    words: str
    read: Needs = NO_NEEDS
    """Of fields and structs: for reading.  Of functions, callbacks: of whoever calls."""
    write: Needs = NO_NEEDS
    """Of fields and structs: for writing."""
    state: State | None = None
    place: str = ""
    """Of a function: the file that it is in, where that is known; it may only be declared there."""
