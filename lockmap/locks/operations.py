"""Lock operations: what taking, releasing and converting a lock does to the state."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

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
from lockmap.facts.render import children, walk
from lockmap.locks.analysis import Analysis, Oddity, SectionFacts
from lockmap.locks.evaluate import Evaluator, Valued
from lockmap.locks.paths import is_path, root, words
from lockmap.locks.reach import tested_flags
from lockmap.locks.recognise import Operation, Recogniser
from lockmap.locks.spec import Lock
from lockmap.locks.state import Changed, Dropped, Held, Key, State, find_dropped, find_held
from lockmap.locks.values import POINTER, TOP, Value, meet

if TYPE_CHECKING:
    from lockmap.locks.interpret import Program


class Operations:
    """Carries out the lock operations of one function on the state of one path."""

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
        self._pointers = frozenset(
            name for name, kind in (*function.locals, *function.params) if "*" in kind
        )
        self._names = frozenset(
            part.id
            for flow in function.flows
            for step in flow.steps
            for part in walk(step.expr)
            if isinstance(part, Name)
        )
        self._telling = self._telling_arguments()
        families = program.catalog.families
        flagged = any(name.startswith(families) for name in self._names)
        self._flagged = tested_flags(function, families) if flagged else frozenset()
        self._lock_names = [lock.name for lock in program.catalog.locks]
        self.line = 0
        """The line of the step that is being evaluated."""
        self._node: object = None
        self._witness: Callable[..., tuple[int, ...]] = lambda _: ()

    def at(self, node: object, witness: Callable[..., tuple[int, ...]]) -> None:
        """Where the exploration stands now, for the records that operations leave."""
        self._node, self._witness = node, witness

    def note(self, line: int, state: State) -> None:
        """Remember the locks before *line*, for the margin."""
        marks: dict[str, str] = {}
        for (lock, _), found in state.locks.items():
            mark = (
                "-"
                if isinstance(found, Dropped)
                else {"write": "W", "read": "R"}.get(found.mode, "H")
            )
            if marks.get(lock, "-") == "-":
                marks[lock] = mark
        lines = self._analysis.lines
        for name in self._lock_names:
            at = (line, name)
            known = lines.get(at)
            if known is None:
                known = lines[at] = set()
            known.add(marks.get(name, "c"))

    @property
    def reporting(self) -> frozenset[str]:
        """The parameters through which this function is told of a lock, and may tell of it."""
        told = frozenset(name for name, _ in self._function.params) & self._telling
        if not told:
            return told
        asked = {
            part.id
            for flow in self._function.flows
            for step in flow.steps
            for part in _read(step.expr)
            if isinstance(part, Name)
        }
        return told & asked

    def _telling_arguments(self) -> frozenset[str]:
        """The variables that may report what became of a lock: ``&locked``, or a pointer."""
        types = {
            hint.type.replace(" ", "")
            for hints in self._program.catalog.parameters.values()
            for _, hint, _ in hints
        }
        declared = dict((*self._function.params, *self._function.locals)).items()
        plain = {name: kind.replace(" ", "") for name, kind in declared}
        return frozenset(
            [name for name, kind in plain.items() if kind in types]
            + [f"&{name}" for name, kind in plain.items() if f"{kind}*" in types]
        )

    # -- operations -------------------------------------------------------------------

    def _operate(self, found: Operation, call: Call, state: State, into: str) -> Valued:
        self._analysis.reached.add(call.at)
        path = self._result_path(found.path, into)
        key = (found.lock or f"&{found.primitive}", path)
        if found.op in {"assert", "init"}:
            return [(state, TOP)]
        state = self._pointing(call, state)
        if found.held is None:
            return [(self._change(found.op, key, found.mode, call.at, found.api, state), TOP)]
        seen = self._program.results(found.api)
        return [
            (self._change(found.op, key, found.mode, call.at, found.api, s) if held else s, value)
            for s, value, held in self._decide(found.held, call, state)
            if not seen or any(meet(value, result).possible for result in seen)
        ]

    def _pointing(self, call: Call, state: State) -> State:
        """*state* in which the pointers to the lock are not NULL: the operation follows them."""
        for arg in call.args:
            base = arg.operand if isinstance(arg, Unary) and arg.op == "&" else arg
            while isinstance(base, Member) and not (base.arrow and isinstance(base.base, Name)):
                base = base.base
            pointer = base.base if isinstance(base, Member) else base if base is arg else None
            if isinstance(pointer, Name) and pointer.id in self._pointers:
                known = meet(state.facts.get(pointer.id, TOP), POINTER)
                state = state.with_fact(pointer.id, known) if known.possible else state
        return state

    def _decide(
        self, condition: ExprT, call: Call, state: State, never: ExprT | None = None
    ) -> list[tuple[State, Value, bool]]:
        """The states after *call* in which *condition* (over its result) holds or not.

        Where it holds, *never* does not.
        """
        bound = bind(condition, call.args)
        yes, no = self.evaluator.split(bound, state.with_fact("result", TOP))
        if never is not None:
            excluded = bind(never, call.args)
            yes = [s for held in yes for s in self.evaluator.split(excluded, held)[1]]
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
    ) -> State:
        if op in {"acquire", "try"}:
            return self._acquire(key, mode, at, api, state, None)
        if op == "release":
            return self._end_dependents(key[0], at, self.release(key, mode, at, state))
        converted = self._convert(key, mode, at, state)
        return self._end_dependents(key[0], at, converted) if op == "downgrade" else converted

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
            given = self._given(key)
            changed = isinstance(state.locks.get(given), Changed)
            return state.with_lock(given, Dropped("any" if changed else mode))
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
        """The caller's lock that *key* is.

        Where a local variable names the object and the function was given just one of its
        kind, it is that one (``mm`` for ``vma->vm_mm``).
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
        """Downgrade or upgrade: a hold of this function, else the caller's."""
        target = find_held(state, key)
        if target is None:
            given = self._given(key)
            gone = isinstance(state.locks.get(given), Dropped)
            return state if gone else state.with_lock(given, Changed(mode))
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
            self._analysis.reached.add(call.at)
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

    # -- callees

    def _havoc(self, call: Call, state: State) -> State:
        """Forget what is known of variables whose address the callee gets."""
        for index, arg in enumerate(call.args):
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
                if plain.id not in self.evaluator.reporting:
                    if pointee in state.facts:
                        state = state.with_fact(pointee, TOP)
                elif not self._only_read(call, index):
                    state = state.with_fact(pointee, TOP)
                    state = replace(state, touched=state.touched | {pointee})
        return state

    def _only_read(self, call: Call, index: int) -> bool:
        """Whether the callee is known to do no more with an argument than to look at it."""
        if not isinstance(call.function, Name):
            return False
        params = self._program.parameters(call.function.id)
        return index < len(params) and params[index][0] in self._program.only_read(call.function.id)


def _read(expr: ExprT | None) -> Iterator[ExprT]:
    """*expr* and its parts, but for what a plain assignment overwrites."""
    if expr is None:
        return
    yield expr
    for part in children(expr):
        if not (isinstance(expr, Assign) and expr.op == "=" and part is expr.target):
            yield from _read(part)


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
