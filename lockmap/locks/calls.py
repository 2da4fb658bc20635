"""What calls do to the state: lock operations, conventions, summaries of other functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from lockmap.facts.model import (
    Assign,
    Binary,
    Call,
    Cast,
    ExprT,
    Function,
    Index,
    Member,
    Name,
    Position,
    Unary,
)
from lockmap.facts.render import render, walk
from lockmap.locks import values
from lockmap.locks.analysis import Analysis, Indirect, Oddity, SectionFacts
from lockmap.locks.catalog import Row
from lockmap.locks.evaluate import Evaluator, Valued
from lockmap.locks.paths import fact_key, is_path, object_path, root, words
from lockmap.locks.recognise import Operation, Recogniser, substitute
from lockmap.locks.spec import Convention, Lock
from lockmap.locks.state import Dropped, Held, Key, State, find_dropped, find_held
from lockmap.locks.summary import Effect, Outcome, Summary
from lockmap.locks.values import NEGATIVE, TOP, ZERO, Value, meet

if TYPE_CHECKING:
    from lockmap.locks.interpret import Program


class Place(Protocol):
    """A point of the exploration."""

    @property
    def step(self) -> int: ...


class CallEffects:
    """Carries out the calls of one function on the state of one path."""

    evaluator: Evaluator

    def __init__(
        self, function: Function, program: Program, recogniser: Recogniser, analysis: Analysis
    ) -> None:
        self._function = function
        self._program = program
        self._semantics = program.catalog.semantics
        self._recogniser = recogniser
        self._analysis = analysis
        self._local_names = {n for n, _ in function.locals} - {n for n, _ in function.params}
        self._names = frozenset(
            part.id
            for flow in function.flows
            for step in flow.steps
            for part in walk(step.expr)
            if isinstance(part, Name)
        )
        self._node: object = None
        self._witness: Callable[..., tuple[int, ...]] = lambda _: ()

    def at(self, node: object, witness: Callable[..., tuple[int, ...]]) -> None:
        """Where the exploration stands now, for the records that operations leave."""
        self._node, self._witness = node, witness

    # -- calls ------------------------------------------------------------------------

    def carry_out(self, call: Call, state: State, arguments: list[Value], into: str) -> Valued:
        """Every (state, result) that *call* may lead to."""
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

    def _call_function(
        self, call: Call, name: str, state: State, arguments: list[Value], into: str
    ) -> Valued:
        rows = self._program.catalog.conventions.get(name, ())
        if rows:
            fitting = self._recogniser.fitting(rows, call.args, state.aliases)
            if fitting:
                return self._conventions(fitting, call, self._havoc(call, state))
        summary = self._program.summary(
            name, _is_telling(call, arguments, self._program.catalog.families)
        )
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

    def _havoc(self, call: Call, state: State) -> State:
        """Forget what is known of variables whose address the callee gets."""
        for arg in call.args:
            plain = arg.operand if isinstance(arg, Cast) else arg
            if isinstance(plain, Unary) and plain.op == "&" and isinstance(plain.operand, Name):
                name = plain.operand.id
                if any(name in words(k) for k in state.facts):
                    facts = {
                        k: v for k, v in state.facts.items() if k[0] == "$" or name not in words(k)
                    }
                    state = State(state.locks, facts, state.aliases, state.touched)
            elif isinstance(plain, Name):
                pointee = f"*{plain.id}"
                if pointee in state.facts:
                    state = state.with_fact(pointee, TOP)
        return state

    # -- operations -------------------------------------------------------------------

    def _operate(self, found: Operation, call: Call, state: State, into: str) -> Valued:
        path = self._result_path(found.path, into)
        key = (found.lock or f"&{found.primitive}", path)
        if found.op in {"assert", "init"}:
            return [(state, TOP)]
        if found.held is None:
            return [(self._change(found.op, key, found.mode, call.at, found.api, state), TOP)]
        return [
            (self._change(found.op, key, found.mode, call.at, found.api, s) if held else s, value)
            for s, value, held in self._decide(found.held, call, state)
        ]

    def _decide(
        self, condition: ExprT, call: Call, state: State
    ) -> list[tuple[State, Value, bool]]:
        """The states after *call* in which *condition* (over its result) holds or not."""
        bound = bind(condition, call.args)
        yes, no = self.evaluator.split(bound, state.with_fact("result", TOP))
        return [
            (s.with_fact("result", TOP), s.facts.get("result", TOP), held)
            for held, states in ((True, yes), (False, no))
            for s in states
        ]

    @staticmethod
    def _result_path(path: str, into: str) -> str:
        if path == "result" or path.startswith("result."):
            return (into or "result") + path[len("result") :]
        return path

    def _change(
        self,
        op: str,
        key: Key,
        mode: str,
        at: Position,
        api: str,
        state: State,
        via: tuple[str, str] | None = None,
    ) -> State:
        if op in {"acquire", "try"}:
            return self._acquire(key, mode, at, api, state, via)
        if op == "release":
            return self._end_dependents(key[0], at, self.release(key, mode, at, state))
        return (
            self._end_dependents(key[0], at, self._convert(key, mode, at, state))
            if op == "downgrade"
            else self._convert(key, mode, at, state)
        )

    def _end_dependents(self, lock: str, at: Position, state: State) -> State:
        """Locks that end with this one: VMA write locks with the mmap write lock."""
        for dependent, mode in self._program.catalog.ended_by.get(lock, ()):
            for key, held in list(state.locks.items()):
                if key[0] == dependent and isinstance(held, Held) and held.mode in {mode, "any"}:
                    state = self.release(key, "any", at, state)
        return state

    def _acquire(
        self, key: Key, mode: str, at: Position, api: str, state: State, via: tuple[str, str] | None
    ) -> State:
        before = state.locks.get(key)
        self._analysis.sections.setdefault((at, key[0]), SectionFacts(key, mode, at, api, via))
        if isinstance(before, Held):
            self._odd("double-acquire", at[0], key[0])
            return state.with_lock(key, Held(before.mode, before.sites | {at}, before.retaken))
        dropped = find_dropped(state, key)
        if dropped is not None:
            state = state.with_lock(dropped, None)
        return state.with_lock(key, Held(mode, frozenset({at}), dropped is not None))

    def release(self, key: Key, mode: str, at: Position, state: State) -> State:
        """Release *key*: a hold of this function, else the caller's."""
        target = find_held(state, key)
        if target is None:
            if isinstance(state.locks.get(key), Dropped):
                self._odd("release-unheld", at[0], key[0])
                return state
            return state.with_lock(self._given(key), Dropped(mode))
        held = state.locks[target]
        assert isinstance(held, Held)
        if mode not in {held.mode, "any"} and held.mode != "any":
            self._odd("wrong-mode", at[0], key[0])
        for site in held.sites:
            section = self._analysis.sections.get((site, key[0]))
            if section is not None:
                section.releases.add(at[0])
                if section.via is not None:
                    self._analysis.ended.add(section.via)
        return state.with_lock(target, Dropped(held.mode) if held.retaken else None)

    def _given(self, key: Key) -> Key:
        """The caller's lock that *key* is.  Where a local variable names the object and the
        function was given just one of its kind, it is that one (``mm`` for ``vma->vm_mm``).
        """
        if root(key[1]) not in self._local_names:
            return key
        given = self._given_objects(key[0])
        return given[0] if len(given) == 1 else key

    def _passed_objects(self, lock: Lock, call: Call, state: State) -> list[Key]:
        """The objects with *lock* that *call* passes on."""
        paths = [self._recogniser.path(arg, state.aliases) for arg in call.args if is_path(arg)]
        owners = self._program.owners
        return [(lock.name, p) for p in paths if owners.struct_of(p, self._function) == lock.object]

    def _given_objects(self, name: str) -> list[Key]:
        """The objects with a lock *name* that the function was given as parameters."""
        lock = self._program.catalog.lock(name)
        if lock is None:
            return []
        pointer = re.compile(rf"\bstruct\s+{lock.object}\s*\*\s*$")
        return [(name, n) for n, kind in self._function.params if pointer.search(kind)]

    def _convert(self, key: Key, mode: str, at: Position, state: State) -> State:
        """Downgrade or upgrade."""
        target = find_held(state, key)
        if target is None:
            return state
        held = state.locks[target]
        assert isinstance(held, Held)
        for site in held.sites:
            section = self._analysis.sections.get((site, key[0]))
            if section is not None:
                section.changes.add((at[0], mode))
        return state.with_lock(target, Held(mode, held.sites, held.retaken))

    def _odd(self, kind: str, line: int, lock: str) -> None:
        if (kind, line) not in self._analysis.oddities:
            self._analysis.oddities[(kind, line)] = Oddity(
                kind, line, lock, self._witness(self._node)
            )

    # -- scope guards -----------------------------------------------------------------

    def enter(self, call: Call, state: State, step: int) -> list[State]:
        """A scope guard takes its lock, if it guards one we know."""
        states = [state]
        for arg in call.args:
            states = [s2 for s in states for s2, _ in self.evaluator.run(arg, s)]
        after: list[State] = []
        for current in states:
            found = self._recogniser.guard(call, current.aliases)
            if not isinstance(found, Operation):
                after.append(current)
                continue
            key = (found.lock or f"&{found.primitive}", found.path)
            held = self._acquire(key, found.mode, call.at, found.api, current, None)
            after.append(held.with_alias(f"#{step}", f"{key[0]}|{key[1]}"))
            if found.held is not None:
                after.append(current)
        return after

    def leave(self, state: State, guard: int, line: int) -> State:
        """The scope of a guard ends."""
        held = state.aliases.get(f"#{guard}")
        if held is None:
            return state
        lock, _, path = held.partition("|")
        return self.release((lock, path), "any", (line, 1), state.with_alias(f"#{guard}", None))

    # -- conventions ------------------------------------------------------------------

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
                    for after, value, happened in self._decide(row.held, call, current):
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
        for (param, kind), arg in zip(self._program.parameters(name), call.args, strict=False):
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
        types = {
            h.type.replace(" ", "")
            for hints in self._program.catalog.parameters.values()
            for _, h, _ in hints
        }
        declared = dict((*self._function.params, *self._function.locals))
        match arg:
            case Unary(_, "&", Name(_, name)):
                return declared.get(name, "").replace(" ", "") + "*" in types
            case Name(_, name):
                return declared.get(name, "").replace(" ", "") in types
        return False

    # -- summaries --------------------------------------------------------------------

    def _apply(
        self, summary: Summary, call: Call, state: State, arguments: list[Value], into: str
    ) -> Valued:
        cleared = self._havoc(call, state)
        arguments = self._not_null(call, state, arguments)
        results: Valued = []
        told = {entry for o in summary.outcomes if o.effects for entry, _ in o.after}
        for outcome in summary.outcomes:
            if any(_through_null(effect.key[1], arguments) for effect in outcome.effects):
                continue
            after = self._admit(outcome, call, cleared, arguments)
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
            for effect in outcome.effects:
                after = self._effect(effect, summary.function, outcome.origin, call, after, into)
            results.append((after, outcome.result))
        return results

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
            if entry[0] == "#":
                if not meet(state.facts.get(entry, TOP), known).possible:
                    return None
                state = state.with_fact(entry, known)
                continue
            asked, _, question = entry[1:].partition("@")
            head, _, member = asked.partition("->")
            index = int(head)
            if index >= len(call.args):
                continue
            if question:
                again = Call(call.at, Name(call.at, question), (call.args[index],))
                answered = self.evaluator.refine(again, state, lambda v, k=known: meet(v, k))  # type: ignore[misc]
                if answered is None:
                    return None
                state = answered
                continue
            if member:
                narrowed_member = self._admit_member(call.args[index], member, known, state)
                if narrowed_member is None:
                    return None
                state = narrowed_member
                continue
            if not meet(arguments[index], known).possible:
                return None
            narrowed = self.evaluator.refine(call.args[index], state, lambda v, k=known: meet(v, k))  # type: ignore[misc]
            if narrowed is None:
                return None
            state = narrowed
        for entry, known in outcome.after:
            index = int(entry[2:])
            if index >= len(call.args):
                continue
            if arguments[index].zero:
                return None
            key = fact_key(Unary(call.at, "*", call.args[index]))
            if key is not None:
                state = state.with_fact(key, known)
        return state

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
        target = find_held(state, key)
        held = state.locks.get(target) if target else None
        if target and isinstance(held, Held) and effect.mode != held.mode:
            return self._convert(key, effect.mode, call.at, state)
        return state

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


