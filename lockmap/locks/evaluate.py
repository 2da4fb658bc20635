"""Evaluating expressions on one path: values, tests, and what calls do to locks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

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
    Unary,
)
from lockmap.facts.render import children
from lockmap.locks import values
from lockmap.locks.paths import fact_key, is_path, typed
from lockmap.locks.state import State
from lockmap.locks.values import NEGATIVE, NONZERO, POINTER, POSITIVE, TOP, ZERO, Value, constant

Valued = list[tuple[State, Value]]
Calls = Callable[[Call, State, list[Value], str], Valued]
"""Carries out a call: (call, state, argument values, path its result goes to)."""

_MOST_FLAGS = 6
"""Flags of one mask told apart; a mask of more may be hit by any of the rest."""
_SWAPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_SIGNS = {"<": NEGATIVE, "<=": NEGATIVE | ZERO, ">": POSITIVE, ">=": POSITIVE | ZERO}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


class Evaluator:
    """Evaluates the expressions of one function; *call* carries out its calls."""

    def __init__(
        self,
        variables: Mapping[str, str],
        params: Mapping[str, int],
        transparent: frozenset[str],
        error_pointer: frozenset[str],
        error_or_null: frozenset[str],
        assertions: frozenset[str],
        call: Calls,
        path: Callable[[ExprT, Mapping[str, str]], str],
        flags: Callable[[str], frozenset[str]],
        stable: frozenset[str] = frozenset(),
    ) -> None:
        self._stable = stable
        self._variables = variables
        self._params = params
        self._transparent = transparent
        self._error_pointer = error_pointer
        self._error_or_null = error_or_null
        self._assertions = assertions
        self._call = call
        self._path = path
        self._expand = flags
        self._effects: dict[int, tuple[ExprT, bool]] = {}

    # -- values -----------------------------------------------------------------------

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

    def value(self, expr: ExprT, state: State) -> Value:
        """The value of an expression without side effects."""
        match expr:
            case Const(_, text):
                return POINTER if text[:1] == '"' else constant(text)
            case Name(_, name):
                return self._variable(name, state)
            case Cast(_, _, operand):
                return self.value(operand, state)
            case Unary(_, "-", operand):
                return self._negated(operand, state)
            case Unary(_, "!", operand):
                zero = self.value(operand, state).zero
                return TOP if zero is None else constant("1" if zero else "0")
            case Unary(_, "&", _):
                return POINTER
            case Binary(_, "|", left, right):
                return self._combine("|", self.value(left, state), self.value(right, state))
            case Binary(_, "&", left, right):
                return self._masked(left, right, state)
            case Conditional(_, test, then, other):
                return self._chosen(test, then, other, state)
            case Group(_, parts) if parts:
                return self.value(parts[-1], state)
        key = fact_key(expr)
        return state.facts.get(key, TOP) if key else TOP

    def _variable(self, name: str, state: State) -> Value:
        known = state.facts.get(name)
        if known is not None:
            return known
        return self._symbol(name) if self._is_symbol(name) else TOP

    def _symbol(self, name: str) -> Value:
        """A constant; one that is a mask of several flags has them all."""
        expanded = self._expand(name)
        known = constant(name)
        if not expanded:
            return known
        return replace(known, bits=frozenset((n, True) for n in expanded | {name}))

    def _is_symbol(self, name: str) -> bool:
        return (
            name not in self._variables and name.upper() == name and any(c.isalpha() for c in name)
        )

    def _negated(self, operand: ExprT, state: State) -> Value:
        if isinstance(operand, Const) or (
            isinstance(operand, Name) and self._is_symbol(operand.id)
        ):
            text = operand.text if isinstance(operand, Const) else operand.id
            return constant(f"-{text}")
        inner = self.value(operand, state)
        swapped = (
            (inner.signs & ZERO)
            | (NEGATIVE if inner.signs & POSITIVE else 0)
            | (POSITIVE if inner.signs & NEGATIVE else 0)
        )
        return Value(swapped)

    def _chosen(self, test: ExprT, then: ExprT | None, other: ExprT, state: State) -> Value:
        zero = self.value(test, state).zero
        no = self.value(other, state)
        yes = NONZERO if then is None else self.value(then, state)
        return values.join(yes, no) if zero is None else no if zero else yes

    def _masked(self, left: ExprT, right: ExprT, state: State) -> Value:
        flags = self._flags(right)
        if flags is None:
            return TOP
        known = [values.bit(self.value(left, state), f) for f in flags]
        if any(known):
            return NONZERO
        return constant("0") if all(k is False for k in known) else TOP

    @staticmethod
    def _combine(op: str, a: Value, b: Value) -> Value:
        if op == "|":
            if a.zero:
                return b
            if b.zero:
                return a
            on = frozenset(p for p in a.bits | b.bits if p[1])
            left = (a.open | b.open) - {name for name, _ in on}
            return Value(
                values.ANY if not on else NEGATIVE | POSITIVE,
                bits=on,
                closed=a.closed and b.closed,
                open=left,
            )
        return TOP

    def _flags(self, expr: ExprT) -> list[str] | None:
        """The symbols of a flag mask ``A | B``; None for anything else."""
        match expr:
            case Name(_, name) if self._is_symbol(name):
                return sorted(self._expand(name)) or [name]
            case Const(_, text):
                return [values.atom(text)]
            case Binary(_, "|", left, right):
                a, b = self._flags(left), self._flags(right)
                return None if a is None or b is None else a + b
            case Cast(_, _, operand):
                return self._flags(operand)
        return None

    # -- tests ------------------------------------------------------------------------

    def split(self, expr: ExprT, state: State) -> tuple[list[State], list[State]]:
        """The states in which *expr* is true, and those in which it is false."""
        match expr:
            case Unary(_, "!", operand):
                yes, no = self.split(operand, state)
                return no, yes
            case Binary(_, "&&", left, right):
                yes, no = self.split(left, state)
                pairs = [self.split(right, s) for s in yes]
                return [s for y, _ in pairs for s in y], no + [s for _, n in pairs for s in n]
            case Binary(_, "||", left, right):
                yes, no = self.split(left, state)
                pairs = [self.split(right, s) for s in no]
                return yes + [s for y, _ in pairs for s in y], [s for _, n in pairs for s in n]
            case Binary(_, ",", left, right):
                pairs = [self.split(right, s) for s, _ in self.run(left, state)]
                return [s for y, _ in pairs for s in y], [s for _, n in pairs for s in n]
            case Binary(_, op, left, right) if op in _SWAPPED:
                return self._compare(op, left, right, state)
            case Binary(_, "&", left, right) if self._flags(right) is not None:
                return self._test_flags(left, self._flags(right) or [], state)
            case Cast(_, _, operand):
                return self.split(operand, state)
            case Call(_, Name(_, name), args) if args:
                known = self._split_call(name, args[0], state)
                if known is not None:
                    return known
        return self._by_value(expr, state, lambda v: _nonzero(v), lambda v: values.equal(v, "0"))

    def _split_call(
        self, name: str, arg: ExprT, state: State
    ) -> tuple[list[State], list[State]] | None:
        if name in self._transparent:
            return self.split(arg, state)
        if name in self._error_pointer:
            bad = NEGATIVE
        elif name in self._error_or_null:
            bad = NEGATIVE | ZERO
        else:
            return None
        return self._by_value(
            arg,
            state,
            lambda v: values.with_signs(v, bad),
            lambda v: values.with_signs(v, values.ANY & ~bad),
        )

    def _by_value(
        self,
        expr: ExprT,
        state: State,
        when: Callable[[Value], Value],
        unless: Callable[[Value], Value],
    ) -> tuple[list[State], list[State]]:
        yes: list[State] = []
        no: list[State] = []
        for after, value in self.run(expr, state):
            for kept, narrow in ((yes, when), (no, unless)):
                if narrow(value).possible:
                    narrowed = self.refine(expr, after, narrow)
                    if narrowed is not None:
                        kept.append(narrowed)
        return yes, no

    def _compare(
        self, op: str, left: ExprT, right: ExprT, state: State
    ) -> tuple[list[State], list[State]]:
        constant_right = self._constant(right)
        if constant_right is None:
            other = self._constant(left)
            if other is not None:
                return self._compare(_SWAPPED[op], right, left, state)
            return self._opaque(op, left, right, state)
        if op in {"==", "!="}:
            if constant_right == "0":
                yes, no = self.split(left, state)
                return (no, yes) if op == "==" else (yes, no)
            same, differ = self._by_value(
                left,
                state,
                lambda v: values.equal(v, constant_right),
                lambda v: values.unequal(v, constant_right),
            )
            return (same, differ) if op == "==" else (differ, same)
        if constant_right == "0":
            return self._by_value(
                left,
                state,
                lambda v: values.with_signs(v, _SIGNS[op]),
                lambda v: values.with_signs(v, _SIGNS[_OPPOSITE[op]]),
            )
        return self._opaque(op, left, right, state)

    def _opaque(
        self, op: str, left: ExprT, right: ExprT, state: State
    ) -> tuple[list[State], list[State]]:
        """A comparison of two unknowns: its truth is a fact of its own."""
        results = [s2 for s, _ in self.run(left, state) for s2, _ in self.run(right, s)]
        a, b = fact_key(left), fact_key(right)
        if a is None or b is None:
            return results, list(results)
        negated = op in {"!=", ">=", ">"}
        key = f"({a}{_OPPOSITE.get(op, '==') if negated else op}{b})"
        yes: list[State] = []
        no: list[State] = []
        for after in results:
            known = after.facts.get(key, TOP).zero
            if known is not True:
                yes.append(after.with_fact(key, NONZERO))
            if known is not False:
                no.append(after.with_fact(key, constant("0")))
        return (no, yes) if negated else (yes, no)

    def _constant(self, expr: ExprT) -> str | None:
        """The constant that *expr* is, in its one spelling; None for anything else."""
        match expr:
            case Const(_, text) if text[:1] not in {'"', "?"}:
                return values.atom(text)
            case Name(_, name) if self._is_symbol(name):
                return name
            case Cast(_, _, operand):
                return self._constant(operand)
            case Unary(_, "-", operand):
                inner = self._constant(operand)
                return None if inner is None else values.atom(f"-{inner}")
            case Call(_, Name(_, name), args) if name in self._transparent and args:
                return self._constant(args[0])
        return None

    def _test_flags(
        self, left: ExprT, flags: list[str], state: State
    ) -> tuple[list[State], list[State]]:
        """``x & (A | B)``: true with A; true with B but not A; false with neither."""
        yes: list[State] = []
        rest = [s for s, _ in self.run(left, state)]
        for flag in flags[:_MOST_FLAGS]:
            left_over: list[State] = []
            for current in rest:
                known = values.bit(self.value(left, current), flag)
                if known is not False:
                    on = self.refine(
                        left, current, lambda v, f=flag: values.with_bit(v, f, on=True)
                    )
                    yes += [on] if on is not None else []
                if known is not True:
                    off = self.refine(
                        left, current, lambda v, f=flag: values.with_bit(v, f, on=False)
                    )
                    left_over += [off] if off is not None else []
            rest = left_over
        if len(flags) > _MOST_FLAGS:
            yes += rest
        return yes, rest

    def refine(self, expr: ExprT, state: State, narrow: Callable[[Value], Value]) -> State | None:
        """*state* with what is known of *expr* narrowed; None where that is impossible."""
        target = self._subject(expr)
        key = fact_key(target, self._stable)
        if (
            key is None
            or isinstance(target, Const)
            or (isinstance(target, Name) and self._is_symbol(target.id))
        ):
            return state
        known = narrow(
            state.facts.get(key, TOP) if isinstance(target, Call) else self.value(target, state)
        )
        if not known.possible:
            return None
        state = state.with_fact(key, known)
        copied = state.aliases.get(f"={key}")
        if copied is not None:
            source = narrow(state.facts.get(copied, TOP))
            if not source.possible:
                return None
            state = self._at_entry(state.with_fact(copied, source), copied, narrow) or state
        return self._at_entry(state, key, narrow)

    def _at_entry(self, state: State, key: str, narrow: Callable[[Value], Value]) -> State | None:
        """Where *key* is a parameter as it was passed, the caller's argument is narrowed too."""
        name = key.lstrip("*")
        question, asked, of = name.partition("(")
        if (
            asked
            and question in self._stable
            and of[:-1] in self._params
            and of[:-1] not in state.touched
        ):
            entry = f"${self._params[of[:-1]]}@{question}"
            answer = narrow(state.facts.get(entry, TOP))
            return state.with_fact(entry, answer) if answer.possible else None
        head, arrow, member = name.partition("->")
        if head in self._params and head not in state.touched and not key.startswith("*"):
            if arrow and ("->" in member or "[" in member or "." in member):
                return state
            entry = f"${self._params[head]}{arrow}{member}"
            at_entry = narrow(state.facts.get(entry, TOP))
            if not at_entry.possible:
                return None
            state = state.with_fact(entry, at_entry)
        return state

    def _subject(self, expr: ExprT) -> ExprT:
        """What a test of *expr* says something about: the target of an assignment, and so on."""
        match expr:
            case Assign(_, "=", target, _):
                return target
            case Cast(_, _, operand):
                return self._subject(operand)
            case Group(_, parts) if parts:
                return self._subject(parts[-1])
            case Binary(_, ",", _, right):
                return self._subject(right)
            case Call(_, Name(_, name), args) if name in self._transparent and args:
                return self._subject(args[0])
        return expr

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
            if target.id in self._params:
                state = replace(state, touched=state.touched | {target.id})
                state = state.with_alias(target.id, f"{target.id}~")
            return state
        key = fact_key(target)
        suffix = ""
        if isinstance(target, Member):
            suffix = target.name
        facts = {
            k: v
            for k, v in state.facts.items()
            if k != key and not (suffix and k.endswith((f"->{suffix}", f".{suffix}")))
        }
        aliases = {k: p for k, p in state.aliases.items() if not (suffix and f".{suffix}" in p)}
        return State(state.locks, facts, aliases, state.touched)

    def _update(self, op: str, target: ExprT, source: ExprT, state: State) -> tuple[State, Value]:
        old = self.value(target, state)
        flags: list[str] | None = None
        if op == "|=":
            flags = self._flags(source)
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
        if isinstance(call.function, Name) and call.args and call.function.id in self._assertions:
            return [(s, TOP) for s in self.split(call.args[0], state)[1]]
        results: list[tuple[State, list[Value]]] = [(state, [])]
        if not isinstance(call.function, Name):
            results = [(s, []) for s, _ in self.run(call.function, state)]
        for arg in call.args:
            results = [(s2, [*vs, v]) for s, vs in results for s2, v in self.run(arg, s)]
        return [pair for s, vs in results for pair in self._call(call, s, vs, into)]

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


def _nonzero(value: Value) -> Value:
    return values.unequal(value, "0")


def _uncast(expr: ExprT) -> ExprT:
    while isinstance(expr, Cast):
        expr = expr.operand
    return expr


def _mentions(path: str, name: str) -> bool:
    return path == name or path.startswith((f"{name}.", f"{name}["))


def _calls_inside(expr: ExprT) -> bool:
    return isinstance(expr, Call) or any(_calls_inside(p) for p in children(expr))


__all__ = ("Calls", "Evaluator", "Index", "Valued")
