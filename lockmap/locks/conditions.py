"""Tests: the states in which a condition is true or false, and what that says of values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from lockmap.facts.model import (
    Assign,
    Binary,
    Call,
    Cast,
    Const,
    ExprT,
    Group,
    Name,
    Unary,
)
from lockmap.locks import values
from lockmap.locks.expressions import Expressions
from lockmap.locks.paths import fact_key
from lockmap.locks.state import State
from lockmap.locks.values import NEGATIVE, NONZERO, POSITIVE, TOP, ZERO, Value, constant

Valued = list[tuple[State, Value]]

_MOST_FLAGS = 6
"""Flags of one mask told apart; a mask of more may be hit by any of the rest."""
_SWAPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_SIGNS = {"<": NEGATIVE, "<=": NEGATIVE | ZERO, ">": POSITIVE, ">=": POSITIVE | ZERO}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


class Conditions(Expressions, ABC):
    """Tells states apart by the tests of one function."""

    def __init__(
        self,
        variables: Mapping[str, str],
        params: Mapping[str, int],
        transparent: frozenset[str],
        error_pointer: frozenset[str],
        error_or_null: frozenset[str],
        flags: Callable[[str], frozenset[str]],
        stable: frozenset[str],
    ) -> None:
        super().__init__(variables, transparent, flags)
        self._params = params
        self._error_pointer = error_pointer
        self._error_or_null = error_or_null
        self._stable = stable
        self.volatile: frozenset[str] = frozenset()
        """Members and globals that others may change whenever this function calls something."""
        self.reporting: frozenset[str] = frozenset()
        """Parameters through which the function may tell its caller what became of a lock."""

    @abstractmethod
    def run(self, expr: ExprT | None, state: State) -> Valued:
        """Evaluate *expr*: every (state, value) it may lead to."""

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
        return self._by_value(expr, state, _nonzero, lambda v: values.equal(v, "0"))

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
                    on = self._with_flag(left, current, flag, on=True)
                    yes += [on] if on is not None else []
                if known is not True:
                    off = self._with_flag(left, current, flag, on=False)
                    left_over += [off] if off is not None else []
            rest = left_over
        if len(flags) > _MOST_FLAGS:
            yes += rest
        return yes, rest

    def _with_flag(self, expr: ExprT, state: State, flag: str, *, on: bool) -> State | None:
        return self.refine(expr, state, lambda v: values.with_bit(v, flag, on=on))

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
        if self._is_global(key) and key not in state.touched:
            entry = f"%{key}"
            at_entry = narrow(state.facts.get(entry, TOP))
            return state.with_fact(entry, at_entry) if at_entry.possible else None
        if key.startswith("*") and name in self.reporting and key not in state.touched:
            entry = f"${self._params[name]}->*"  # what the caller's variable was
            pointee = narrow(state.facts.get(entry, TOP))
            return state.with_fact(entry, pointee) if pointee.possible else None
        head, arrow, member = name.partition("->")
        if head in self._params and head not in state.touched and not key.startswith("*"):
            if arrow and (
                "->" in member or "[" in member or "." in member or f"->{member}" in state.touched
            ):
                return state
            if arrow and member in self.volatile:
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


def _nonzero(value: Value) -> Value:
    return values.unequal(value, "0")
