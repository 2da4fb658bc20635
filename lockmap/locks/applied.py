"""Calls of analysed functions: their summaries applied to the state of the caller."""

from __future__ import annotations

from collections.abc import Mapping

from lockmap.facts.model import (
    Call,
    ExprT,
    Member,
    Name,
    Unary,
)
from lockmap.facts.render import render
from lockmap.locks import values
from lockmap.locks.analysis import Indirect
from lockmap.locks.evaluate import Valued
from lockmap.locks.operations import Operations
from lockmap.locks.paths import fact_key, is_path
from lockmap.locks.state import Dropped, Held, Key, State, find_held
from lockmap.locks.summary import Effect, Outcome, Summary
from lockmap.locks.values import TOP, Value, meet


class Summaries(Operations):
    """Carries out calls by the summaries of what they call."""

    def _apply(
        self, summary: Summary, call: Call, state: State, arguments: list[Value], into: str
    ) -> Valued:
        cleared = self._havoc(call, state)
        reports = self._reports(summary.function, call, state) if summary.visible else []
        arguments = self._not_null(call, state, arguments)
        fitting: list[tuple[State, Outcome]] = []
        contradicting: list[tuple[State, Outcome]] = []
        told = {entry for o in summary.outcomes if o.effects for entry, _ in o.after}
        for outcome in summary.outcomes:
            if any(_through_null(effect.key[1], arguments) for effect in outcome.effects):
                continue
            entered = self._entered(outcome, summary.function, call, state, arguments)
            if entered is None:
                continue
            kept = cleared if entered is state else self._havoc(call, entered)
            after = self._admit(outcome, call, kept, arguments)
            if after is None:
                continue
            for entry in told - {entry for entry, _ in outcome.after}:  # left as it was
                index = int(entry[2:])
                key = (
                    fact_key(Unary(call.at, "*", call.args[index]))
                    if index < len(call.args)
                    else None
                )
                if key is not None and key in state.facts:
                    after = after.with_fact(key, state.facts[key])
            odd = self._contradicts(outcome, call, after, into) or any(
                _belies(outcome, lock, index, before) for lock, index, before in reports
            )
            (contradicting if odd else fitting).append((after, outcome))
        # A callee that may leave the lock alone did so where it cannot have done otherwise.
        results: Valued = []
        for current, outcome in _told(fitting) or contradicting:
            after = current
            for effect in outcome.effects:
                after = self._effect(effect, summary.function, outcome.origin, call, after, into)
            results.append((after, outcome.result))
        if not results and summary.outcomes:
            # It does return: what was known before the call, or of the callee, is wrong.
            lock = next((e.key[0] for o in summary.outcomes for e in o.effects), "")
            self._odd("no-outcome", call.at[0], lock)
            return [(cleared, TOP)]
        return results

    def _contradicts(self, outcome: Outcome, call: Call, state: State, into: str) -> bool:
        """Whether *outcome* releases what is released already, or takes what is held."""
        for effect in outcome.effects:
            key = self._caller_key(effect, call, state.aliases, into)
            if key is None:
                continue
            before = state.locks.get(key)
            if effect.what == "acquire" and isinstance(before, Held):
                return True
            target = find_held(state, key)
            held = state.locks.get(target) if target is not None else before
            if effect.what == "drop" and (
                isinstance(held, Dropped)
                or (isinstance(held, Held) and {held.mode, effect.mode} == {"read", "write"})
            ):
                return True
        return False

    def _reports(self, name: str, call: Call, state: State) -> list[tuple[str, int, Value]]:
        """(lock, argument, value before) of what the call passes to be told of its lock."""
        hints = self._program.catalog.parameters
        found: list[tuple[str, int, Value]] = []
        for index, (param, kind) in enumerate(self._program.parameters(name)[: len(call.args)]):
            for lock, hint, _ in hints.get(param, ()):
                if hint.type.replace(" ", "") == kind.replace(" ", ""):
                    key = fact_key(Unary(call.at, "*", call.args[index]))
                    before = state.facts.get(key, TOP) if key is not None else TOP
                    found.append((lock.name, index, before))
        return found

    def _entered(
        self, outcome: Outcome, callee: str, call: Call, state: State, arguments: list[Value]
    ) -> State | None:
        """*state* before the call, narrowed by what arguments pointed to; None if impossible."""
        if self._untold(outcome, callee, arguments):
            return None
        narrowed: State | None = state
        for entry, known in outcome.before:
            index = _pointee(entry)
            if index is None or index >= len(call.args) or narrowed is None:
                continue
            argument = call.args[index]
            target = Unary(call.at, "*", argument)
            if isinstance(argument, Unary) and argument.op == "&":
                narrowed = self._narrowed(argument.operand, known, narrowed)
            else:
                narrowed = (
                    None if arguments[index].zero else self._narrowed(target, known, narrowed)
                )
        return narrowed

    def _narrowed(self, expr: ExprT, known: Value, state: State) -> State | None:
        return self.evaluator.refine(expr, state, lambda v: meet(v, known))

    def _untold(self, outcome: Outcome, callee: str, arguments: list[Value]) -> bool:
        """Whether *outcome* drops a lock though the caller passed NULL for what would tell it."""
        dropped = {effect.key[0] for effect in outcome.effects if effect.what == "drop"}
        if not dropped or not any(value.zero for value in arguments):
            return False
        hints = self._program.catalog.parameters
        return any(
            value.zero
            and any(
                lock.name in dropped and hint.type.replace(" ", "") == kind.replace(" ", "")
                for lock, hint, _ in hints.get(name, ())
            )
            for (name, kind), value in zip(
                self._program.parameters(callee), arguments, strict=False
            )
        )

    def _not_null(self, call: Call, state: State, arguments: list[Value]) -> list[Value]:
        """*arguments*, those known not to be NULL that name an object whose lock is held."""
        held = {path for (_, path), lock in state.locks.items() if isinstance(lock, Held)}
        if not held:
            return arguments
        return [
            values.POINTER
            if v == TOP and is_path(a) and self._recogniser.path(a, state.aliases) in held
            else v
            for a, v in zip(call.args, arguments, strict=True)
        ]

    def _admit(
        self, outcome: Outcome, call: Call, state: State, arguments: list[Value]
    ) -> State | None:
        """*state* narrowed to where *outcome* is possible; None where it is not."""
        for entry, known in outcome.before:
            if _pointee(entry) is not None:
                continue
            narrowed = self._admit_before(entry, known, call, state, arguments)
            if narrowed is None:
                return None
            state = narrowed
        for entry, known in outcome.after:
            index = int(entry[2:])
            if index >= len(call.args):
                continue
            if arguments[index].zero:
                if outcome.effects:  # what tells of them would be written through NULL
                    return None
                continue
            key = fact_key(Unary(call.at, "*", call.args[index]))
            if key is not None:
                state = state.with_fact(key, known)
        return state

    def _admit_before(
        self, entry: str, known: Value, call: Call, state: State, arguments: list[Value]
    ) -> State | None:
        """*state* narrowed to where *entry* was as *known* before the call."""
        if entry[0] == "#":
            if not meet(state.facts.get(entry, TOP), known).possible:
                return None
            return state.with_fact(entry, known)
        if entry[0] == "%":
            variable = Name(call.at, entry[1:])
            return self.evaluator.refine(variable, state, lambda v: meet(v, known))
        asked, _, question = entry[1:].partition("@")
        head, _, member = asked.partition("->")
        index = int(head)
        if index >= len(call.args):
            return state
        argument = call.args[index]
        if question:
            again = Call(call.at, Name(call.at, question), (argument,))
            return self.evaluator.refine(again, state, lambda v: meet(v, known))
        if member:
            return self._admit_member(argument, member, known, state)
        if not meet(arguments[index], known).possible:
            return None
        return self.evaluator.refine(argument, state, lambda v: meet(v, known))

    def _admit_member(self, arg: ExprT, member: str, known: Value, state: State) -> State | None:
        """*state* narrowed to where member *member* of what *arg* points to is as *known*."""
        if isinstance(arg, Unary) and arg.op == "&":
            target = Member(arg.at, arg.operand, member, arrow=False)
        else:
            target = Member(arg.at, arg, member, arrow=True)
        return self.evaluator.refine(target, state, lambda v: meet(v, known))

    def _effect(
        self,
        effect: Effect,
        callee: str,
        origin: tuple[str, str],
        call: Call,
        state: State,
        into: str,
    ) -> State:
        key = self._caller_key(effect, call, state.aliases, into)
        if key is None:
            return state
        argument = render(call.args[0]) if call.args else ""
        if effect.what == "acquire":
            self._analysis.indirect.add(
                Indirect(call.at, callee, key[0], "acquire", effect.mode, argument)
            )
            return self._acquire(key, effect.mode, call.at, callee, state, origin)
        if effect.what == "drop":
            self._analysis.indirect.add(
                Indirect(call.at, callee, key[0], "release", effect.mode, argument)
            )
            return self.release(key, effect.mode, call.at, state)
        if effect.what == "convert":
            return self._convert(key, effect.mode, call.at, state)
        target = find_held(state, key)
        held = state.locks.get(target) if target else None
        if target and isinstance(held, Held) and effect.mode not in {held.mode, "any"}:
            return self._retake(target, effect.mode, call, callee, origin, state)
        return state

    def _retake(
        self,
        key: Key,
        mode: str,
        call: Call,
        callee: str,
        origin: tuple[str, str],
        state: State,
    ) -> State:
        """The callee dropped *key* and took it in another mode: one section ends, one begins."""
        argument = render(call.args[0]) if call.args else ""
        self._analysis.indirect.add(Indirect(call.at, callee, key[0], "acquire", mode, argument))
        dropped = self.release(key, "any", call.at, state)
        return self._acquire(key, mode, call.at, callee, dropped, origin)

    def _caller_key(
        self, effect: Effect, call: Call, aliases: Mapping[str, str], into: str
    ) -> Key | None:
        lock, path = effect.key
        if path.startswith("$"):
            head, dot, rest = path.partition(".")
            index = int(head[1:])
            if index >= len(call.args):
                return None
            path = self._recogniser.path(call.args[index], aliases) + dot + rest
        elif path.startswith("result"):
            path = self._result_path(path, into)
        if path.startswith("?"):
            return None
        if not lock.startswith("&"):
            return lock, path
        known = self._recogniser.as_lock(path, effect.primitive, self._function)
        if known is not None:
            return known
        return (lock, path) if "." not in path and path in dict(self._function.params) else None


