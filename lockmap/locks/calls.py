"""What calls do to the state: lock operations, conventions, summaries of other functions."""

from __future__ import annotations

from lockmap.facts.model import (
    Call,
    Name,
    Unary,
)
from lockmap.locks.applied import Summaries
from lockmap.locks.conventions import Conventions
from lockmap.locks.evaluate import Valued
from lockmap.locks.paths import fact_key
from lockmap.locks.recognise import Operation
from lockmap.locks.state import State
from lockmap.locks.values import NEGATIVE, TOP, ZERO, Value


class CallEffects(Conventions, Summaries):
    """Carries out the calls of one function on the state of one path."""

    def carry_out(self, call: Call, state: State, arguments: list[Value], into: str) -> Valued:
        """Every (state, result) that *call* may lead to."""
        if call.at[0] != self.line:  # of a statement of several lines
            self.note(call.at[0], state)
        if self.evaluator.volatile and not self._is_silent(call):
            state = state.without_memory(self.evaluator.volatile)
        if not isinstance(call.function, Name):
            return [(self._havoc(call, state), TOP)]
        name = call.function.id
        if name in self._semantics.noreturn:
            return []
        if name in self._semantics.error_pointer and arguments:
            known = arguments[0].signs & (NEGATIVE | ZERO)
            return [(state, Value(known | (ZERO if arguments[0].signs & ~NEGATIVE else 0)))]
        if name in self._semantics.transparent and arguments:
            return [(state, arguments[0])]
        found = self._recogniser.call(call, state.aliases)
        if isinstance(found, Operation):
            return self._operate(found, call, state, into)
        return self._call_function(call, name, state, arguments, into)

    def _is_silent(self, call: Call) -> bool:
        """Whether *call* only computes: nobody else gets to change memory meanwhile."""
        known = self._semantics
        return isinstance(call.function, Name) and call.function.id in (
            known.transparent | known.error_pointer | known.error_or_null | known.stable
        )

    def _call_function(
        self, call: Call, name: str, state: State, arguments: list[Value], into: str
    ) -> Valued:
        known = [
            i
            for i, a in enumerate(call.args)
            if isinstance(a, Name) and (a.id in state.facts or a.id in state.aliases)
        ]
        changed = self._program.assigned(name) if known else frozenset()
        for index in changed.intersection(known):
            argument = call.args[index]
            assert isinstance(argument, Name)
            state = state.without(argument.id)
        rows = self._program.catalog.conventions.get(name, ())
        if rows:
            fitting = self._recogniser.fitting(rows, call.args, state.aliases)
            if fitting:
                return self._conventions(fitting, call, self._havoc(call, state))
        summary = self._program.summary(name, self._is_telling(call, arguments))
        by_parameter = self._by_parameter(call, name, state, summary)
        if by_parameter is not None:
            return by_parameter
        if summary is not None:
            return self._apply(summary, call, state, arguments, into)
        if name in self._semantics.stable:
            key = fact_key(call, self._semantics.stable)
            return [(state, state.facts.get(key, TOP) if key else TOP)]
        return [(self._stored(call, name, self._havoc(call, state), arguments), TOP)]

    def _stored(self, call: Call, name: str, state: State, arguments: list[Value]) -> State:
        """What a helper that only fills in a structure leaves in it: ``init(&x, ..., unlock)``."""
        for index, arg in enumerate(call.args):
            if not (isinstance(arg, Unary) and arg.op == "&" and isinstance(arg.operand, Name)):
                continue
            for target, member, source in self._program.stores(name):
                if target != index or source >= len(call.args):
                    continue
                key = f"{arg.operand.id}.{member}"
                state = state.with_fact(key, arguments[source])
                origin = fact_key(call.args[source])
                if origin is not None and origin.isidentifier():
                    state = state.with_alias(f"={key}", origin)
        return state

    def _is_telling(self, call: Call, arguments: list[Value]) -> bool:
        """Whether a variable is passed by whose flags conventions decide: tested here, or known.

        Then even a function that touches no lock may tell (``fault_signal_pending(fault, regs)``).
        """
        families = self._program.catalog.families
        return any(
            isinstance(a, Name)
            and (a.id in self._flagged or any(flag.startswith(families) for flag, _ in v.bits))
            for a, v in zip(call.args, arguments, strict=False)
        )
