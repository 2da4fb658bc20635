"""Following the paths of one function, with the locks held on each.

The exploration is path-sensitive where it matters and joins where it may: paths that agree
in their locks are joined once there are many (Das, Lerner, Seigle: ESP, PLDI 2002), so that
``if (locked)`` after ``locked = true`` is understood and the number of states stays small.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from lockmap.facts.model import Call, ExprT, Flow, Function, Member, Name, Position, Step
from lockmap.facts.render import walk
from lockmap.locks import values
from lockmap.locks.analysis import Analysis, Exit
from lockmap.locks.calls import CallEffects
from lockmap.locks.catalog import Catalog
from lockmap.locks.evaluate import Evaluator
from lockmap.locks.liveness import live_names
from lockmap.locks.paths import fact_key, words
from lockmap.locks.recognise import Owners, Recogniser
from lockmap.locks.state import Held, State, covers, merged
from lockmap.locks.summary import Summary
from lockmap.locks.unreached import Doubts, doubts
from lockmap.locks.values import TOP, Value
from lockmap.locks.waiting import Node, Waiting, reached

_KEPT_APART = 3
"""States of the same locks kept apart at one step before they are joined."""
_MOST_DOUBTS = 3
"""Times a function is followed again because what was known of memory left code out."""
_MOST_VISITS = 12000
"""Visits after which a function's verdicts are unknown."""


class Program(Protocol):
    """What one function needs to know of the others."""

    @property
    def catalog(self) -> Catalog:
        """The locks that are known, and how functions treat them."""

    @property
    def owners(self) -> Owners:
        """What structures the paths of the program lead to."""

    def summary(self, name: str, telling: bool) -> Summary | None:
        """What calling *name* does; functions that touch no lock only if *telling*."""

    def flags(self, name: str) -> frozenset[str]:
        """The flags that constant *name* stands for; empty when it is one flag or no mask."""

    def undefined(self, name: str) -> bool:
        """Whether constant *name* may hold any flag, as the tree does not define it."""

    def stores(self, name: str) -> tuple[tuple[int, str, int], ...]:
        """(target, member, source) of each ``target->member = source`` in function *name*.

        Both are parameters of it, and the member decides about a lock somewhere.
        """

    def parameters(self, name: str) -> tuple[tuple[str, str], ...]:
        """(name, type) of the parameters of function *name*; empty when it is not known."""

    def results(self, name: str) -> tuple[Value, ...]:
        """What function *name* of this file may return; empty when it has none, or is not known.

        What the code says of a lock function comes before what is said of its name.
        """

    def assigned(self, name: str) -> frozenset[int]:
        """The arguments that *name* assigns to, where it is a macro that does."""

    def only_read(self, name: str) -> frozenset[str]:
        """The parameters of function *name* through which it tells its caller nothing."""


