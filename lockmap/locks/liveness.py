"""Which variables are asked about again after a step: the rest need not tell paths apart."""

from __future__ import annotations

from lockmap.facts.model import Assign, Call, Const, ExprT, Flow, Member, Name, Step, Unary
from lockmap.facts.render import children


def live_names(flow: Flow) -> list[frozenset[str]]:
    """For each step, the names whose value may still matter to a test, call or return.

    Classical backward data flow over the steps; a plain assignment ends a name's life.
    """
    notes = _notes(flow)
    uses = [_uses(step) | (notes if step.kind == "return" else set()) for step in flow.steps]
    kills = [_kills(step) for step in flow.steps]
    before: list[set[str]] = [set(u) for u in uses]
    changed = True
    while changed:
        changed = False
        for index in range(len(flow.steps) - 1, -1, -1):
            after: set[str] = set()
            for target in flow.steps[index].next:
                after |= before[target]
            now = uses[index] | (after - kills[index])
            if now != before[index]:
                before[index] = now
                changed = True
    return [frozenset(names) for names in before]


def _notes(flow: Flow) -> set[str]:
    """The members that are set to constants: what a caller may go by after the return."""
    return {
        step.expr.target.name
        for step in flow.steps
        if isinstance(step.expr, Assign)
        and isinstance(step.expr.target, Member)
        and isinstance(step.expr.target.base, Name)
        and isinstance(step.expr.value, Const)
    }


def _uses(step: Step) -> set[str]:
    found: set[str] = set()
    if step.expr is not None:
        _collect(step.expr, found, target=False)
    for case in step.cases:
        for expr in case or ():
            _collect(expr, found, target=False)
    return found


def _collect(expr: ExprT, found: set[str], *, target: bool) -> None:
    match expr:
        case Name(_, name):
            if not target:
                found.add(name)
        case Assign(_, op, left, right):
            _collect(right, found, target=False)
            _collect(left, found, target=op == "=" and isinstance(left, Name))
        case Member(_, base, name, _):
            found.add(name)
            _collect(base, found, target=False)
        case _:
            for part in children(expr):
                _collect(part, found, target=False)


def _kills(step: Step) -> set[str]:
    expr = step.expr
    if (
        step.kind == "eval"
        and isinstance(expr, Assign)
        and expr.op == "="
        and isinstance(expr.target, Name)
    ):
        return {expr.target.id}
    return set()


__all__ = ("Call", "Unary", "live_names")
