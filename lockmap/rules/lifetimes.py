"""Which accesses are of an object that is not shared: new, on the stack, or about to be freed.

*New*: on every path to the access the variable was last set to the value of an allocator, and
its object was shown to nobody since.  *About to be freed*: on every path from the access on, the
object is freed, and the variable not set before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass

from lockmap.facts.model import (
    Assign,
    Call,
    Cast,
    ExprT,
    Flow,
    Function,
    Group,
    Index,
    Member,
    Name,
    Position,
    Step,
    Unary,
)
from lockmap.facts.render import calls, walk
from lockmap.rules.lifetime_data import Lifetimes

INIT, TEARDOWN, NORMAL = "init", "teardown", "normal"
GIVEN = "given "
"""With the number of a parameter: ``init`` where the caller gives a new object for it."""

NEW = -1
"""Where the number of a parameter may stand: a new object."""

Names = frozenset[str]
_NOTHING: Names = frozenset()


@dataclass(frozen=True, slots=True)
class Lives:
    """Which objects of one function are its own."""

    phases: Mapping[tuple[Position, str], str]
    """(position, member) → ``init``, ``teardown`` or given, of accesses that are not normal."""
    given: Mapping[str, int]
    """Parameter that stands for one object throughout → its number: what is accessed of it is
    ``given`` where ``phases`` is silent."""
    new_at: Mapping[Position, Mapping[str, int]]
    """Position of a call → variables that name a new object then (``NEW``), or the one that a
    parameter was given (its number); of calls with any."""


def lives(function: Function, called: Set[str], assigned: Set[str], data: Lifetimes) -> Lives:
    """Whose objects *function* has for itself, or from its callers.

    *called*: the names that it calls, at least; *assigned*: the variables that it sets.
    """
    own = _on_stack(function)
    params = tuple(name for name, _ in function.params)
    new = frozenset(data.given(data.constructor, function.name, params))
    dying = frozenset(data.given(data.destructor, function.name, params))
    given = {
        name: number
        for number, (name, kind) in enumerate(function.params)
        if is_followed(kind, data) and name not in assigned and name not in new | dying
    }
    shown = not data.shares.keys().isdisjoint(called)
    moves = new or dying or (shown and given) or not data.words.isdisjoint(called)
    if not own and not moves:
        return Lives({}, given, {})
    found: dict[tuple[Position, str], str] = {}
    new_at: dict[Position, Mapping[str, int]] = {}
    handed = frozenset(given if shown else ())
    for flow in function.flows:
        fresh = _forward(flow, data, new | handed) if moves else ()
        doomed = _backward(flow, data) if moves else ()
        for number, step in enumerate(flow.steps):
            now = own | fresh[number] if fresh else own
            ending = dying | doomed[number] if doomed else dying
            for member, variable in _owned(step.expr) if now or ending else ():
                key = (member.at, member.name)
                if variable in now:
                    found[key] = f"{GIVEN}{given[variable]}" if variable in handed else INIT
                elif variable in ending:
                    found.setdefault(key, TEARDOWN)
            if now:
                sources = {name: given[name] if name in handed else NEW for name in now}
                new_at.update((call.at, sources) for call in calls(step.expr))
    if shown:  # given until it is shown, which phases tells
        given = {}
    return Lives(found, given, new_at)


def passed(made: Iterable[Call], known: Lives) -> Iterable[tuple[Call, int, int]]:
    """Of the calls *made*: (call, number of an argument, whose object it is: see ``new_at``)."""
    for call in made:
        new = known.new_at.get(call.at, {})
        for number, arg in enumerate(call.args):
            name = _plain_name(arg.operand if isinstance(arg, Unary) and arg.op == "&" else arg)
            source = new.get(name, known.given.get(name)) if name else None
            if source is not None:
                yield call, number, source


def is_followed(kind: str, data: Lifetimes) -> bool:
    """Whether a variable of this type points at an object that is followed."""
    words = kind.replace("*", " * ").split()
    return words.count("*") == 1 and not data.followed.isdisjoint(words)


def _on_stack(function: Function) -> Names:
    """The locals that are objects themselves."""
    return frozenset(
        name
        for name, kind in function.locals
        if kind.startswith(("struct ", "union ")) and "*" not in kind and "[" not in kind
    )


def _owned(expr: ExprT | None) -> Iterable[tuple[Member, str]]:
    """The members in *expr* of an object that a variable names, those of its parts included."""
    for part in walk(expr):
        if isinstance(part, Member):
            variable = _variable(part)
            if variable:
                yield part, variable


def _variable(member: Member) -> str:
    base: ExprT = member.base
    arrow = member.arrow
    while True:
        match base:
            case Name(_, name):
                return name
            case Member(_, inner, _, is_arrow) if not arrow:
                base, arrow = inner, is_arrow
            case Index(_, inner, _) if not arrow:
                base = inner
            case Unary(_, "&", inner) if arrow:
                base, arrow = inner, False
            case Unary(_, "*", inner) if not arrow:
                base, arrow = inner, True
            case _:
                return ""


def _forward(flow: Flow, data: Lifetimes, given: Names) -> list[Names]:
    """The variables that name a new object before each step."""
    before: list[Names | None] = [None] * len(flow.steps)
    if before:
        before[0] = given
    waiting = [0] if before else []
    while waiting:
        number = waiting.pop()
        step = flow.steps[number]
        after = _after(step, before[number] or _NOTHING, data)
        for target in step.next:
            known = before[target]
            joined = after if known is None else known & after
            if joined != known:
                before[target] = joined
                waiting.append(target)
    return [names or _NOTHING for names in before]


def _after(step: Step, fresh: Names, data: Lifetimes) -> Names:
    for part in reversed(list(walk(step.expr))):  # operands before what is made of them
        if isinstance(part, Call) and isinstance(part.function, Name):
            fresh -= {_shown(part, data)}
        elif isinstance(part, Assign):
            if isinstance(part.target, Name):
                made = part.op == "=" and _is_new(part.value, data)
                fresh = fresh | {part.target.id} if made else fresh - {part.target.id}
            elif fresh:
                fresh -= {_plain_name(part.value)}  # kept somewhere: others may see it
    return fresh


def _is_new(value: ExprT, data: Lifetimes) -> bool:
    match value:
        case Cast(_, _, operand):
            return _is_new(operand, data)
        case Call(_, Name(_, name), _):
            return name in data.allocators
        case Assign(_, _, _, inner):
            return _is_new(inner, data)
        case Group(_, (*_, last)):
            return _is_new(last, data)
    return False


def _backward(flow: Flow, data: Lifetimes) -> list[Names]:
    """The variables whose object is freed from each step on, whatever way is taken."""
    freed = [_freed(step, data) for step in flow.steps]
    everything: Names = frozenset().union(*freed)
    if not everything:
        return []
    sets = [_set(step) for step in flow.steps]
    at: list[Names] = [everything] * len(flow.steps)
    sources: list[list[int]] = [[] for _ in flow.steps]
    for number, step in enumerate(flow.steps):
        for target in step.next:
            sources[target].append(number)
    waiting = list(range(len(flow.steps)))
    while waiting:
        number = waiting.pop()
        step = flow.steps[number]
        after = frozenset.intersection(*(at[t] for t in step.next)) if step.next else _NOTHING
        if step.kind == "stop":
            after = everything
        now = (after - sets[number]) | freed[number]
        if now != at[number]:
            at[number] = now
            waiting += sources[number]
    return at


def _freed(step: Step, data: Lifetimes) -> Names:
    return _named_by(step, lambda call: _argument(call, data.frees))


def _named_by(step: Step, name: Callable[[Call], str]) -> Names:
    return frozenset(n for call in calls(step.expr) if (n := name(call)))


def _set(step: Step) -> Names:
    return frozenset(
        part.target.id
        for part in walk(step.expr)
        if isinstance(part, Assign) and isinstance(part.target, Name)
    )


def _argument(call: Call, functions: Mapping[str, int]) -> str:
    """The variable that *call* gives to one of *functions* as the object; empty: none."""
    if not isinstance(call.function, Name):
        return ""
    number = functions.get(call.function.id, -1)
    return _plain_name(call.args[number]) if 0 <= number < len(call.args) else ""


def _shown(call: Call, data: Lifetimes) -> str:
    """The variable whose object, or a part of it, *call* lets others see; empty: none."""
    assert isinstance(call.function, Name)
    number = data.shares.get(call.function.id, -1)
    arg = call.args[number] if 0 <= number < len(call.args) else None
    match arg:
        case Unary(_, "&", Member() as part):
            return _variable(part)
        case None:
            return ""
    return _plain_name(arg)


def _plain_name(expr: ExprT) -> str:
    match expr:
        case Name(_, name):
            return name
        case Cast(_, _, operand):
            return _plain_name(operand)
    return ""
