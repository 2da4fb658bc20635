"""A macro's body in the words of its caller."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from lockmap.facts.model import (
    Assign,
    Binary,
    Call,
    Cast,
    Conditional,
    Const,
    ExprT,
    Function,
    Group,
    Index,
    Member,
    Name,
    TypeArg,
    Unary,
)
from lockmap.facts.render import render, walk

_WORD = re.compile(r"[A-Za-z_]\w*")
_LONGEST = 2000
REST = "__VA_ARGS__"


def bindings(macro: Function, args: Sequence[ExprT]) -> dict[str, ExprT]:
    """What each name in *macro* that is its own means at a call with *args*.

    Parameters mean the arguments, locals a value of their type.
    """
    names = [name for name, _ in macro.params]
    bound: dict[str, ExprT] = dict(zip(names, args, strict=False))
    if names and names[-1] == "...":
        del bound["..."]
        rest = REST if len(names) < 2 or not _named_rest(macro) else names[-2]
        start = names.index(rest) if rest in names else len(names) - 1
        bound[rest] = Group((1, 1), tuple(args[start:]))
    for name, kind in macro.locals:
        if name not in bound:
            at = (1, 1)
            bound[name] = Cast(at, kind_text(kind, bound), Const(at, "0"))
    return bound


def _named_rest(macro: Function) -> bool:
    """Whether ``args...`` names the rest of the arguments: its body has no ``__VA_ARGS__``."""
    return not any(
        isinstance(e, Name) and e.id == REST
        for flow in macro.flows
        for step in flow.steps
        if step.expr is not None
        for e in _names(step.expr)
    )


def _names(expr: ExprT) -> list[Name]:
    return [e for e in walk(expr) if isinstance(e, Name)]


def kind_text(text: str, bound: Mapping[str, ExprT]) -> str:
    """A type as text, with the names in it replaced."""

    def meant(match: re.Match[str]) -> str:
        expr = bound.get(match[0])
        if expr is None:
            return match[0]
        if isinstance(expr, Group):
            return ", ".join(render(p) for p in expr.parts)
        written = render(expr)
        if len(written) > _LONGEST:  # macros within macros: no type is written so
            return match[0]
        return written if isinstance(expr, Name | TypeArg | Const) else f"({written})"

    return _WORD.sub(meant, text)


def substitute(expr: ExprT, bound: Mapping[str, ExprT]) -> ExprT:
    """*expr* with every name that *bound* knows replaced."""
    replacer = _REPLACERS.get(type(expr))
    return expr if replacer is None else replacer(expr, bound)


def _name(e: Name, b: Mapping[str, ExprT]) -> ExprT:
    return b.get(e.id, e)


def _type(e: TypeArg, b: Mapping[str, ExprT]) -> ExprT:
    return TypeArg(e.at, kind_text(e.text, b))


def _call(e: Call, b: Mapping[str, ExprT]) -> ExprT:
    args: list[ExprT] = []
    for arg in e.args:
        new = substitute(arg, b)
        if isinstance(arg, Name) and isinstance(new, Group) and arg.id in b:
            args += new.parts  # the rest of the arguments
        else:
            args.append(new)
    return Call(e.at, substitute(e.function, b), tuple(args))


def _member(e: Member, b: Mapping[str, ExprT]) -> ExprT:
    name, base = b.get(e.name), substitute(e.base, b)
    while isinstance(name, Member):  # ->member, where member is a.b
        inner = name.base
        if isinstance(inner, Name):
            return Member(e.at, Member(e.at, base, inner.id, e.arrow), name.name, arrow=False)
        name = inner
    written = name.id if isinstance(name, Name) else e.name
    return Member(e.at, base, written, e.arrow)


def _cast(e: Cast, b: Mapping[str, ExprT]) -> ExprT:
    return Cast(e.at, kind_text(e.type, b), substitute(e.operand, b))


def _group(e: Group, b: Mapping[str, ExprT]) -> ExprT:
    return Group(e.at, tuple(substitute(p, b) for p in e.parts))


def _unary(e: Unary, b: Mapping[str, ExprT]) -> ExprT:
    return Unary(e.at, e.op, substitute(e.operand, b))


def _binary(e: Binary, b: Mapping[str, ExprT]) -> ExprT:
    return Binary(e.at, e.op, substitute(e.left, b), substitute(e.right, b))


def _index(e: Index, b: Mapping[str, ExprT]) -> ExprT:
    return Index(e.at, substitute(e.base, b), substitute(e.index, b))


def _assign(e: Assign, b: Mapping[str, ExprT]) -> ExprT:
    return Assign(e.at, e.op, substitute(e.target, b), substitute(e.value, b))


def _conditional(e: Conditional, b: Mapping[str, ExprT]) -> ExprT:
    then = None if e.then is None else substitute(e.then, b)
    return Conditional(e.at, substitute(e.test, b), then, substitute(e.other, b))


_REPLACERS: dict[type, Callable[..., ExprT]] = {
    Name: _name,
    TypeArg: _type,
    Call: _call,
    Member: _member,
    Cast: _cast,
    Group: _group,
    Unary: _unary,
    Binary: _binary,
    Index: _index,
    Assign: _assign,
    Conditional: _conditional,
}
