"""Expressions back as C, in one canonical spelling."""

from __future__ import annotations

from collections.abc import Iterator

from lockmap.facts.model import (
    Assign,
    Binary,
    Call,
    Cast,
    Conditional,
    Const,
    ExprT,
    Group,
    Index,
    Member,
    Name,
    TypeArg,
    Unary,
)


def render(expr: ExprT | None) -> str:
    """*expr* as C text."""
    match expr:
        case Name(_, text) | Const(_, text) | TypeArg(_, text):
            return text
        case Call(_, function, args):
            return f"{render(function)}({', '.join(render(a) for a in args)})"
        case Member(_, base, name, arrow):
            return f"{render(base)}{'->' if arrow else '.'}{name}"
        case Index(_, base, index):
            return f"{render(base)}[{render(index)}]"
        case Unary(_, op, operand):
            space = " " if op.isalpha() else ""
            return f"{op}{space}{render(operand)}"
        case Binary(_, op, left, right) | Assign(_, op, left, right):
            return f"{render(left)} {op} {render(right)}"
        case Conditional(_, test, then, other):
            return f"{render(test)} ? {render(then)} : {render(other)}"
        case Cast(_, kind, operand):
            return f"({kind}){render(operand)}"
        case Group(_, parts):
            return "{" + ", ".join(render(p) for p in parts) + "}"
    return ""


def children(expr: ExprT) -> tuple[ExprT, ...]:
    """The direct parts of *expr*, in the order they are evaluated."""
    match expr:
        case Call(_, function, args):
            return (function, *args)
        case Member(_, base, _, _) | Cast(_, _, base) | Unary(_, _, base):
            return (base,)
        case Index(_, left, right) | Binary(_, _, left, right):
            return (left, right)
        case Assign(_, _, target, value):
            return (value, target)
        case Conditional(_, test, then, other):
            return (test, other) if then is None else (test, then, other)
        case Group(_, parts):
            return parts
    return ()


def walk(expr: ExprT | None) -> Iterator[ExprT]:
    """*expr* and everything in it, outermost first."""
    stack = [] if expr is None else [expr]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(children(current)))


def calls(expr: ExprT | None) -> Iterator[Call]:
    """Every call in *expr*."""
    return (e for e in walk(expr) if isinstance(e, Call))
