"""Every field access of a function: to the member of which struct, and in which mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lockmap.facts.model import (
    Assign,
    Call,
    Cast,
    Conditional,
    Const,
    ExprT,
    Function,
    Index,
    Member,
    Name,
    TypeArg,
    Unary,
)
from lockmap.program.access import Access, Accesses, IndirectCall, Unresolved
from lockmap.program.known import Tree
from lockmap.program.modes import Walk
from lockmap.program.substitute import substitute
from lockmap.program.types import Types
from lockmap.program.typing import Cause, Typing
from lockmap.program.uses import ADDRESS, READ, UNEVALUATED, WRITE, Touched, Uses

PathOf = Callable[[ExprT], str]
"""The canonical object path of an expression."""


def accesses(function: Function, file: str, types: Types, path_of: PathOf) -> Accesses:
    """The field accesses of *function*, which stands in *file*, of the tree of *types*.

    Operands of ``sizeof``, ``typeof`` and ``offsetof`` are none, nor are initialised members.
    Members in the arguments of a macro count where they stand, in the mode that the macro's
    definition gives them; members in its body belong to the macro.
    """
    reader = _Reader(function, file, types.tree, path_of)
    reader.run()
    return reader.found()


class _Reader:
    """Goes through the steps of a function; is the Sink of its walk."""

    def __init__(self, function: Function, file: str, tree: Tree, path_of: PathOf) -> None:
        self._function = function
        self._file = file
        self._tree = tree
        self._path_of = path_of
        self._typing = Typing(function, file, tree)
        self._modes: dict[tuple[int, int, str], tuple[int, Member]] = {}
        self._calls: dict[tuple[int, int], Call] = {}
        self._pointers: dict[str, list[Member]] = {}
        self.is_array = self._typing.is_array

    def run(self) -> None:
        """Walk every step."""
        walk_of = Walk(self)
        for flow in self._function.flows:
            for step in flow.steps:
                if step.expr is not None:
                    walk_of.visit(step.expr, READ)

    def found(self) -> Accesses:
        """What the walk met, with types."""
        told: list[Access] = []
        untold: list[Unresolved] = []
        for (line, column, name), (mode, member) in self._modes.items():
            if not mode & ~UNEVALUATED:
                continue
            struct = self._owner(member)
            if isinstance(struct, _Untold):
                untold.append(Unresolved(line, column, name, struct.cause))
            else:
                path = self._path_of(member.base)
                told.append(Access(line, column, struct, name, _mode(mode), path))
        calls = sorted(set(self._indirect()))
        return Accesses(tuple(sorted(told)), tuple(calls), tuple(sorted(untold)))

    def _owner(self, member: Member) -> str | _Untold:
        record = self._typing.record(member.base, member.arrow)
        if isinstance(record, str):
            return _Untold(record)
        if member.name not in record.members:
            kind = self._typing.member(record, member.name)
            if isinstance(kind, str):
                return _Untold(kind)
        return record.name

    def _indirect(self) -> list[IndirectCall]:
        found = []
        for (line, column), call in self._calls.items():
            for member in self._called_members(call.function):
                struct = self._owner(member)
                if not isinstance(struct, _Untold):
                    found.append(IndirectCall(line, column, struct, member.name))
        return found

    def _called_members(self, function: ExprT) -> list[Member]:
        match function:
            case Member():
                return [function]
            case Name(_, name):
                return self._pointers.get(name, [])
            case Unary(_, "*", operand) | Cast(_, _, operand) | Index(_, operand, _):
                return self._called_members(operand)
            case Conditional(_, _, then, other):
                first = self._called_members(then) if then is not None else []
                return first + self._called_members(other)
            case Call(_, Name(), (only, *_)):  # READ_ONCE(x->f)(y)
                return self._called_members(only)
        return []

    # The Sink of the walk.

    def name(self, name: Name, mode: int) -> None:
        """See Sink."""

    def name_target(self, name: Name, mode: int) -> None:
        """See Sink."""

    def member(self, member: Member, mode: int) -> None:
        """See Sink."""
        key = (*member.at, member.name)
        known = self._modes.get(key)
        self._modes[key] = (mode, member) if known is None else (known[0] | mode, known[1])

    def assigned(self, expr: Assign) -> None:
        """See Sink: a local may stand for a member that points to a function."""
        members = self._called_members(expr.value)
        if members and isinstance(expr.target, Name):
            self._pointers.setdefault(expr.target.id, []).extend(members)

    def touched(self, call: Call, touched: Touched, mode: int) -> None:
        """See Sink: ``ACCESS_PRIVATE(p, field)`` accesses where the field is named."""
        arg = call.args[touched.parameter]
        base = substitute(touched.base, dict(zip(touched.names, call.args, strict=False)))
        parts: list[Member] = []
        while isinstance(arg, Member):
            parts.append(arg)
            arg = arg.base
        if not isinstance(arg, Name):
            return
        member = Member(arg.at, base, arg.id, touched.arrow)
        if touched.called and not parts:
            self._calls[arg.at] = Call(arg.at, member, ())
        self._named(member, READ if parts and parts[-1].arrow else mode)
        for number, part in reversed(list(enumerate(parts))):
            member = Member(part.at, member, part.name, part.arrow)
            self._named(member, READ if number and parts[number - 1].arrow else mode)

    def _named(self, member: Member, mode: int) -> None:
        """A member whose owner the macro tells, whatever stood there as an argument."""
        self.member(member, mode)
        key = (*member.at, member.name)
        self._modes[key] = (self._modes[key][0], member)

    def called(self, call: Call) -> None:
        """See Sink."""
        if not isinstance(call.function, Name) or self._typing.is_local(call.function.id):
            self._calls[call.at] = call

    def uses(self, call: Call) -> Uses | None:
        """See Sink."""
        function = call.function
        if not isinstance(function, Name) or self._typing.is_local(function.id):
            return None
        if not any(self._may_access(arg) for arg in call.args):
            return None  # whatever it is: nothing here is in need of a mode
        return self._tree.uses.of(function.id, self._file)

    def _may_access(self, arg: ExprT) -> bool:
        """Whether *arg* may hold a member, or be the name of one."""
        if isinstance(arg, Unary):
            return self._may_access(arg.operand)
        if isinstance(arg, Name):
            return not self._typing.is_local(arg.id)
        return not isinstance(arg, Const | TypeArg)


@dataclass(frozen=True, slots=True)
class _Untold:
    cause: Cause


def _mode(mode: int) -> str:
    if mode & WRITE:
        return "readwrite" if mode & READ else "write"
    if mode & READ:
        return "read"
    return "address" if mode & ADDRESS else "read"
