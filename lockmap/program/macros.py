"""Function-like macros: their definitions, and what each does to its arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lockmap.facts.model import Assign, Call, Cast, Const, ExprT, Function, Member, Name
from lockmap.facts.read import read_item
from lockmap.program.heads import function_heads
from lockmap.program.modes import READ, UNEVALUATED, Touched, Use, Uses, Walk
from lockmap.program.nearest import Nearest
from lockmap.program.sources import Sources
from lockmap.program.substitute import REST, bindings, substitute
from lockmap.program.type_data import TypeData
from lockmap.syntax.items import Item
from lockmap.syntax.lex import blank
from lockmap.syntax.mask import load_masks

_DEFINES = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+(\w+)\(", re.MULTILINE)
_DEFINE = re.compile(
    rb"[ \t]*#[ \t]*define[ \t]+\w+(?P<params>\((?:[^()\\]|\\.)*\))"
    rb"(?P<body>(?:[^\n\\]|\\\r?\n|\\.)*)",
    re.DOTALL,
)
_MOST_FILES = 24
_DEFINED = re.compile(r"defined\s*\(?\s*(\w+)\s*\)?")
_PASTED = re.compile(rb"(?P<comma>,?)[ \t]*##[ \t]*")
_QUOTED = re.compile(rb"#[ \t]*\w+")
_READ = Use(value=READ)
_UNEVALUATED = Uses((), Use(value=UNEVALUATED), ())
_SELECTS = Uses((Use(value=UNEVALUATED),), _READ, ())


@dataclass(frozen=True, slots=True)
class Macro:
    """A function-like macro, and the file that defines it."""

    file: str
    function: Function


@dataclass(slots=True)
class Macros:
    """Finds macros when asked for, each once."""

    sources: Sources
    nearest: Nearest
    data: TypeData
    _offsets: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    _headers: dict[str, list[str]] = field(default_factory=dict)
    """The headers that define each name, where one of them does so as a macro."""
    _defined: dict[tuple[str, str], tuple[Macro, ...]] = field(default_factory=dict)
    _functions: dict[tuple[str, tuple[str, ...]], bool] = field(default_factory=dict)
    _uses: dict[tuple[str, tuple[str, ...]], Uses | None] = field(default_factory=dict)

    def seen_by(self, name: str, file: str) -> tuple[Macro, ...]:
        """The definitions of macro *name* that *file* may see; none for a function."""
        for group in self._groups(name, file):
            found = self._in_files(name, group)
            if found or self._is_function(name, group):
                return found
        return ()

    def uses(self, name: str, file: str) -> Uses | None:
        """What a call of *name* in *file* does to its arguments; None where it is no macro.

        Where several definitions may be meant, what any of them does.
        """
        if name in self.data.unevaluated:
            return _UNEVALUATED
        if name in self.data.selectors:
            return _SELECTS
        uses: Uses | None = None
        for group in self._groups(name, file):
            if (name, group) not in self._uses:
                self._uses[name, group] = None  # also ends recursion
                self._uses[name, group] = self._uses_in(name, group)
            found = self._uses[name, group]
            if uses is None and found is None and self._is_function(name, group):
                return None
            uses = found if uses is None else _completed(uses, found)
            if uses is not None and not uses.drops:
                return uses
        if uses is not None and any(p.endswith(".c") for p in self.nearest.definers(name)):
            return _completed(uses, None)
        return uses

    def _groups(self, name: str, file: str) -> tuple[tuple[str, ...], ...]:
        """The files that define *name*, nearest first; none where no macro can be meant."""
        headers = self._headers.get(name)
        if headers is None:
            listed = [p for p in self.nearest.definers(name) if not p.endswith(".c")]
            macros = any(name in self._offsets_in(path) for path in listed)
            headers = self._headers[name] = listed if macros else []
        if name in self._offsets_in(file) and file not in headers:
            headers = [file, *headers]
        return self.nearest.groups(file, headers, sources=False) if headers else ()

    def _in_files(self, name: str, files: tuple[str, ...]) -> tuple[Macro, ...]:
        return tuple(m for path in files[:_MOST_FILES] for m in self._in_file(name, path))

    def _is_function(self, name: str, files: tuple[str, ...]) -> bool:
        """Whether one of *files* defines *name* as a function."""
        known = self._functions.get((name, files))
        if known is None:
            texts = (self.sources.raw(path) for path in files[:_MOST_FILES])
            known = any(next(function_heads(text, name), None) is not None for text in texts)
            self._functions[name, files] = known
        return known

    def _offsets_in(self, path: str) -> dict[str, list[int]]:
        """Where each function-like macro of a file is defined."""
        known = self._offsets.get(path)
        if known is None:
            known = self._offsets[path] = {}
            for match in _DEFINES.finditer(self.sources.raw(path)):
                known.setdefault(match[1].decode("latin-1"), []).append(match.start())
        return known

    def _uses_in(self, name: str, files: tuple[str, ...]) -> Uses | None:
        found = [self._uses_of(m) for m in self._in_files(name, files)]
        if found and self._is_function(name, files):
            found.append(Uses((), _READ, ()))
        return _together(found) if found else None

    def _in_file(self, name: str, path: str) -> tuple[Macro, ...]:
        known = self._defined.get((path, name))
        if known is None:
            offsets = self._offsets_in(path).get(name, ())
            raw = self.sources.raw(path) if offsets else b""
            if len(offsets) > 1:
                offsets = [at for at in offsets if not self._never(path, raw, at)]
            heads = [m for at in offsets if (m := _DEFINE.match(raw, at)) is not None]
            found = [read_macro(name, m[0], m.start("body") - m.start()) for m in heads]
            known = tuple(Macro(path, f) for f in found if f is not None)
            self._defined[path, name] = known
        return known

    def _never(self, path: str, raw: bytes, at: int) -> bool:
        """Whether what stands there is for other readers than the compiler."""
        condition = self.sources.condition(path, raw.count(b"\n", 0, at) + 1)
        return _DEFINED.sub(r"\1", condition) in self.data.undefined

    def _uses_of(self, macro: Macro) -> Uses:
        sink = _Parameters(macro, self)
        walk = Walk(sink)
        for flow in macro.function.flows:
            for step in flow.steps:
                if step.expr is not None:
                    walk.visit(step.expr, READ)
        return sink.found()


def read_macro(name: str, text: bytes, body: int) -> Function | None:
    """The facts of ``#define name(...) body``; what it quotes is no use, what it pastes a word."""
    clean = bytearray(blank(text))
    for match in _PASTED.finditer(clean, body):
        glue = b" " if match["comma"] else b"_"  # ", ##args" only drops a comma
        clean[match.end("comma") : match.end()] = glue * (match.end() - match.end("comma"))
    for match in _QUOTED.finditer(clean, body):
        clean[match.start() : match.end()] = b"0".ljust(match.end() - match.start())
    item = Item("macro", name, 0, len(clean), body)
    return read_item(bytes(clean), item, load_masks())


