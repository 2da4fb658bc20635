"""Local variables that are set once: what they name wherever they are used."""

from __future__ import annotations

from collections.abc import Iterable

from lockmap.facts.model import Assign, Const, ExprT, Function, Name
from lockmap.facts.render import walk
from lockmap.locks.paths import is_path, object_path, typed


def single_aliases(function: Function) -> dict[str, str]:
    """Local variables that are set once, to a path: other names of that object.

    Aliases of aliases are followed.
    """
    return aliases_of(
        function,
        (
            expr
            for flow in function.flows
            for step in flow.steps
            for expr in walk(step.expr)
            if isinstance(expr, Assign)
        ),
    )


def aliases_of(function: Function, assigns: Iterable[Assign]) -> dict[str, str]:
    """The same, given all assignments in *function*."""
    targets: dict[str, set[ExprT | None]] = {}
    for expr in assigns:
        if expr.op == "=" and isinstance(expr.target, Name):
            if isinstance(expr.value, Const):  # "sem = NULL" until it is known which
                continue
            value: ExprT | None = expr.value if is_path(expr.value) else None
            targets.setdefault(expr.target.id, set()).add(value)
    params = {name for name, _ in function.params}
    once = {
        name: next(iter(values))
        for name, values in targets.items()
        if len(values) == 1 and name not in params
    }
    declared = dict(function.locals)
    aliases: dict[str, str] = {}
    for _ in range(4):
        for name, value in once.items():
            if value is not None:
                path = typed(object_path(value, aliases, frozenset()), declared.get(name, ""))
                if path.split(".", 1)[0] != name:
                    aliases[name] = path
    return aliases
