"""What is told of a function's field accesses: plain records."""

from __future__ import annotations

from dataclasses import dataclass

CAUSES = {
    "unknown-variable": "a variable whose declaration was not found",
    "unknown-struct": "a type that is no struct, or whose definition was not found",
    "unknown-member": "the struct was found, the member was not",
    "unknown-return": "a function or macro whose result was not told",
    "void-pointer": "a pointer to nothing in particular",
    "macro": "a parameter of the macro that is read",
    "expression": "an expression that was not understood",
}
"""Why the struct of a member was not told."""


@dataclass(frozen=True, slots=True, order=True)
class Access:
    """An access of a member; line and column are those of its name, as in facts."""

    line: int
    column: int
    struct: str
    """Its tag, or its typedef's name; ``outer.member`` for an unnamed part, ``.variable`` for the
    unnamed struct of a variable."""
    field: str
    mode: str
    """``read``, ``write``, ``readwrite`` or ``address``."""
    path: str
    """The object whose member it is."""


@dataclass(frozen=True, slots=True, order=True)
class IndirectCall:
    """A call through a member that points to a function; the position is that of the call."""

    line: int
    column: int
    struct: str
    field: str


@dataclass(frozen=True, slots=True, order=True)
class Unresolved:
    """A member whose struct was not told; *cause* is a key of CAUSES."""

    line: int
    column: int
    field: str
    cause: str


@dataclass(frozen=True, slots=True)
class Accesses:
    """What one function touches, each place once, in order of position."""

    accesses: tuple[Access, ...]
    calls: tuple[IndirectCall, ...]
    unresolved: tuple[Unresolved, ...]