def value_of(macro: Function, call: Call) -> ExprT | None:
    """The expression whose value a call of *macro* has, in the caller's words."""
    steps = [s.expr for s in macro.flows[0].steps if s.expr is not None] if macro.flows else []
    return substitute(steps[-1], bindings(macro, call.args)) if steps else None


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
        if use == Use():
            named = other is not None and number < len(other.parameters)
            use = _READ if other is None else other.parameters[number] if named else other.rest
        parameters.append(use)
    return Uses(tuple(parameters), uses.rest, uses.members)


def _joined(uses: list[Use]) -> Use:
    value = target = 0
    for use in uses:
        value |= use.value
        target |= use.target
    return Use(value, target)


class _Parameters:
    """Notes what a macro's body does to the macro's parameters."""

    def __init__(self, macro: Macro, macros: Macros) -> None:
        names = [name for name, _ in macro.function.params]
        self._variadic = "..." in names
        self._names = {name: i for i, name in enumerate(names) if name != "..."}
        self._rest = REST
        self._macro = macro
        self._macros = macros
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
        number = self._names.get(member.name)
        if number is not None:
            base = substitute(member.base, self._locals)
            touched = Touched(number, base, member.arrow, mode, tuple(self._names))
            self._members.append(touched)

    def touched(self, call: Call, touched: Touched, mode: int) -> None:
        """See Sink."""
        arg = call.args[touched.parameter]
        number = self._names.get(arg.id) if isinstance(arg, Name) else None
        if number is not None:
            base = substitute(touched.base, dict(zip(touched.names, call.args, strict=False)))
            mine = tuple(self._names)
            self._members.append(Touched(number, base, touched.arrow, mode, mine))

    def called(self, call: Call) -> None:
        """See Sink."""

    def assigned(self, expr: Assign) -> None:
        """See Sink."""

    def is_array(self, expr: ExprT) -> bool:
        """See Sink: types are not known here."""
        return False

    def uses(self, call: Call) -> Uses | None:
        """See Sink."""
        function = call.function
        if not isinstance(function, Name) or function.id in self._names:
            return None
        return self._macros.uses(function.id, self._macro.file)
