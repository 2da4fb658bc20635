"""Function-like macros: which definitions of one a file sees, and what a call is worth."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from lockmap.facts.model import Call, ExprT, Function
from lockmap.facts.read import read_item
from lockmap.program.heads import function_heads
from lockmap.program.nearest import Nearest
from lockmap.program.sources import Sources
from lockmap.program.substitute import bindings, substitute
from lockmap.program.type_data import TypeData
from lockmap.syntax.items import Item
from lockmap.syntax.lex import blank
from lockmap.syntax.mask import load_masks

_DEFINES = re.compile(rb"\n[ \t]*#[ \t]*define[ \t]+(\w+)\(")
_DEFINE = re.compile(
    rb"[ \t]*#[ \t]*define[ \t]+(?P<name>\w+)(?P<params>\((?:[^()\\]|\\.)*\))"
    rb"(?P<body>(?:[^\n\\]|\\\r?\n|\\.)*)",
    re.DOTALL,
)
_MOST_FILES = 24
_DEFINED = re.compile(r"defined\s*\(?\s*(\w+)\s*\)?")
_PASTED = re.compile(rb"(?P<comma>,?)[ \t]*##[ \t]*")
_QUOTED = re.compile(rb"#[ \t]*\w+")


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
    _names: dict[str, frozenset[str]] = field(default_factory=dict)
    _headers: dict[str, list[str]] = field(default_factory=dict)
    """The headers that define each name, where one of them does so as a macro."""
    _defined: dict[tuple[str, str], tuple[Macro, ...]] = field(default_factory=dict)
    _functions: dict[tuple[str, tuple[str, ...]], bool] = field(default_factory=dict)

    def seen_by(self, name: str, file: str) -> tuple[Macro, ...]:
        """The definitions of macro *name* that *file* may see; none for a function."""
        for group in self.groups(name, file):
            found = self.in_files(name, group)
            if found or self.is_function(name, group):
                return found
        return ()

    def groups(self, name: str, file: str) -> tuple[tuple[str, ...], ...]:
        """The files that define *name*, nearest first; none where no macro can be meant."""
        headers = self._headers.get(name)
        if headers is None:
            listed = [p for p in self.nearest.definers(name) if not p.endswith(".c")]
            macros = any(name in self._names_in(path) for path in listed)
            headers = self._headers[name] = listed if macros else []
        if name in self._names_in(file) and file not in headers:
            headers = [file, *headers]
        return self.nearest.groups(file, headers, sources=False) if headers else ()

    def in_files(self, name: str, files: tuple[str, ...]) -> tuple[Macro, ...]:
        """The definitions of macro *name* in *files*."""
        return tuple(m for path in files[:_MOST_FILES] for m in self._in_file(name, path))

    def is_function(self, name: str, files: tuple[str, ...]) -> bool:
        """Whether one of *files* defines *name* as a function."""
        known = self._functions.get((name, files))
        if known is None:
            known = any(self.sources.told_of(p, name, _has_function) for p in files[:_MOST_FILES])
            self._functions[name, files] = known
        return known

    def _names_in(self, path: str) -> frozenset[str]:
        """The function-like macros that a file defines."""
        known = self._names.get(path)
        if known is None:
            known = self._names[path] = self.sources.told(path, _defined_in)
        return known

    def _in_file(self, name: str, path: str) -> tuple[Macro, ...]:
        known = self._defined.get((path, name))
        if known is None:
            found: tuple[tuple[int, Function | None], ...] = ()
            if name in self._names_in(path):
                found = self.sources.told_of(path, name, _definitions_of)
            if len(found) > 1:
                found = tuple((line, f) for line, f in found if not self._never(path, line))
            known = tuple(Macro(path, f) for _, f in found if f is not None)
            self._defined[path, name] = known
        return known

    def _never(self, path: str, line: int) -> bool:
        """Whether what stands there is for other readers than the compiler."""
        condition = self.sources.condition(path, line)
        return _DEFINED.sub(r"\1", condition) in self.data.undefined


def _has_function(raw: bytes, name: str) -> bool:
    return next(function_heads(raw, name), None) is not None


def _defined_in(raw: bytes) -> frozenset[str]:
    """The function-like macros that a text defines."""
    return frozenset(name.decode("latin-1") for name in _DEFINES.findall(b"\n" + raw))


def _definitions_of(raw: bytes, name: str) -> tuple[tuple[int, Function | None], ...]:
    """The line of each definition of macro *name* in a text, and what it says."""
    found: list[tuple[int, Function | None]] = []
    word = name.encode("latin-1", "replace")
    at = raw.find(word + b"(")
    while at >= 0:
        start = raw.rfind(b"\n", 0, at) + 1
        head = _DEFINE.match(raw, start)
        if head is not None and head.start("params") == at + len(word) and head["name"] == word:
            function = read_macro(name, head[0], head.start("body") - start)
            found.append((raw.count(b"\n", 0, at) + 1, function))
        at = raw.find(word + b"(", at + 1)
    return tuple(found)


# Headers define a macro alike for all that ask: its text tells all there is.
@lru_cache(maxsize=20_000)
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
