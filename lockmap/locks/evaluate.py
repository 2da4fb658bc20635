"""Evaluating expressions on one path: what they are worth and what they change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from lockmap.facts.model import (
    Assign,
    Binary,
    Call,
    Cast,
    Conditional,
    ExprT,
    Group,
    Member,
    Name,
    Unary,
)
from lockmap.facts.render import children
from lockmap.locks import values
from lockmap.locks.conditions import Conditions, Valued
from lockmap.locks.paths import fact_key, is_path, typed
from lockmap.locks.state import State
from lockmap.locks.values import NONZERO, TOP, Value, constant

Calls = Callable[[Call, State, list[Value], str], Valued]
"""Carries out a call: (call, state, argument values, path its result goes to)."""


class Evaluator(Conditions):
    """Evaluates the expressions of one function; *call* carries out its calls."""

    def __init__(
        self,
        variables: Mapping[str, str],
        params: Mapping[str, int],
        transparent: frozenset[str],
        error_pointer: frozenset[str],
        error_or_null: frozenset[str],
        assertions: frozenset[str],
        requirements: frozenset[str],
        call: Calls,
        path: Callable[[ExprT, Mapping[str, str]], str],
        flags: Callable[[str], frozenset[str]],
        stable: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(
            variables, params, transparent, error_pointer, error_or_null, flags, stable
        )
        self._assertions = assertions
        self._requirements = requirements
        self._call = call
        self._path = path
        self._effects: dict[int, tuple[ExprT, bool]] = {}
        self._choices: dict[int, tuple[Call, tuple[ExprT, Call, Call] | None]] = {}

    def run(self, expr: ExprT | None, state: State) -> Valued:
        """Evaluate *expr*: every (state, value) it may lead to."""
        if expr is None:
            return [(state, TOP)]
        if not self._has_effect(expr):
            return [(state, self.value(expr, state))]
        match expr:
            case Call():
                return self._run_call(expr, state, "")
            case Assign():
                return self._assign(expr, state)
            case Unary(_, "++" | "--", operand):
                return [(self._overwrite(operand, s), TOP) for s, _ in self.run(operand, state)]
            case Binary(_, "&&" | "||", _, _) | Unary(_, "!", _):
                yes, no = self.split(expr, state)
                return [(s, constant("1")) for s in yes] + [(s, constant("0")) for s in no]
            case Binary(_, op, left, right):
                pairs = [
                    (s2, a, b) for s, a in self.run(left, state) for s2, b in self.run(right, s)
                ]
                return [(s, b if op == "," else self._combine(op, a, b)) for s, a, b in pairs]
            case Conditional(_, test, then, other):
                yes, no = self.split(test, state)
                taken = [
                    p
                    for s in yes
                    for p in (self.run(then, s) if then is not None else [(s, NONZERO)])
                ]
                return taken + [p for s in no for p in self.run(other, s)]
            case Cast(_, _, operand):
                return self.run(operand, state)
        return self._in_order(expr, state)

    def _in_order(self, expr: ExprT, state: State) -> Valued:
        results: Valued = [(state, TOP)]
        for part in children(expr):
            results = [pair for s, _ in results for pair in self.run(part, s)]
        if isinstance(expr, Group):
            return results
        return [(s, self.value(expr, s) if not _calls_inside(expr) else TOP) for s, _ in results]

    # -- effects ----------------------------------------------------------------------

    def _assign(self, expr: Assign, state: State) -> Valued:
        target, op = expr.target, expr.op
        into = self._path(target, state.aliases) if is_path(target) else ""
        source = _uncast(expr.value)
        if op == "init":
            return self.run(expr.value, state)
        if isinstance(source, Call):
            results = self._run_call(source, state, "")
        else:
            results = self.run(expr.value, state)
        if not is_path(target):
            results = [
                pair for s, v in results for pair in ((s2, v) for s2, _ in self.run(target, s))
            ]
        done: Valued = []
        for after, value in results:
            if op == "=":
                stored = self._store(target, expr.value, after, value)
                done.append((stored.with_result(into) if into else stored, value))
            else:
                done.append(self._update(op, target, expr.value, after))
        return done

    def _store(self, target: ExprT, source: ExprT, state: State, value: Value) -> State:
        alias = self._alias(source, state)
        if alias is not None and isinstance(target, Name):
            alias = typed(alias, self._variables.get(target.id, ""))
        after = self._overwrite(target, state)
        key = fact_key(target)
        if key is not None:
            after = after.with_fact(key, value)
            origin = fact_key(_uncast(source)) if is_path(_uncast(source)) else None
            if origin is not None and origin.isidentifier() and origin in self._variables:
                after = after.with_alias(f"={key}", origin)
        if isinstance(target, Name) and alias is not None and not _mentions(alias, target.id):
            after = after.with_alias(target.id, alias)
        return after

    def _alias(self, source: ExprT, state: State) -> str | None:
        """The object that a variable set to *source* is another name of."""
        plain = _uncast(source)
        if isinstance(plain, Call) and isinstance(plain.function, Name):
            if (
                plain.function.id not in self._transparent
                or not plain.args
                or not is_path(plain.args[0])
            ):
                return None
            return self._path(plain, state.aliases)
        if not is_path(plain):
            return None
        return self._path(plain, state.aliases)

    def _overwrite(self, target: ExprT, state: State) -> State:
        """The state after something unknown was written to *target*."""
        if isinstance(target, Name):
            state = state.without(target.id)
            if self._is_global(target.id):
                return replace(state, touched=state.touched | {target.id})
            if target.id in self._params:
                state = replace(state, touched=state.touched | {target.id})
                state = state.with_alias(target.id, f"{target.id}~")
            return state
        key = fact_key(target)
        suffix = ""
        if isinstance(target, Member):
            suffix = target.name
        elif key is not None and key.startswith("*") and key[1:] in self.reporting:
            state = replace(state, touched=state.touched | {key})
        facts = {
            k: v
            for k, v in state.facts.items()
            if k[0] == "$"
            or (k != key and not (suffix and k.endswith((f"->{suffix}", f".{suffix}"))))
        }
        aliases = {k: p for k, p in state.aliases.items() if not (suffix and f".{suffix}" in p)}
        touched = state.touched | {f"->{suffix}"} if suffix else state.touched
        return State(state.locks, facts, aliases, touched)

    def _update(self, op: str, target: ExprT, source: ExprT, state: State) -> tuple[State, Value]:
        old = self.value(target, state)
        flags: list[str] | None = None
        if op == "|=":
            flags = self._flags(source)
            if flags is not None and any(map(self.undefined, flags)):
                flags = None
        elif op == "&=" and isinstance(source, Unary) and source.op == "~":
            flags = self._flags(source.operand)
        new = TOP
        if flags is not None:
            new = values.set_bits(old, flags, on=op == "|=")
        elif op == "|=":
            new = self._combine("|", old, self.value(source, state))
        after = self._overwrite(target, state)
        key = fact_key(target)
        return (after.with_fact(key, new) if key else after), new

    def _run_call(self, call: Call, state: State, into: str) -> Valued:
        if isinstance(call.function, Name) and call.args:
            if call.function.id in self._assertions:
                return [(s, TOP) for s in self.split(call.args[0], state)[1]]
            if call.function.id in self._requirements:
                return [(s, TOP) for s in self.split(call.args[0], state)[0]]
        chosen = self._chosen_argument(call)
        if chosen is not None:
            test, then, other = chosen
            yes, no = self.split(test, state)
            return [
                pair
                for one, states in ((then, yes), (other, no))
                for s in states
                for pair in self._run_call(one, s, into)
            ]
        results: list[tuple[State, list[Value]]] = [(state, [])]
        if not isinstance(call.function, Name):
            results = [(s, []) for s, _ in self.run(call.function, state)]
        for arg in call.args:
            results = [(s2, [*vs, v]) for s, vs in results for s2, v in self.run(arg, s)]
        return [pair for s, vs in results for pair in self._call(call, s, vs, into)]

    def _chosen_argument(self, call: Call) -> tuple[ExprT, Call, Call] | None:
        """*call* as two, when an argument is one of two addresses: ``f(p ? p : &mine)``.

        What the callee tells through the pointer is then known of the right one.
        """
        known = self._choices.get(id(call))
        if known is None:
            known = self._choices[id(call)] = (call, _split_argument(call))
        return known[1]

    def _has_effect(self, expr: ExprT) -> bool:
        known = self._effects.get(id(expr))
        if known is not None:
            return known[1]
        found = isinstance(expr, Call | Assign) or (
            isinstance(expr, Unary) and expr.op in {"++", "--"}
        )
        if not found:
            found = any(self._has_effect(part) for part in children(expr))
        self._effects[id(expr)] = (expr, found)
        return found


def _uncast(expr: ExprT) -> ExprT:
    while isinstance(expr, Cast):
        expr = expr.operand
    return expr


def _split_argument(call: Call) -> tuple[ExprT, Call, Call] | None:
    for index, arg in enumerate(call.args):
        if not isinstance(arg, Conditional):
            continue
        then = arg.test if arg.then is None else arg.then
        if any(isinstance(way, Unary) and way.op == "&" for way in (then, arg.other)):
            before, rest = call.args[:index], call.args[index + 1 :]
            return (
                arg.test,
                Call(call.at, call.function, (*before, then, *rest)),
                Call(call.at, call.function, (*before, arg.other, *rest)),
            )
    return None


def _mentions(path: str, name: str) -> bool:
    return path == name or path.startswith((f"{name}.", f"{name}["))


def _calls_inside(expr: ExprT) -> bool:
    return isinstance(expr, Call) or any(_calls_inside(p) for p in children(expr))


__all__ = ("Calls", "Evaluator", "Valued")
