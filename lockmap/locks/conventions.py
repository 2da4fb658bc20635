"""Calls whose effect on a lock a convention tells: a table row, a parameter that reports."""

from __future__ import annotations

from lockmap.facts.model import (
    Binary,
    Call,
    ExprT,
    Name,
    Unary,
)
from lockmap.facts.render import render, walk
from lockmap.locks.analysis import Indirect
from lockmap.locks.catalog import Row
from lockmap.locks.evaluate import Valued
from lockmap.locks.operations import Operations, bind
from lockmap.locks.paths import object_path
from lockmap.locks.recognise import substitute
from lockmap.locks.spec import Convention
from lockmap.locks.state import Held, Key, State
from lockmap.locks.summary import Summary
from lockmap.locks.values import TOP


class Conventions(Operations):
    """Carries out the calls that the specification tells about."""

    def _conventions(self, rows: tuple[Row, ...], call: Call, state: State) -> Valued:
        """The rows of one function: each is of another lock, or of another case."""
        results: Valued = []
        rest = self._relieved(rows, call, state)
        for row in rows:
            spec = row.spec
            assert isinstance(spec, Convention) and row.lock is not None and row.held is not None
            bound = substitute([self._recogniser.path(a, state.aliases) for a in call.args])
            key = (row.lock.name, object_path(row.object, bound, self._semantics.transparent))
            impossible: list[State] = []
            for before in rest:
                possible = [before]
                if row.possible is not None:
                    possible, other = self.evaluator.split(bind(row.possible, call.args), before)
                    impossible += other
                for current in possible:
                    for after, value, happened in self._decide(row.held, call, current, row.never):
                        results.append(
                            (self._happen(spec, key, call, after) if happened else after, value)
                        )
            rest = impossible
        held = rows[0].held
        assert held is not None
        for current in rest:
            results += [
                (s, v) for s, v, happened in self._decide(held, call, current) if not happened
            ]
        return results

    def _relieved(self, rows: tuple[Row, ...], call: Call, state: State) -> list[State]:
        """*state* without the cases that the function gives no sign of.

        A lock that only stands in for another one is taken to be held where it is seen
        taken, or where the arguments say so.  A flag that forbids the effect
        (``FAULT_FLAG_RETRY_NOWAIT``) is taken to be clear in a function that does not name it.
        """
        states = [state]
        for row in rows:
            for test in _unasked(row.held, self._names):
                states = [
                    s for current in states for s in self._clear(bind(test, call.args), current)
                ]
            lock = row.lock
            if (
                lock is None
                or row.possible is None
                or not any(r.kind == "relieves" for r in lock.relation)
            ):
                continue
            if any(k[0] == lock.name and isinstance(s, Held) for k, s in state.locks.items()):
                continue
            kept: list[State] = []
            for current in states:
                possible, other = self.evaluator.split(bind(row.possible, call.args), current)
                kept += other or possible
            states = kept
        return states

    def _clear(self, test: ExprT, state: State) -> list[State]:
        return self.evaluator.split(test, state)[1] or [state]

    def _happen(self, spec: Convention, key: Key, call: Call, state: State) -> State:
        argument = render(call.args[0]) if call.args else ""
        op = "release" if spec.effect == "drops" else "acquire"
        self._analysis.indirect.add(
            Indirect(call.at, spec.function, key[0], op, spec.mode, argument)
        )
        if op == "release":
            return self.release(key, "any", call.at, state)
        return self._acquire(key, spec.mode, call.at, spec.function, state, None)

    def _by_parameter(
        self, call: Call, name: str, state: State, summary: Summary | None
    ) -> Valued | None:
        """A parameter that says by its name and type whether the caller's lock is gone."""
        if not any(self._may_tell(arg) for arg in call.args):
            return None
        if summary is not None and any(o.after for o in summary.outcomes if o.effects):
            return None
        silent = self._program.only_read(name)
        for (param, kind), arg in zip(self._program.parameters(name), call.args, strict=False):
            if param in silent:
                continue
            for lock, hint, when in self._program.catalog.parameters.get(param, ()):
                if (
                    hint.type.replace(" ", "") != kind.replace(" ", "")
                    or self.evaluator.value(arg, state).zero
                ):
                    continue
                held = [
                    k for k, s in state.locks.items() if k[0] == lock.name and isinstance(s, Held)
                ]
                if not held and not any(k[0] == lock.name for k in state.locks):
                    held = self._passed_objects(lock, call, state) or self._given_objects(lock.name)
                if len(held) != 1:
                    continue
                cleared = self._havoc(call, state)
                yes, no = self.evaluator.split(bind(when, (arg,), "param"), cleared)
                argument = render(call.args[0])
                self._analysis.indirect.add(
                    Indirect(call.at, name, lock.name, "release", "any", argument)
                )
                dropped = [self.release(held[0], "any", call.at, s) for s in yes]
                return [(s, TOP) for s in (*dropped, *no)]
        return None

    def _may_tell(self, arg: ExprT) -> bool:
        """Whether *arg* passes a flag by address: ``&locked``, or a pointer handed through."""
        match arg:
            case Unary(_, "&", Name(_, name)):
                return f"&{name}" in self._telling
            case Name(_, name):
                return name in self._telling
        return False


def _unasked(condition: ExprT | None, names: frozenset[str]) -> list[ExprT]:
    """The tests ``argN & FLAG`` that *condition* wants false, of flags not in *names*."""
    return [
        part.operand
        for part in walk(condition)
        if isinstance(part, Unary)
        and part.op == "!"
        and isinstance(part.operand, Binary)
        and isinstance(part.operand.left, Name)
        and part.operand.left.id.startswith("arg")
        and isinstance(part.operand.right, Name)
        and part.operand.right.id not in names
    ]
