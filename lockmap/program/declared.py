"""The declared types of names that stand outside functions: variables, and functions' results."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lockmap.program.ctypes import TYPEOF, CType, read_type
from lockmap.program.heads import function_heads
from lockmap.program.nearest import Nearest
from lockmap.program.objects import Objects
from lockmap.program.records import Records
from lockmap.program.sources import Sources
from lockmap.syntax.lex import blank

# A search for the end of the line before takes a tenth of the time of one for a line's beginning.
_VARIABLE = re.compile(
    rb"\n(?:(?:static|extern|const|volatile|__\w+)\s+)*"
    rb"(?P<type>(?:struct|union|enum)\s+\w+|[A-Za-z_]\w*)"
    rb"(?P<stars>[ \t\n]*\*[ \t\n*]*(?:const\s+|__\w+\s+)*|[ \t\n]+(?:__\w+\s+|const\s+)*)"
    rb"(?P<name>[A-Za-z_]\w*)[ \t\n]*(?P<array>(?:\[[^\]\n]*\][ \t\n]*)*)"
    rb"(?:__\w+(?:\([^()]*\))?\s*)*[=;,]"
)
_BY_MACRO = re.compile(
    rb"\n(?:static\s+|extern\s+)*\w*(?:DEFINE|DECLARE)\w*\(\s*"
    rb"(?P<type>(?:(?:const\s+)?(?:struct|union|enum)\s+)?\w+)\s*(?P<stars>\**)\s*,\s*(?P<name>\w+)\s*"
    rb"(?P<array>(?:\[[^\]]*\])*)\)"
)
_UNNAMED = re.compile(
    rb"\n(?:(?:static|extern|const|__\w+)\s+)*(?:struct|union)\s+(?:__\w+\s+)*(?P<tag>[A-Za-z_]\w*)?\s*"
    rb"(?P<body>\{(?>.*?\n\}))\s*(?P<stars>\**)\s*(?:__\w+(?:\([^()]*\))?\s+)*(?P<name>[A-Za-z_]\w*)"
    rb"(?P<array>(?:\[[^\]\n]*\])*)[^;={}\n]*[;=]",
    re.DOTALL,
)
_WORDS_OF_STATEMENTS = frozenset({"return", "else", "goto", "typedef", "case", "define", "include"})
_MOST_FILES = 12


@dataclass(slots=True)
class Declared:
    """Finds declarations outside functions when asked for, each once."""

    sources: Sources
    nearest: Nearest
    objects: Objects
    records: Records
    _variables: dict[str, dict[str, CType]] = field(default_factory=dict)
    _globals: dict[tuple[str, str], CType | None] = field(default_factory=dict)
    _returns: dict[tuple[str, str], CType | None] = field(default_factory=dict)

    def variable(self, name: str, file: str) -> CType | None:
        """The type of the variable *name* that *file* sees; None when it is not found."""
        if (file, name) not in self._globals:
            self._globals[file, name] = self._find_variable(name, file)
        return self._globals[file, name]

    def returned(self, name: str, file: str) -> CType | None:
        """What the function *name* that *file* sees returns; None when it is not found."""
        definers = self.nearest.definers(name)
        key = (name, file if file in definers or len(definers) > 1 else "")
        if key not in self._returns:
            self._returns[key] = self._find_return(name, file, definers)
        return self._returns[key]

    def _find_return(self, name: str, file: str, definers: list[str]) -> CType | None:
        for group in self.nearest.groups(file, definers, sources=True):
            found = [self._return_in(name, path, path == file) for path in group[:_MOST_FILES]]
            told = [f for f in found if f is not None]
            if told:
                return told[0] if len({f[:2] for f in told}) == 1 else None
        for path in self.nearest.mentioning(file, name):  # a prototype
            kind = self._return_in(name, path, path == file)
            if kind is not None:
                return kind
        return None

    def _find_variable(self, name: str, file: str) -> CType | None:
        own = self.of_file(file).get(name)
        if own is not None:
            return own
        paths = list(self.nearest.mentioning(file, name))
        for path in paths:
            found = self.of_file(path).get(name)
            if found is not None:
                return found
        for path in paths:
            value = self.objects.of_file(path).get(name)
            if value is not None:
                return CType(TYPEOF + value, "", path)
        return None

    def of_file(self, path: str) -> dict[str, CType]:
        """The variables that a file declares outside functions."""
        known = self._variables.get(path)
        if known is None:
            known = self._variables[path] = {}
            declared, unnamed = self.sources.told(path, _declared_in)
            for name, (base, derivation) in declared.items():
                known[name] = CType(base, derivation, path)
            for name, tag, derivation, body in unnamed:
                if name not in known:
                    known[name] = CType(f"struct {tag or '.' + name}", derivation, path)
                    if not tag:
                        self.records.add(f".{name}", blank(b"struct " + body + b";"), path)
        return known

    def _return_in(self, name: str, path: str, own: bool) -> CType | None:
        for written in self.sources.told_of(path, name, _heads):
            if "static" in written.split() and not own and path.endswith(".c"):
                continue
            base, derivation = read_type(written)
            if base:
                return CType(base, derivation, path)
        return None


def _heads(raw: bytes, name: str) -> tuple[str, ...]:
    return tuple(function_heads(raw, name))


def _declared_in(
    raw: bytes,
) -> tuple[dict[str, tuple[str, str]], tuple[tuple[str, str, str, bytes], ...]]:
    """The variables that a text declares outside functions: (base, derivation) of each.

    And those of ``static struct { ... } name;``: (name, tag, derivation, body); a struct
    without a tag is called ``.name``.
    """
    raw = b"\n" + raw
    known: dict[str, tuple[str, str]] = {}
    for pattern in (_VARIABLE, _BY_MACRO):
        for match in pattern.finditer(raw):
            base, derivation = read_type((match["type"] + match["stars"]).decode("latin-1"))
            if base not in _WORDS_OF_STATEMENTS and base:
                arrays = "[]" * match["array"].count(b"[")
                known.setdefault(match["name"].decode("latin-1"), (base, derivation + arrays))
    unnamed = []
    for match in _UNNAMED.finditer(raw):
        name = match["name"].decode("latin-1")
        if not name.startswith("__"):
            tag = (match["tag"] or b"").decode("latin-1")
            derivation = match["stars"].decode() + "[]" * match["array"].count(b"[")
            unnamed.append((name, tag, derivation, b"" if tag else match["body"]))
    return known, tuple(unnamed)
