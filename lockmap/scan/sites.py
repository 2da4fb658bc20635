"""Every lock operation in the text, whether or not a path leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from lockmap.facts.file import FileFacts, Unit
from lockmap.facts.model import Call, Const, ExprT, Function, Name, Position, Unary
from lockmap.facts.render import children
from lockmap.locks.analysis import Indirect
from lockmap.locks.catalog import Catalog
from lockmap.locks.recognise import Operation, Owners, Recogniser, Unresolved
from lockmap.locks.single import single_aliases
from lockmap.locks.spec import Api
from lockmap.map.records import Diagnostic, Mode, Op, Site

_OPS: dict[str, Op] = {op: op for op in get_args(Op)}
_MODES: dict[str, Mode] = {"read": "read", "write": "write"}


class SiteFinder:
    """Finds the operations of one tree; ``diagnostics`` gathers what could not be told."""

    def __init__(self, catalog: Catalog, owners: Owners) -> None:
        self._catalog = catalog
        self._owners = owners
        self.diagnostics: list[Diagnostic] = []
        self.operations: dict[tuple[str, int], list[tuple[Position, Operation]]] = {}
        """The operations that change a lock, by (file, line of the function)."""

    def of_unit(self, file: str, unit: Unit, facts: FileFacts | None) -> Iterator[Site]:
        """The direct operations in one function or macro."""
        function = unit.function
        recogniser = Recogniser(self._catalog, self._owners, function)
        aliases = single_aliases(function)
        for call, true, guard in _calls(function, self._catalog):
            found = recogniser.guard(call, aliases) if guard else recogniser.call(call, aliases)
            line, column = unit.line + call.at[0] - 1, call.at[1]
            if isinstance(found, Unresolved):
                self._unresolved(file, line, function.name, found)
            elif isinstance(found, Operation) and found.lock and self._counts(found, true=true):
                if found.op not in {"assert", "init"}:
                    self.operations.setdefault((file, unit.line), []).append((call.at, found))
                yield self._site(file, line, column, function.name, found, facts)

    def of_loose(self, file: str, facts: FileFacts) -> Iterator[Site]:
        """Operations outside functions: initialisers, and the definitions of guards."""
        nowhere = Function("", "file", 1, 1, False, "", (), (), (), True)
        recogniser = Recogniser(self._catalog, self._owners, nowhere)
        for loose in facts.loose:
            found = recogniser.call(loose.call, {})
            if isinstance(found, Operation) and found.lock:
                function = _around(facts, loose.line)
                yield self._site(file, loose.line, loose.column, function, found, facts)
            elif isinstance(found, Unresolved):
                self._unresolved(file, loose.line, "", found)
        for line, column, name in facts.unread:
            rows = [r for r in self._catalog.apis.get(name, ()) if r.lock is not None]
            message = f"{name}() stands here, in text that could not be parsed"
            self.diagnostics.append(Diagnostic(file, line, "", "unread-operation", message))
            for row in rows[:1]:
                assert row.lock is not None and isinstance(row.spec, Api)
                condition = condition_at(facts, line)
                yield Site(
                    file,
                    line,
                    column,
                    "",
                    row.lock.name,
                    row.spec.op,
                    row.spec.mode,
                    name,
                    "",
                    True,
                    False,
                    condition,
                )

    def of_indirect(
        self, file: str, unit: Unit, found: Indirect, facts: FileFacts | None
    ) -> Site | None:
        """A call that acquires or releases for its caller."""
        if found.lock.startswith("&"):
            return None
        line = unit.line + found.at[0] - 1
        op: Op = "acquire" if found.what == "acquire" else "release"
        condition = condition_at(facts, line) if facts else ""
        return Site(
            file,
            line,
            found.at[1],
            unit.function.name,
            found.lock,
            op,
            as_mode(found.mode),
            found.api,
            found.argument,
            False,
            False,
            condition,
        )

    def _site(
        self,
        file: str,
        line: int,
        column: int,
        function: str,
        found: Operation,
        facts: FileFacts | None,
    ) -> Site:
        definition = function in self._catalog.apis or (not function and found.op != "init")
        condition = condition_at(facts, line) if facts else ""
        return Site(
            file,
            line,
            column,
            function,
            found.lock,
            as_op(found.op),
            as_mode(found.mode),
            found.api,
            found.argument,
            True,
            definition,
            condition,
        )

    def _counts(self, found: Operation, *, true: bool | None) -> bool:
        """Whether a test of the lock is an assertion: only where a macro checks that it is true."""
        if found.op != "assert" or found.held is None:
            return True
        never = isinstance(found.held, Const) and found.held.text == "0"
        return bool(true) or never

    def _unresolved(self, file: str, line: int, function: str, found: Unresolved) -> None:
        message = (
            f"{found.api}({found.argument}): the type that owns {found.member!r} could not be told"
        )
        self.diagnostics.append(Diagnostic(file, line, function, "unknown-owner", message))


def _around(facts: FileFacts, line: int) -> str:
    """The function or macro that *line* stands in; empty where it stands in none."""
    for unit in facts.units:
        if unit.line <= line < unit.line + unit.function.end_line:
            return unit.function.name
    return ""


def _calls(function: Function, catalog: Catalog) -> Iterator[tuple[Call, bool | None, bool]]:
    """(call, whether a macro checks that it is true, is a scope guard), each place once.

    The second is None where no macro checks it, and False where it is not to be true.
    """
    semantics = catalog.semantics
    seen: set[tuple[Position, bool]] = set()
    for flow in function.flows:
        for step in flow.steps:
            stack: list[tuple[ExprT, bool | None]] = []
            if step.expr is not None:
                stack.append((step.expr, None))
            for case in step.cases:
                stack += [(e, None) for e in case or ()]
            while stack:
                expr, true = stack.pop()
                if isinstance(expr, Call):
                    guard = step.kind == "enter" and expr is step.expr
                    if (expr.at, guard) not in seen:
                        seen.add((expr.at, guard))
                        yield expr, true, guard
                    name = expr.function.id if isinstance(expr.function, Name) else ""
                    if name in semantics.checks and true is None:
                        true = name in semantics.demands
                elif isinstance(expr, Unary) and expr.op == "!" and true is not None:
                    true = not true
                stack += [(part, true) for part in children(expr)]


def as_op(op: str) -> Op:
    """*op* as the map knows it; raises KeyError for any other word."""
    return _OPS[op]


def as_mode(mode: str) -> Mode:
    """*mode* as the map knows it: ``any`` where it is not told."""
    return _MODES.get(mode, "any")


def condition_at(facts: FileFacts, line: int) -> str:
    """The preprocessor conditions around a line, joined; empty where there are none."""
    around = sorted((a for a in facts.arms if a.first < line < a.last), key=lambda a: a.first)
    return " && ".join(a.condition for a in around if a.condition)