def _through_null(path: str, arguments: list[Value]) -> bool:
    """Whether *path* leads through an argument that is NULL: that cannot have happened."""
    head, dot, _ = path.partition(".")
    if not dot or head[:1] != "$":
        return False
    index = int(head[1:])
    return index < len(arguments) and arguments[index].zero is True


def _is_telling(call: Call, arguments: list[Value], families: tuple[str, ...]) -> bool:
    """Whether a variable is passed of which flags that conventions decide by are known: then
    even a function that touches no lock may tell (``fault_signal_pending(fault, regs)``).
    """
    return any(
        isinstance(a, Name) and any(flag.startswith(families) for flag, _ in v.bits)
        for a, v in zip(call.args, arguments, strict=False)
    )


def bind(expr: ExprT, args: tuple[ExprT, ...], word: str = "arg") -> ExprT:
    """*expr* of a specification with ``arg0``, ``arg1``, ... (or ``param``) replaced."""
    match expr:
        case Name(_, name):
            if word == "param":
                return args[0] if name == "param" else expr
            number = name[3:]
            if name.startswith("arg") and number.isdigit() and int(number) < len(args):
                return args[int(number)]
            return expr
        case Unary(at, op, operand):
            return Unary(at, op, bind(operand, args, word))
        case Binary(at, op, left, right):
            return Binary(at, op, bind(left, args, word), bind(right, args, word))
        case Assign(at, op, left, right):
            return Assign(at, op, bind(left, args, word), bind(right, args, word))
        case Member(at, base, name, arrow):
            return Member(at, bind(base, args, word), name, arrow)
        case Index(at, base, index):
            return Index(at, bind(base, args, word), bind(index, args, word))
        case Cast(at, kind, operand):
            return Cast(at, kind, bind(operand, args, word))
        case Call(at, function, inner):
            return Call(at, function, tuple(bind(a, args, word) for a in inner))
    return expr


__all__ = ("CallEffects", "bind", "values")