class Explorer:
    """Explores one function once."""

    def __init__(
        self, function: Function, program: Program, volatile: frozenset[str] = frozenset()
    ) -> None:
        self._function = function
        self._program = program
        self.analysis = Analysis()
        self._flow = Flow(())
        semantics = program.catalog.semantics
        recogniser = Recogniser(program.catalog, program.owners, function)
        self._recogniser = recogniser
        params = {name: i for i, (name, _) in enumerate(function.params)}
        self._locals = frozenset(params) | {name for name, _ in function.locals}
        self._effects = CallEffects(function, program, recogniser, self.analysis)
        self._evaluator = Evaluator(
            dict((*function.locals, *function.params)),
            params,
            semantics.transparent,
            semantics.error_pointer,
            semantics.error_or_null,
            semantics.assertions,
            semantics.requirements,
            self._effects.carry_out,
            recogniser.path,
            program.flags,
            semantics.stable,
        )
        self._evaluator.undefined = program.undefined
        self._evaluator.volatile = volatile
        self._evaluator.reporting = self._effects.reporting
        self._effects.evaluator = self._evaluator
        self.doubts = Doubts()

    def run(self) -> Analysis:
        """Follow every flow of the function."""
        for number, flow in enumerate(self._function.flows):
            self._explore(number, flow)
        if not self.analysis.exhausted:
            self._drop_momentary()
        return self.analysis

    def _drop_momentary(self) -> None:
        """Forget holds with which no step begins: ``BUG_ON(trylock(l))`` is only a check."""
        sections = self.analysis.sections
        for key, found in list(sections.items()):
            if not (found.steps or found.releases or found.exits or found.given_back):
                del sections[key]

    def _explore(self, number: int, flow: Flow) -> None:
        self._flow = flow
        live = live_names(flow)
        seen: list[dict[object, list[State]]] = [{} for _ in flow.steps]
        noted: list[set[object]] = [set() for _ in flow.steps]
        waiting = Waiting()
        waiting.put(reached(0, State(), None))
        visits = 0
        while (node := waiting.take()) is not None:
            visits += 1
            if visits > _MOST_VISITS:
                self.analysis.exhausted = True
                return
            step = flow.steps[node.step]
            if node.signature not in noted[node.step]:
                noted[node.step].add(node.signature)
                self._note(number, node, step)
            self._effects.at(node, self._witness)
            for slot, after in self._successors(step, node):
                target = step.next[slot]
                state = self._around(after, node.step, target) if target <= node.step else after
                self._arrive(reached(target, state.only(live[target]), node), seen[target], waiting)
        visited = {0, *(index for index, states in enumerate(seen) if states)}
        catalog = self._program.catalog
        noreturn, operations = catalog.semantics.noreturn, catalog.apis.keys()
        self.doubts |= doubts(flow, visited, self._locals, noreturn, operations)

    def _arrive(self, node: Node, seen: dict[object, list[State]], waiting: Waiting) -> None:
        """Queue *node* unless what is known of its step already covers it."""
        known = seen.setdefault(node.signature, [])
        for old in known:
            if covers(old, node.state):
                return
        if len(known) >= _KEPT_APART:
            joined = merged([*known, node.state])
            known[:] = [joined]
            waiting.drop(node.step, node.signature)
            waiting.put(Node(node.step, joined, node.parent, node.signature))
            return
        known.append(node.state)
        waiting.put(node)

    def _around(self, state: State, source: int, target: int) -> State:
        """The state carried into another turn of a loop.

        What the loop's own test asks of memory may have changed by then; the rest is taken
        to stay, as code that tests it again does.
        """
        tested = self._tested(source) | self._tested(target) | self._tested(target + 1)
        facts = {
            k: v
            for k, v in state.facts.items()
            if k in self._locals or k[0] in "$#" or tested.isdisjoint(words(k))
        }
        return State(state.locks, facts, state.aliases, state.touched)

    def _tested(self, index: int) -> frozenset[str]:
        """The names in the test of step *index*, if it is a branch."""
        step = self._flow.steps[index] if index < len(self._flow.steps) else None
        if step is None or step.kind != "branch":
            return frozenset()
        return frozenset(
            e.id if isinstance(e, Name) else e.name
            for e in walk(step.expr)
            if isinstance(e, Name | Member)
        )

    def _successors(self, step: Step, node: Node) -> list[tuple[int, State]]:
        state = node.state
        match step.kind:
            case "eval":
                return [(0, s) for s, _ in self._evaluator.run(step.expr, state)]
            case "branch" if step.expr is not None:
                yes, no = self._evaluator.split(step.expr, state)
                return [(0, s) for s in yes] + [(1, s) for s in no]
            case "arm":
                return self._arm(step.label, state)
            case "each" | "block":
                return self._macro(step, state)
            case "switch":
                return self._switch(step, state)
            case "enter" if isinstance(step.expr, Call):
                return [(0, s) for s in self._effects.enter(step.expr, state, node.step)]
            case "leave":
                return [(0, self._effects.leave(state, step.guard, step.line))]
            case "return":
                self._return(step, node)
        return []

    def _arm(self, label: str, state: State) -> list[tuple[int, State]]:
        """A preprocessor condition: the same one is decided the same way on all of a path."""
        negated = label.startswith("!")
        name = label.lstrip("!")
        known = (
            {"0": True, "1": False}.get(name)
            if name in {"0", "1"}
            else state.facts.get(f"#{name}", TOP).zero
        )
        ways: list[tuple[int, State]] = []
        if known is not True:
            ways.append((1 if negated else 0, state.with_fact(f"#{name}", values.NONZERO)))
        if known is not False:
            ways.append((0 if negated else 1, state.with_fact(f"#{name}", values.constant("0"))))
        return ways

    def _macro(self, step: Step, state: State) -> list[tuple[int, State]]:
        """A loop or block macro: its body runs or not, and it may set any plain argument."""
        call = step.expr
        if not isinstance(call, Call):
            return [(0, state), (1, state)]
        results = [state]
        for arg in call.args:
            results = [s2 for s in results for s2, _ in self._evaluator.run(arg, s)]
        after = []
        for current in results:
            changed = current
            for arg in call.args:
                if isinstance(arg, Name) and arg.id in self._locals:
                    changed = changed.without(arg.id)
            after.append(changed)
        return [(slot, s) for slot in (0, 1) for s in after]

    def _switch(self, step: Step, state: State) -> list[tuple[int, State]]:
        if step.expr is None:
            return [(slot, state) for slot in range(len(step.next))]
        ways: list[tuple[int, State]] = []
        for after, value in self._evaluator.run(step.expr, state):
            rest: State | None = after
            default = -1
            for slot, case in enumerate(step.cases):
                if case is None:
                    default = slot
                    continue
                text = self._case_text(case[0], after)
                if text is None:
                    ways.append((slot, after))
                    continue
                if not values.equal(value, text).possible:
                    continue
                taken = self._evaluator.refine(step.expr, after, _equal_to(text))
                ways += [(slot, taken)] if taken is not None else []
                if rest is not None:
                    rest = self._evaluator.refine(step.expr, rest, _unequal_to(text))
            if default >= 0 and rest is not None:
                ways.append((default, rest))
        return ways

    def _case_text(self, expr: ExprT, state: State) -> str | None:
        atoms = self._evaluator.value(expr, state).atoms
        if atoms is not None and len(atoms) == 1:
            return next(iter(atoms))
        key = fact_key(expr)
        return None if key == "?" else key

    def _return(self, step: Step, node: Node) -> None:
        results = (
            self._evaluator.run(step.expr, node.state)
            if step.expr is not None
            else [(node.state, TOP)]
        )
        for state, value in results:
            found = Exit(state, value, step.expr, self._witness(node))
            self.analysis.exits.append(found)
            for key, lock in state.locks.items():
                for site in lock.sites if isinstance(lock, Held) else ():
                    section = self.analysis.sections.get((site, key[0]))
                    if section is None:
                        continue
                    if isinstance(lock, Held) and lock.retaken:
                        section.given_back = True
                    else:
                        section.exits.append(found)

    # -- records ----------------------------------------------------------------------

    def _note(self, number: int, node: Node, step: Step) -> None:
        """Remember the locks at this line, and that open sections cover this step."""
        self._effects.line = step.line
        self._effects.note(step.line, node.state)
        for (lock, _), state in node.state.locks.items():
            if isinstance(state, Held):
                for site in state.sites:
                    section = self.analysis.sections.get((site, lock))
                    if section is not None:
                        section.steps.add((number, node.step))

    def _witness(self, node: Node | None) -> tuple[int, ...]:
        """The lines from the entry to *node*."""
        trail: list[int] = []
        while node is not None:
            line = self._flow.steps[node.step].line
            if not trail or trail[-1] != line:
                trail.append(line)
            node = node.parent
        return tuple(reversed(trail))


def explore(function: Function, program: Program) -> Analysis:
    """What is found in *function*.

    Memory is taken to stay as it was seen, as code that tests it twice does; only where that
    leaves code unvisited, the memory that was tested there is asked anew after each call.
    """
    explorer = Explorer(function, program)
    found = explorer.run()
    volatile: frozenset[str] = frozenset()
    for _ in range(_MOST_DOUBTS):
        more = explorer.doubts.near - volatile or explorer.doubts.far - volatile
        if found.exhausted or not more:
            break
        volatile |= more
        explorer = Explorer(function, program, volatile)
        again = explorer.run()
        if again.exhausted:
            break
        found = again
    return found


def _equal_to(text: str) -> Callable[[Value], Value]:
    return lambda v: values.equal(v, text)


def _unequal_to(text: str) -> Callable[[Value], Value]:
    return lambda v: values.unequal(v, text)


def accesses(expr: ExprT | None) -> tuple[int, int]:
    """(calls, member accesses) in *expr*."""
    n_calls = n_members = 0
    for part in walk(expr):
        if isinstance(part, Call):
            n_calls += 1
        elif type(part).__name__ == "Member":
            n_members += 1
    return n_calls, n_members


__all__ = ("Explorer", "Position", "Program", "accesses", "explore")
