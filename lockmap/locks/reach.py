"""What a function names and calls, and from where it can be called."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lockmap.facts.model import Assign, Binary, Call, ExprT, Function, Member, Name, Unary
from lockmap.facts.render import calls, children, walk

_ARCH = re.compile(r"arch/([^/]+)/")
_CALLED: dict[int, tuple[Function, frozenset[str]]] = {}


def called_names(function: Function) -> frozenset[str]:
    """The names that *function* calls."""
    found = _CALLED.get(id(function))
    if found is None or found[0] is not function:
        names = frozenset(
            call.function.id
            for flow in function.flows
            for step in flow.steps
            for call in calls(step.expr)
            if isinstance(call.function, Name)
        )
        found = _CALLED[id(function)] = (function, names)
    return found[1]


def symbols(function: Function) -> frozenset[str]:
    """The names in *function* that are spelled like constants."""
    return frozenset(
        part.id
        for flow in function.flows
        for step in flow.steps
        for part in walk(step.expr)
        if isinstance(part, Name) and part.id.upper() == part.id
    )


def tested_flags(function: Function, families: tuple[str, ...]) -> frozenset[str]:
    """The variables of which *function* tests flags that conventions decide by."""
    return frozenset(
        part.left.id
        for flow in function.flows
        for step in flow.steps
        for part in walk(step.expr)
        if isinstance(part, Binary)
        and part.op == "&"
        and isinstance(part.left, Name)
        and any(isinstance(n, Name) and n.id.startswith(families) for n in walk(part.right))
    )


def visible_from(definer: str, function: Function, user: str) -> bool:
    """Whether a call in file *user* can reach *function* of file *definer*.

    Static functions of a ``.c`` file are its own; those of one architecture are not
    another's.
    """
    if definer == user:
        return True
    if (function.static or function.kind == "macro") and definer.endswith(".c"):
        return False
    ours, theirs = _ARCH.match(user), _ARCH.match(definer)
    return not (ours and theirs and ours[1] != theirs[1])


def stored(function: Function) -> Iterator[tuple[int, str, int]]:
    """The parameters that *function* copies into what another parameter points to."""
    params = {name: i for i, (name, _) in enumerate(function.params)}
    for flow in function.flows:
        for step in flow.steps:
            match step.expr:
                case Assign(_, "=", Member(_, Name(_, target), member, True), Name(_, source)):
                    if target in params and source in params:
                        yield params[target], member, params[source]


def assigned(macro: Function) -> frozenset[int]:
    """The arguments that a function-like macro assigns to: ``#define CHECK(err, x) err = !(x)``."""
    params = {name: i for i, (name, _) in enumerate(macro.params)}
    return frozenset(
        params[target.id]
        for flow in macro.flows
        for step in flow.steps
        for part in walk(step.expr)
        if isinstance(
            target := part.target
            if isinstance(part, Assign) and part.op != "init"
            else part.operand
            if isinstance(part, Unary) and part.op in {"++", "--"}
            else None,
            Name,
        )
        and target.id in params
    )


def only_read(function: Function) -> frozenset[str]:
    """The parameters that *function* uses, but only to look at what they point to.

    ``if (p && *p)`` tells a caller nothing; ``*p = 0``, ``g(p)`` and ``q->p = p`` may.
    """
    params = {name for name, _ in function.params}
    used: set[str] = set()
    given: set[str] = set()
    for flow in function.flows:
        for step in flow.steps:
            parts = list(walk(step.expr))
            used.update(part.id for part in parts if isinstance(part, Name))
            for part in parts:
                given.update(_given_on(part))
            if step.kind == "return" and isinstance(step.expr, Name):
                given.add(step.expr.id)
    return frozenset((params & used) - given)


def _given_on(expr: ExprT) -> Iterator[str]:
    """The variables that *expr* itself writes through, passes or copies."""
    match expr:
        case Call(_, _, args):
            for arg in args:
                yield from _as_it_is(arg)
        case Assign(_, _, target, value):
            yield from _as_it_is(value)
            if not isinstance(target, Name):
                yield from (part.id for part in walk(target) if isinstance(part, Name))
        case Unary(_, "++" | "--", operand):
            yield from (part.id for part in walk(operand) if isinstance(part, Name))


def _as_it_is(expr: ExprT) -> Iterator[str]:
    """The variables whose own value *expr* may be: ``p``, ``p ? p : q``, ``&p``."""
    if isinstance(expr, Name):
        yield expr.id
    elif not isinstance(expr, Call | Member) and not (isinstance(expr, Unary) and expr.op in "*!"):
        for part in children(expr):
            yield from _as_it_is(part)