def _told(admitted: list[tuple[State, Outcome]]) -> list[tuple[State, Outcome]]:
    """*admitted* without outcomes that leave the lock in another mode and give no sign of it.

    The caller must know in which mode to release: one that it cannot tell from another outcome
    lies on a path that the callee's data rule out.
    """
    plain = [o for _, o in admitted if not _converts(o)]
    return [
        (state, outcome)
        for state, outcome in admitted
        if not _converts(outcome)
        or not any(meet(outcome.result, other.result).possible for other in plain)
    ]


def _converts(outcome: Outcome) -> bool:
    return any(effect.what == "convert" for effect in outcome.effects)


def _belies(outcome: Outcome, lock: str, index: int, before: Value) -> bool:
    """Whether *outcome* and argument *index*, which reports on *lock*, tell different things."""
    after = dict(outcome.after).get(f"*${index}", TOP).zero
    if any(e.key[0] == lock and e.what == "drop" for e in outcome.effects):
        return after is False
    kept = all(e.key[0] != lock for e in outcome.effects)
    return kept and after is True and before.zero is False


def _pointee(entry: str) -> int | None:
    """The argument of which *entry* says what it points to (``$4->*``); None if it does not."""
    return int(entry[1:-3]) if entry[0] == "$" and entry.endswith("->*") else None


def _through_null(path: str, arguments: list[Value]) -> bool:
    """Whether *path* leads through an argument that is NULL: that cannot have happened."""
    head, dot, _ = path.partition(".")
    if not dot or head[:1] != "$":
        return False
    index = int(head[1:])
    return index < len(arguments) and arguments[index].zero is True
