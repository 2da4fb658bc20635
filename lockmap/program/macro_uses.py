"""What each macro does to its arguments, from the definitions that may be meant."""

from __future__ import annotations

from dataclasses import dataclass, field

from lockmap.facts.model import Assign, Call, Cast, Const, ExprT, Member, Name, Unary
from lockmap.program.macros import Macro, Macros
from lockmap.program.modes import Walk
from lockmap.program.substitute import REST, substitute
from lockmap.program.uses import READ, UNEVALUATED, VALUE, Touched, Use, Uses

_READ = Use(value=READ)
_UNEVALUATED = Uses((), Use(value=UNEVALUATED), ())
_SELECTS = Uses((Use(value=UNEVALUATED),), Use(value=VALUE), ())


@dataclass(slots=True)
class MacroUses:
    """Works out what macros do when asked for, each once."""

    macros: Macros
    _known: dict[tuple[str, tuple[str, ...]], Uses | None] = field(default_factory=dict)

    def of(self, name: str, file: str) -> Uses | None:
        """What a call of *name* in *file* does to its arguments; None where it is no macro.

        Where several definitions may be meant, what any of them does.
        """
        if name in self.macros.data.unevaluated:
            return _UNEVALUATED
        if name in self.macros.data.selectors:
            return _SELECTS
        uses: Uses | None = None
        for group in self.macros.groups(name, file):
            if (name, group) not in self._known:
                self._known[name, group] = None  # also ends recursion
                self._known[name, group] = self._uses_in(name, group)
            found = self._known[name, group]
            if uses is None and found is None and self.macros.is_function(name, group):
                return None
            uses = found if uses is None else _completed(uses, found)
            if uses is not None and not uses.drops:
                return uses
        if uses is not None and any(p.endswith(".c") for p in self.macros.nearest.definers(name)):
            return _completed(uses, None)
        return uses

    def _uses_in(self, name: str, files: tuple[str, ...]) -> Uses | None:
        found = [self._uses_of(m) for m in self.macros.in_files(name, files)]
        if found and self.macros.is_function(name, files):
            found.append(Uses((), _READ, ()))
        return _together(found) if found else None

    def _uses_of(self, macro: Macro) -> Uses:
        sink = _Parameters(macro, self)
        walk = Walk(sink)
        for flow in macro.function.flows:
            exprs = [step.expr for step in flow.steps if step.expr is not None]
            for expr in exprs[:-1]:
                walk.visit(expr, READ)
            for expr in exprs[-1:]:
                walk.visit(expr, VALUE)
        return sink.found()


def _together(found: list[Uses]) -> Uses:
    """What any of several definitions does."""
    if len(found) == 1:
        return found[0]
    most = max(len(u.parameters) for u in found)
    parameters = []
    for number in range(most):
        each = [u.parameters[number] if number < len(u.parameters) else u.rest for u in found]
        parameters.append(_joined(each))
    rest = _joined([u.rest for u in found])
    members = tuple(dict.fromkeys(t for u in found for t in u.members))
    return Uses(tuple(parameters), rest, members)


def _completed(uses: Uses, other: Uses | None) -> Uses:
    """*uses*, and for what they drop those of a definition that stands farther off.

    None is a function, which reads all.
    """
    parameters = []
    for number, use in enumerate(uses.parameters):
        if use != Use():
            parameters.append(use)
        elif other is None:
            parameters.append(_READ)
        else:
            named = number < len(other.parameters)
            parameters.append(other.parameters[number] if named else other.rest)
    return Uses(tuple(parameters), uses.rest, uses.members)


def _joined(uses: list[Use]) -> Use:
    value = target = 0
    for use in uses:
        value |= use.value
        target |= use.target
    return Use(value, target)


class _Parameters:
    """Notes what a macro's body does to the macro's parameters."""

    def __init__(self, macro: Macro, uses: MacroUses) -> None:
        names = [name for name, _ in macro.function.params]
        self._variadic = "..." in names
        self._names = {name: i for i, name in enumerate(names) if name != "..."}
        self._rest = REST
        self._macro = macro
        self._of = uses
        self._locals: dict[str, ExprT] = {
            name: Cast((1, 1), kind, Const((1, 1), "0"))
            for name, kind in macro.function.locals
            if name not in self._names
        }
        self._uses = [Use()] * len(self._names)
        self._others = Use()
        self._members: list[Touched] = []

    def found(self) -> Uses:
        """What was noted.  A body that could not be read may read everything."""
        uses = self._uses
        if not self._macro.function.whole:
            uses = [_READ if use == Use() else use for use in uses]
        others = self._others
        if self._variadic and uses and others == Use():
            others = uses[-1]
        return Uses(tuple(uses), others, tuple(self._members))

    def name(self, name: Name, mode: int) -> None:
        """See Sink."""
        self._note(name.id, mode, 0)

    def name_target(self, name: Name, mode: int) -> None:
        """See Sink."""
        self._note(name.id, 0, mode)

    def _note(self, name: str, value: int, target: int) -> None:
        number = self._names.get(name)
        if number is not None:
            use = self._uses[number]
            self._uses[number] = Use(use.value | value, use.target | target)
        elif name == self._rest:
            self._others = Use(self._others.value | value, self._others.target | target)

    def member(self, member: Member, mode: int) -> None:
        """See Sink."""
        self._touch(member, mode, called=False)

    def _touch(self, member: Member, mode: int, called: bool) -> None:
        number = self._names.get(member.name)
        if number is not None:
            base = substitute(member.base, self._locals)
            names = tuple(self._names)
            self._members.append(Touched(number, base, member.arrow, mode, names, called))

    def touched(self, call: Call, touched: Touched, mode: int) -> None:
        """See Sink."""
        arg = call.args[touched.parameter]
        number = self._names.get(arg.id) if isinstance(arg, Name) else None
        if number is not None:
            told = substitute(touched.base, dict(zip(touched.names, call.args, strict=False)))
            base = substitute(told, self._locals)
            mine = tuple(self._names)
            self._members.append(Touched(number, base, touched.arrow, mode, mine, touched.called))

    def called(self, call: Call) -> None:
        """See Sink."""
        function = call.function
        while isinstance(function, Unary) and function.op == "*":
            function = function.operand
        if isinstance(function, Member):
            self._touch(function, READ, called=True)

    def assigned(self, expr: Assign) -> None:
        """See Sink."""

    def is_array(self, expr: ExprT) -> bool:  # noqa: ARG002
        """See Sink: types are not known here."""
        return False

    def uses(self, call: Call) -> Uses | None:
        """See Sink."""
        function = call.function
        if not isinstance(function, Name) or function.id in self._names:
            return None
        return self._of.of(function.id, self._macro.file)
