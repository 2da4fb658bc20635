"""Operations that the text shows and no followed path carries out.

Either the code is dead, or what was known of a value on the way was wrong: then a section may
be missing, or one may lack an end.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from lockmap.facts.model import Call, Const, Flow, Function, Member, Name, Position, Step
from lockmap.facts.render import calls, walk


def reachable_calls(function: Function, noreturn: frozenset[str]) -> frozenset[Position]:
    """Where calls stand that the shape of *function* alone leads to."""
    found: set[Position] = set()
    for flow in function.flows:
        for index in _reachable(flow, noreturn):
            step = flow.steps[index]
            for expr in (step.expr, *(e for case in step.cases for e in case or ())):
                found.update(call.at for call in calls(expr))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Doubts:
    """The members and globals whose tests may wrongly have kept code from being visited."""

    near: frozenset[str] = frozenset()
    """Of the tests that stand before the code."""
    far: frozenset[str] = frozenset()
    """Of all tests, where operations on a lock are among the code."""

    def __or__(self, other: Doubts) -> Doubts:
        return Doubts(self.near | other.near, self.far | other.far)


def doubts(
    flow: Flow,
    visited: AbstractSet[int],
    private: frozenset[str],
    noreturn: frozenset[str],
    operations: AbstractSet[str],
) -> Doubts:
    """What to doubt of *flow* of which only the steps *visited* were.

    *private* are the function's own variables, which nobody else changes; *operations* are
    the names of lock functions.
    """
    if len(visited) == len(flow.steps):
        return Doubts()
    lost = _reachable(flow, noreturn) - visited
    called = {name for index in lost for name in _called(flow.steps[index])}
    if not called:
        return Doubts()
    tests = [index for index in visited if flow.steps[index].kind in {"branch", "switch"}]
    names = {
        index: [n for part in walk(flow.steps[index].expr) for n in _shared(part, private)]
        for index in tests
    }
    near = [i for i in tests if any(target in lost for target in flow.steps[i].next)]
    return Doubts(
        frozenset(name for index in near for name in names[index]),
        frozenset(n for of_test in names.values() for n in of_test)
        if called & operations
        else frozenset(),
    )


def _called(step: Step) -> set[str]:
    """The names that *step* calls; ``*`` for a call through a pointer."""
    return {c.function.id if isinstance(c.function, Name) else "*" for c in calls(step.expr)}


def _shared(expr: object, private: frozenset[str]) -> tuple[str, ...]:
    match expr:
        case Member(_, _, name, _):
            return (name,)
        case Name(_, name) if name not in private and name.upper() != name:
            return (name,)
    return ()


def _reachable(flow: Flow, noreturn: frozenset[str]) -> set[int]:
    seen: set[int] = set()
    waiting = [0] if flow.steps else []
    while waiting:
        index = waiting.pop()
        if index not in seen:
            seen.add(index)
            waiting += _onward(flow.steps[index], noreturn)
    return seen


def _onward(step: Step, noreturn: frozenset[str]) -> tuple[int, ...]:
    """The steps that *step* may go on to, whatever values are."""
    expr = step.expr
    if (
        step.kind == "eval"
        and isinstance(expr, Call)
        and isinstance(expr.function, Name)
        and expr.function.id in noreturn
    ):
        return ()
    if step.kind == "arm" and step.label in {"0", "1", "!0", "!1"}:
        return step.next[:1] if step.label in {"1", "!0"} else step.next[1:]
    if step.kind == "branch" and isinstance(expr, Const) and expr.text.isdigit():
        return step.next[1:] if int(expr.text) == 0 else step.next[:1]
    return step.next
