"""What one function says, as plain data: expressions, and the steps of its control flow.

This is all that later stages know of the source.  It names no lock: what is a lock operation
is decided in :mod:`lockmap.locks`.  Positions are ``(line, column)``, both from 1, counted
from the first line of the function's own text, so that equal text has equal facts.
"""

from __future__ import annotations

import msgspec

Position = tuple[int, int]


class Expr(msgspec.Struct, frozen=True, array_like=True, tag_field="t"):
    """An expression; ``at`` is where its defining token stands."""

    at: Position


class Name(Expr, tag="n", frozen=True, array_like=True):
    """An identifier."""

    id: str


class Const(Expr, tag="k", frozen=True, array_like=True):
    """A literal, as written."""

    text: str


class TypeArg(Expr, tag="t", frozen=True, array_like=True):
    """A type in argument position: ``container_of(p, struct foo, m)``, ``sizeof(int)``."""

    text: str


class Call(Expr, tag="c", frozen=True, array_like=True):
    """A call: of a name, or through a pointer (``ops->fault(vmf)``)."""

    function: ExprT
    args: tuple[ExprT, ...]


class Member(Expr, tag="m", frozen=True, array_like=True):
    """``base->name`` (arrow) or ``base.name``; ``at`` is the member's name."""

    base: ExprT
    name: str
    arrow: bool


class Index(Expr, tag="i", frozen=True, array_like=True):
    """``base[index]``."""

    base: ExprT
    index: ExprT


class Unary(Expr, tag="u", frozen=True, array_like=True):
    """``op operand`` for ``! ~ - + * &``; ``++``/``--`` either side; ``sizeof``."""

    op: str
    operand: ExprT


class Binary(Expr, tag="b", frozen=True, array_like=True):
    """``left op right``, the comma operator included."""

    op: str
    left: ExprT
    right: ExprT


class Assign(Expr, tag="a", frozen=True, array_like=True):
    """``target op value``; initialisers of declarations are ``=``."""

    op: str
    target: ExprT
    value: ExprT


class Conditional(Expr, tag="q", frozen=True, array_like=True):
    """``test ? then : other``; ``test ?: other`` has *then* None."""

    test: ExprT
    then: ExprT | None
    other: ExprT


class Cast(Expr, tag="x", frozen=True, array_like=True):
    """``(type)operand``."""

    type: str
    operand: ExprT


class Group(Expr, tag="g", frozen=True, array_like=True):
    """Parts evaluated in order, the last being the value.

    Initialiser lists, ``({ ... })``, and whatever the grammar could not name (an ERROR's
    readable parts).
    """

    parts: tuple[ExprT, ...]


ExprT = (
    Name
    | Const
    | TypeArg
    | Call
    | Member
    | Index
    | Unary
    | Binary
    | Assign
    | Conditional
    | Cast
    | Group
)


class Step(msgspec.Struct, frozen=True, array_like=True):
    """One node of the control-flow graph.

    ``kind`` and the meaning of ``next`` (indices of steps):

    - ``eval``: evaluate ``expr``; one successor.
    - ``branch``: test ``expr``; successors (true, false).
    - ``arm``: a preprocessor condition, text in ``label``; successors (taken, not taken).
    - ``each``: a loop macro, ``expr`` is its call; successors (one more turn, done).
    - ``block``: a block macro, ``expr`` is its call; successors (body, past it).
    - ``switch``: ``expr`` against ``cases``; one successor a case.
    - ``return``: ``expr`` or None; no successor.
    - ``enter``: a scope guard takes hold, ``expr`` is the call that names it; one successor.
    - ``leave``: the guard entered at step ``guard`` lets go; one successor.
    - ``stop``: no way on (``BUG()``, a computed ``goto`` without targets).
    """

    kind: str
    line: int
    next: tuple[int, ...]
    expr: ExprT | None = None
    label: str = ""
    cases: tuple[tuple[ExprT, ...] | None, ...] = ()
    """For ``switch``: the values of each successor; None = default."""
    guard: int = -1


class Flow(msgspec.Struct, frozen=True, array_like=True):
    """One reading of a body: its steps, entered at 0.  ``arm``: see parse.Parsed."""

    steps: tuple[Step, ...]
    arm: str = ""


class Scope(msgspec.Struct, frozen=True, array_like=True):
    """Where a local of a type is the one that its name means."""

    name: str
    type: str
    first: Position
    """Of the declared name."""
    last: Position
    """Of the end of the block around it."""


class Function(msgspec.Struct, frozen=True, array_like=True):
    """A function or a function-like macro, from one chunk, taken alone."""

    name: str
    kind: str
    """``function`` or ``macro``."""
    line: int
    """Line of its first token, from 1 in the chunk."""
    end_line: int
    static: bool
    returns: str
    """Return type as written, decorations dropped; empty for macros."""
    params: tuple[tuple[str, str], ...]
    """(name, type) of each parameter; types as written."""
    locals: tuple[tuple[str, str], ...]
    """(name, type) of each local declaration, in order."""
    flows: tuple[Flow, ...]
    whole: bool
    errors: tuple[int, ...] = ()
    """Lines where the grammar lost its way."""
    scopes: tuple[Scope, ...] = ()
    """Every declaration of the names that are declared with several types."""
