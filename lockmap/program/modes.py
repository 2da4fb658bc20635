"""In which mode an expression touches each variable and member in it.

The mode of ``x->a.b[i]``, an array member, is that of ``x->a`` and of ``.b`` alike: what is
done to a part is done to the whole.  A pointer that is followed is read.  ``&x->f`` takes the
address, unless it is followed at once: ``*&x->f = 1`` writes, and so does a macro that follows
the address it is given.
"""

from __future__ import annotations

from collections.abc import Callable

from lockmap.facts.model import (
    Assign,
    Binary,
    Call,
    Cast,
    Conditional,
    ExprT,
    Group,
    Index,
    Member,
    Name,
    Unary,
)
from lockmap.program.uses import ADDRESS, READ, UNEVALUATED, VALUE, WRITE, Sink, Uses


class Walk:
    """Goes through expressions and tells *sink* of every name and member in them."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def visit(self, expr: ExprT, mode: int) -> None:
        """*expr* is used in *mode*."""
        visitor = _VISITORS.get(type(expr))
        if visitor is not None:
            visitor(self, expr, mode)

    def target(self, expr: ExprT, mode: int) -> None:
        """*expr* is a pointer that is followed: what it points to is used in *mode*."""
        match expr:
            case Name():
                self._sink.name_target(expr, mode)
            case Unary(_, "&", operand):
                self.visit(operand, mode)
            case Cast(_, _, operand):
                self.target(operand, mode)
            case Member() | Index() if self._sink.is_array(expr):
                self._place(expr, mode)
            case Binary(_, "+" | "-", left, right):
                self.target(left, mode)
                self.visit(right, _value(mode))
            case Conditional(_, test, then, other):
                self.visit(test, _value(mode))
                if then is not None:
                    self.target(then, mode)
                self.target(other, mode)
            case Group(_, parts) if parts:
                for part in parts[:-1]:
                    self.visit(part, _value(mode))
                self.target(parts[-1], mode)
            case _:
                self.visit(expr, _value(mode))

    def _member(self, expr: Member, mode: int) -> None:
        if mode & READ and self._sink.is_array(expr):
            mode = mode & ~READ | ADDRESS
        self._place(expr, mode)

    def _place(self, expr: ExprT, mode: int) -> None:
        """A member or element as a place, whatever its type."""
        if isinstance(expr, Member):
            self._sink.member(expr, mode)
            if expr.arrow:
                self.target(expr.base, mode)
            else:
                self._whole(expr.base, mode)
        elif isinstance(expr, Index):
            self.target(expr.base, mode)
            self.visit(expr.index, _value(mode))
        else:
            self.visit(expr, mode)

    def _whole(self, expr: ExprT, mode: int) -> None:
        """What a part of is used in *mode*."""
        if isinstance(expr, Member | Index):
            self._place(expr, mode)
        else:
            self.visit(expr, mode)

    def _index(self, expr: Index, mode: int) -> None:
        if mode & READ and self._sink.is_array(expr):
            mode = mode & ~READ | ADDRESS
        self._place(expr, mode)

    def _unary(self, expr: Unary, mode: int) -> None:
        match expr.op:
            case "*":
                self.target(expr.operand, mode)
            case "&":
                self._address(expr.operand, mode)
            case "++" | "--":
                self.visit(expr.operand, _within(READ | WRITE, mode))
            case "sizeof":
                self.visit(expr.operand, UNEVALUATED)
            case _:
                self.visit(expr.operand, _value(mode))

    def _address(self, expr: ExprT, mode: int) -> None:
        mode = _within(ADDRESS, mode)
        if isinstance(expr, Member | Index):
            self._place(expr, mode)
        else:
            self.visit(expr, mode)

    def _binary(self, expr: Binary, mode: int) -> None:
        self.visit(expr.left, _value(mode))
        self.visit(expr.right, mode if expr.op == "," else _value(mode))

    def _assign(self, expr: Assign, mode: int) -> None:
        self.visit(expr.value, _value(mode))
        if isinstance(expr.target, Name):
            self._sink.assigned(expr)
        if expr.op != "init":
            written = WRITE if expr.op == "=" else READ | WRITE
            self.visit(expr.target, _within(written, mode))

    def _conditional(self, expr: Conditional, mode: int) -> None:
        self.visit(expr.test, _value(mode))
        if expr.then is not None:
            self.visit(expr.then, mode)
        self.visit(expr.other, mode)

    def _cast(self, expr: Cast, mode: int) -> None:
        self.visit(expr.operand, mode)

    def _group(self, expr: Group, mode: int) -> None:
        for part in expr.parts[:-1]:
            self.visit(part, _value(mode))
        if expr.parts:
            self.visit(expr.parts[-1], mode)

    def _name(self, expr: Name, mode: int) -> None:
        self._sink.name(expr, mode)

    def _call(self, expr: Call, mode: int) -> None:
        read = _value(mode)
        function = expr.function
        if not isinstance(function, Name):
            self._sink.called(expr)
            self.visit(function, read)
            for arg in expr.args:
                self.visit(arg, read)
            return
        uses = self._sink.uses(expr)
        if uses is None:
            self._sink.called(expr)
            for arg in expr.args:
                self.visit(arg, read)
            return
        self._macro(expr, uses, mode)

    def _macro(self, call: Call, uses: Uses, mode: int) -> None:
        for number, arg in enumerate(call.args):
            named = number < len(uses.parameters)
            use = uses.parameters[number] if named else uses.rest
            if use.value:
                self.visit(arg, _within(use.value, mode))
            if use.target:
                self.target(arg, _within(use.target, mode))
        for touched in uses.members:
            if touched.parameter < len(call.args):
                self._sink.touched(call, touched, _within(touched.mode, mode))


def _value(mode: int) -> int:
    return UNEVALUATED if mode == UNEVALUATED else READ


def _within(inner: int, outer: int) -> int:
    """*inner*, as it is where all is used in *outer*."""
    if outer == UNEVALUATED:
        return UNEVALUATED
    return inner & ~VALUE | outer if inner & VALUE else inner


_VISITORS: dict[type, Callable[[Walk, ExprT, int], None]] = {
    Name: Walk._name,  # type: ignore[dict-item]
    Member: Walk._member,  # type: ignore[dict-item]
    Index: Walk._index,  # type: ignore[dict-item]
    Unary: Walk._unary,  # type: ignore[dict-item]
    Binary: Walk._binary,  # type: ignore[dict-item]
    Assign: Walk._assign,  # type: ignore[dict-item]
    Conditional: Walk._conditional,  # type: ignore[dict-item]
    Cast: Walk._cast,  # type: ignore[dict-item]
    Group: Walk._group,  # type: ignore[dict-item]
    Call: Walk._call,  # type: ignore[dict-item]
}
