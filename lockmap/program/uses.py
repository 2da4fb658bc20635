"""Modes of access, and what a macro does to its arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lockmap.facts.model import Assign, Call, ExprT, Member, Name

READ, WRITE, ADDRESS, UNEVALUATED = 1, 2, 4, 8
"""Modes are sets of these bits."""
VALUE = 16
"""In a macro: the mode in which the value of its call is used."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a macro does to an argument: to its value, and to what it points to."""

    value: int = 0
    target: int = 0


@dataclass(frozen=True, slots=True)
class Touched:
    """A member that a macro names by one of its parameters: ``(p)->member``."""

    parameter: int
    base: ExprT
    """In terms of the macro's parameters."""
    arrow: bool
    mode: int
    names: tuple[str, ...]
    """The macro's parameters."""
    called: bool = False
    """Whether it is called through."""


@dataclass(frozen=True, slots=True)
class Uses:
    """What a macro does to each of its parameters."""

    parameters: tuple[Use, ...]
    rest: Use
    """To the arguments beyond the named ones."""
    members: tuple[Touched, ...]

    @property
    def drops(self) -> bool:
        """Whether a parameter is thrown away."""
        named = {t.parameter for t in self.members}
        return any(u == Use() and i not in named for i, u in enumerate(self.parameters))


class Sink(Protocol):
    """Who is told of names and members."""

    def name(self, name: Name, mode: int) -> None:
        """The value of a variable, in a mode."""

    def name_target(self, name: Name, mode: int) -> None:
        """What a variable points to, in a mode."""

    def member(self, member: Member, mode: int) -> None:
        """A member, in a mode."""

    def touched(self, call: Call, touched: Touched, mode: int) -> None:
        """A member that an argument of macro *call* names."""

    def called(self, call: Call) -> None:
        """A call through a pointer, or of a local."""

    def assigned(self, expr: Assign) -> None:
        """An assignment to a variable."""

    def is_array(self, expr: ExprT) -> bool:
        """Whether the value of *expr* is the address of its first element."""

    def uses(self, call: Call) -> Uses | None:
        """What the macro called does to its arguments; None for a function."""
