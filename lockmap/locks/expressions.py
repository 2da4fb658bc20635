"""The values of expressions that have no side effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from lockmap.facts.model import (
    Binary,
    Call,
    Cast,
    Conditional,
    Const,
    ExprT,
    Group,
    Name,
    Unary,
)
from lockmap.locks import values
from lockmap.locks.paths import fact_key
from lockmap.locks.state import State
from lockmap.locks.values import NEGATIVE, NONZERO, POINTER, POSITIVE, TOP, ZERO, Value, constant


class Expressions:
    """What the expressions of one function are worth in a state."""

    def __init__(
        self,
        variables: Mapping[str, str],
        transparent: frozenset[str],
        flags: Callable[[str], frozenset[str]],
    ) -> None:
        self._variables = variables
        self._transparent = transparent
        self._expand = flags
        self.undefined: Callable[[str], bool] = lambda _: False
        """Whether a constant may hold any flag: nothing defines it."""

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
            return replace(known, closed=False) if self.undefined(name) else known
        return replace(known, bits=frozenset((n, True) for n in expanded | {name}))

    def _is_symbol(self, name: str) -> bool:
        return (
            name not in self._variables and name.upper() == name and any(c.isalpha() for c in name)
        )

    def _is_global(self, name: str) -> bool:
        """Whether *name* is a variable of no function (``result`` stands for a call's)."""
        return (
            name.isidentifier()
            and name != "result"
            and name not in self._variables
            and not self._is_symbol(name)
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
