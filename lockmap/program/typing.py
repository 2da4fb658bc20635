"""The type of every expression of one function, from what it and the tree declare."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from lockmap.facts.loose import loose_call
from lockmap.facts.model import (
    Assign,
    Binary,
    Call,
    Cast,
    Conditional,
    Const,
    ExprT,
    Function,
    Group,
    Index,
    Member,
    Name,
    Scope,
    TypeArg,
    Unary,
)
from lockmap.program.ctypes import INT, TYPEOF, CType, read_type
from lockmap.program.known import Tree
from lockmap.program.macros import value_of
from lockmap.program.records import Record
from lockmap.program.substitute import bindings, kind_text

_DEEPEST = 40
"""Expressions within one another, macros included, whose types are followed."""
_BY_TYPE = -1
_MOST_NESTED = 2
"""A macro within itself: in an argument of it, or because it names a function of its name."""
_ARITHMETIC = frozenset({"+", "-"})

Cause = str
"""Why a type is not known: see accesses.CAUSES."""


class Typing:
    """Types of the expressions in one function of *file*."""

    def __init__(self, function: Function, file: str, tree: Tree) -> None:
        self._function = function
        self._file = file
        self._statements: dict[str, list[tuple[Call, int]]] | None = None
        self._tree = tree
        self._is_macro = function.kind == "macro"
        self._parameters = {name for name, _ in function.params}
        self._written = dict((*function.locals, *function.params))
        self._scopes: dict[str, list[Scope]] = {}
        for scope in sorted(function.scopes, key=lambda s: s.first, reverse=True):
            self._scopes.setdefault(scope.name, []).append(scope)
        self._names: dict[str, CType | Cause] = {}
        self._known: dict[int, tuple[ExprT, CType | Cause]] = {}
        self._expanding: list[str] = []
        """The macros around the expression that is typed."""
        self._depth = 0

    def is_local(self, name: str) -> bool:
        """Whether *name* is a parameter or a local."""
        return name in self._written

    def of(self, expr: ExprT) -> CType | Cause:
        """The type of *expr*; the cause where it is not known."""
        known = self._known.get(id(expr))
        if known is not None:
            return known[1]
        reader = _READERS.get(type(expr))
        if reader is None or self._depth >= _DEEPEST:
            return "expression"
        self._depth += 1
        found = reader(self, expr)
        self._depth -= 1
        self._known[id(expr)] = (expr, found)  # the expression is kept: its id must stay its own
        return found

    def record(self, base: ExprT, arrow: bool) -> Record | Cause:
        """The struct that has a member which *base* is followed by."""
        kind = self.of(base)
        if isinstance(kind, str):
            return kind
        if arrow or kind.is_array():
            target = self._target(kind)
            if isinstance(target, str):
                return target
            kind = target
        return self.record_of(kind)

    def record_of(self, kind: CType) -> Record | Cause:
        """The struct that *kind* is."""
        plain = self._tree.records.plain(kind)
        if plain.base == "void":
            return "void-pointer"
        if plain.derived or not plain.tag:
            return "unknown-struct"
        return self._tree.record(plain.tag, plain.home, self._file) or "unknown-struct"

    def is_array(self, expr: ExprT) -> bool:
        """Whether the value of *expr* is the address of its first element."""
        kind = self.of(expr)
        return not isinstance(kind, str) and kind.is_array()

    def _target(self, kind: CType) -> CType | Cause:
        target = kind.target()
        if target is None:
            plain = self._tree.records.plain(kind)
            target = plain.target()
        return target if target is not None else "unknown-struct"

    def written(self, text: str) -> CType | Cause:
        """The type that *text* says, ``typeof(x)`` included."""
        base, derivation = read_type(text)
        if base.startswith(TYPEOF):
            inner = self._typeof(base.removeprefix(TYPEOF))
            if isinstance(inner, str):
                return inner
            return inner._replace(derived=inner.derived + derivation)
        if not base:
            return "unknown-struct"
        return CType(base, derivation, self._file)

    def _typeof(self, text: str) -> CType | Cause:
        expr = _expression(text)
        if expr is None:
            return "expression"
        return self.of(expr)

    def _name(self, expr: Name) -> CType | Cause:
        name = expr.id
        for scope in self._scopes.get(name, ()):
            if scope.first <= expr.at <= scope.last:
                return self.written(scope.type)
        known = self._names.get(name)
        if known is None:
            self._names[name] = "unknown-variable"  # ends recursion
            known = self._names[name] = self._find(name)
        return known

    def _find(self, name: str) -> CType | Cause:
        kind = self._written.get(name)
        if kind is not None:
            if not kind and self._is_macro and name in self._parameters:
                return "macro"
            return self.written(kind)
        told = self._tree.globals.get(name)
        if told:
            return CType(*read_type(told), self._file)
        found = self._by_macro(name) or self._tree.declared.variable(name, self._file)
        if found is None:
            return "unknown-variable"
        if not isinstance(found, str) and found.base.startswith(TYPEOF):
            return self._typeof(found.base.removeprefix(TYPEOF))
        return found

    def _by_macro(self, name: str) -> CType | Cause | None:
        """The type of a local that a macro declares: ``MA_STATE(mas, mt, 0, 0);``."""
        for call, number in self._declaring().get(name, ()):
            function = call.function
            if not isinstance(function, Name):
                continue
            for macro in self._tree.macros.seen_by(function.id, self._file):
                params = [p for p, _ in macro.function.params]
                declared = params[number] if number < len(params) else ""
                kind = dict(macro.function.locals).get(declared)
                if kind:
                    return self.written(kind_text(kind, bindings(macro.function, call.args)))
        return None

    def _declaring(self) -> dict[str, list[tuple[Call, int]]]:
        """The calls that stand as statements and may declare each name among their arguments."""
        if self._statements is None:
            self._statements = {}
            for flow in self._function.flows:
                for step in flow.steps:
                    call = step.expr.target if isinstance(step.expr, Assign) else step.expr
                    if isinstance(call, Call):
                        for number, arg in enumerate(call.args):
                            if isinstance(arg, Name):
                                self._statements.setdefault(arg.id, []).append((call, number))
        return self._statements

    def _member(self, expr: Member) -> CType | Cause:
        record = self.record(expr.base, expr.arrow)
        if isinstance(record, str):
            return record
        return self.member(record, expr.name)

    def member(self, record: Record, name: str) -> CType | Cause:
        """The type of a member; one that a macro renames is looked up by what it stands for."""
        found = record.members.get(name)
        if found is not None:
            return found
        first, *rest = self._tree.records.renamed(record, name) or ("",)
        kind: CType | Cause = record.members.get(first) or "unknown-member"
        for part in rest:
            if isinstance(kind, str):
                break
            inner = self.record_of(kind)
            if isinstance(inner, str):
                return inner
            kind = inner.members.get(part) or "unknown-member"
        return kind

    def _index(self, expr: Index) -> CType | Cause:
        kind = self.of(expr.base)
        return kind if isinstance(kind, str) else self._target(kind)

    def _unary(self, expr: Unary) -> CType | Cause:
        if expr.op in {"!", "~", "sizeof"}:
            return INT
        kind = self.of(expr.operand)
        if isinstance(kind, str):
            return kind
        if expr.op == "*":
            return self._target(kind)
        if expr.op == "&":
            return kind.pointer()
        return kind

    def _binary(self, expr: Binary) -> CType | Cause:
        if expr.op == ",":
            return self.of(expr.right)
        if expr.op not in _ARITHMETIC:
            return INT
        left = self.of(expr.left)
        if isinstance(left, str):
            return left
        if left.derived or expr.op == "-":
            return left
        right = self.of(expr.right)
        return right if not isinstance(right, str) and right.derived else left

    def _assign(self, expr: Assign) -> CType | Cause:
        return self.of(expr.target)

    def _conditional(self, expr: Conditional) -> CType | Cause:
        first = self.of(expr.test if expr.then is None else expr.then)
        if not isinstance(first, str) and first.base != "void" and first.derived:
            return first
        second = self.of(expr.other)
        return first if isinstance(second, str) else second

    def _cast(self, expr: Cast) -> CType | Cause:
        return self.written(expr.type)

    def _type(self, expr: TypeArg) -> CType | Cause:
        return self.written(expr.text)

    def _group(self, expr: Group) -> CType | Cause:
        return self.of(expr.parts[-1]) if expr.parts else "expression"

    def _const(self, expr: Const) -> CType | Cause:
        return INT if not expr.text.startswith('"') else CType("char", "*", "")

    def _call(self, expr: Call) -> CType | Cause:
        function = expr.function
        if not isinstance(function, Name) or function.id in self._written:
            kind = self.of(function)
            if isinstance(kind, str):
                return kind
            result = kind.result() or self._tree.records.plain(kind).result()
            return result or "unknown-return"
        return self._called(function.id, expr)

    def _called(self, name: str, expr: Call) -> CType | Cause:
        number = self._tree.data.value.get(name)
        if number == _BY_TYPE:
            return self._selected(expr)
        if number is not None:
            return self.of(expr.args[number]) if number < len(expr.args) else "unknown-return"
        told = self._tree.globals.get(f"{name}()")
        if told:
            return CType(*read_type(told), self._file)
        found = self._worth(name, expr) if self._expanding.count(name) < _MOST_NESTED else None
        if found is not None:
            return found
        return self._tree.declared.returned(name, self._file) or "unknown-return"

    def _worth(self, name: str, expr: Call) -> CType | None:
        """The type of a macro's value; None for a function, or where no definition tells."""
        self._expanding.append(name)
        try:
            for macro in self._tree.macros.seen_by(name, self._file):
                value = value_of(macro.function, expr)
                found = self.of(value) if value is not None else "unknown-return"
                if not isinstance(found, str):
                    return found
            return None
        finally:
            self._expanding.pop()

    def _selected(self, expr: Call) -> CType | Cause:
        """``_Generic(x, type: value, ...)``: the value of x's type, else the last."""
        control, *pairs = expr.args or (Group(expr.at, ()),)
        kind = self.of(control)
        if not isinstance(kind, str):
            for label, value in zip(pairs[::2], pairs[1::2], strict=False):
                if isinstance(label, TypeArg) and read_type(label.text) == kind[:2]:
                    return self.of(value)
        return self.of(pairs[-1]) if pairs else "unknown-return"


@lru_cache(maxsize=20_000)
def _expression(text: str) -> ExprT | None:
    """*text* as an expression."""
    source = b"m(" + text.encode("latin-1", "replace") + b")"
    call = loose_call(source, 0, len(source) - 1)
    return call.args[0] if call is not None and len(call.args) == 1 else None


_READERS: dict[type, Callable[..., CType | Cause]] = {
    Name: Typing._name,
    Member: Typing._member,
    Index: Typing._index,
    Unary: Typing._unary,
    Binary: Typing._binary,
    Assign: Typing._assign,
    Conditional: Typing._conditional,
    Cast: Typing._cast,
    TypeArg: Typing._type,
    Group: Typing._group,
    Const: Typing._const,
    Call: Typing._call,
}
