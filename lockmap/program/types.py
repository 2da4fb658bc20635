"""The type of what a path names: declared types, then struct members one by one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tree_sitter import Node

from lockmap.data import load_toml, queries_dir
from lockmap.facts.declare import declarator_name, type_text
from lockmap.facts.model import Function
from lockmap.facts.place import Text
from lockmap.facts.render import render
from lockmap.program.known import Tree, read_tree
from lockmap.program.sources import Sources
from lockmap.syntax.grammar import c_parser
from lockmap.syntax.lex import places
from lockmap.syntax.mask import load_masks

_STRUCT = re.compile(r"\b(?:struct|union)\s+(\w+)")
_PARTS = re.compile(r"(?:[^.()]|\((?:[^()]|\([^()]*\))*\))+")
_TYPEOF = re.compile(r"(?:__)?typeof(?:__)?\s*\((.*)\)")
_BASIC = frozenset({"int", "long", "char", "short", "void", "unsigned", "signed", "bool", "size_t"})
_MOST_FILES = 12
"""Files searched for the definition of one struct: beyond, the name is too common."""


@dataclass(slots=True)
class Types:
    """Resolves types over one tree, reading struct definitions when asked for."""

    sources: Sources
    members_of_locks: dict[tuple[str, str], set[str]]
    """(member, type) → structs that declare it, for members that are locks."""
    _members: dict[str, dict[str, str]] = field(default_factory=dict)
    _globals: dict[str, str] = field(default_factory=dict)
    _named: dict[str, str] = field(default_factory=dict)
    _typedefs: dict[str, str | None] = field(default_factory=dict)
    _returns: dict[tuple[str, str], str | None] = field(default_factory=dict)
    _verdicts: dict[tuple[str, str, str, str, int], tuple[Function, bool | None]] = field(
        default_factory=dict
    )

    tree: Tree = field(init=False)
    """What the tree declares, for the types of any expression."""

    def __post_init__(self) -> None:
        self.tree = read_tree(self.sources)
        self._globals = load_toml(queries_dir() / "globals.toml", dict[str, dict[str, str]])["type"]

    def is_struct(
        self, path: str, struct: str, member: str, kind: str, within: Function
    ) -> bool | None:
        """Whether *path* names a ``struct`` *struct* that holds lock *member* of type *kind*.

        Told by the tree when only one struct declares such a member, or *struct* has no such
        member; else by the type of the path; None when that cannot be told.
        """
        key = (path, struct, member, kind, id(within))
        known = self._verdicts.get(key)
        if known is None:
            known = self._verdicts[key] = (
                within,
                self._is_struct(path, struct, member, kind, within),
            )
        return known[1]

    def _is_struct(
        self, path: str, struct: str, member: str, kind: str, within: Function
    ) -> bool | None:
        owners = self.members_of_locks.get((member, kind), set())
        if owners and struct not in owners:
            return False
        if not owners and self._lacks(struct, member):
            return False
        found = self.struct_of(path, within)
        if found is not None:
            return found == struct or (found not in owners and owners == {struct} and None) or False
        return True if owners == {struct} or not owners else None

    def _lacks(self, struct: str, member: str) -> bool:
        """Whether the tree shows the members of ``struct`` *struct*, and *member* is none."""
        return not self.member_type(struct, member) and bool(self._members[struct])

    def struct_of(self, path: str, within: Function) -> str | None:
        """The struct that *path* is (or points to); None when it cannot be told."""
        head, *rest = _PARTS.findall(path)
        struct = self._root_struct(head, within)
        for member in rest:
            name, _, noted = member.partition("@")
            if noted:
                struct = noted.rpartition("@")[2]
            elif struct is None:
                return None
            else:
                struct = self._struct_name(self.member_type(struct, name.removesuffix("[]")))
        return struct

    def _root_struct(self, head: str, within: Function) -> str | None:
        """The struct of the first part of a path: a note, a variable, a call, a global."""
        name, _, noted = head.partition("@") if "(" not in head else head.rpartition(")")
        if "(" in head:
            name, noted = name + ")", noted.lstrip("@")
        if noted:
            return noted.rpartition("@")[2]
        name = name.rstrip("~").removesuffix("[]")
        for known, kind in (*within.locals, *within.params):
            if known == name:
                return self._declared(kind, within)
        if "(" in name:
            function, _, argument = name.removesuffix(")").partition("(")
            return self._returned(function, argument, within)
        return self._struct_name(self._globals.get(name, ""))

    def _declared(self, kind: str, within: Function) -> str | None:
        """The struct of a declared type, ``typeof(x->y)`` included."""
        match = _TYPEOF.match(kind)
        if match:
            return self.struct_of(match[1].replace("->", ".").strip("&*() "), within)
        return self._struct_name(kind)

    def _returned(self, name: str, argument: str, within: Function) -> str | None:
        """The struct that a call gives; None when definitions differ.

        Of a function by its return type, of a macro by its body.
        """
        known = self._struct_name(self._globals.get(f"{name}()", ""))
        if known is not None:
            return known
        if (name, "") not in self._returns:
            self._returns[name, ""] = None  # also ends recursion
            self._returns[name, ""] = self._look_up_return(name, argument, within)
        return self._returns[name, ""]

    def _look_up_return(self, name: str, argument: str, within: Function) -> str | None:
        found: set[str | None] = set()
        for path in self.sources.index.who_defines([name])[name][:_MOST_FILES]:
            for unit in self.sources.definitions(path, name):
                if unit.function.kind == "macro":
                    found.add(self._macro_struct(unit.function, argument, within))
                else:
                    found.add(self._struct_name(unit.function.returns))
        return next(iter(found)) if len(found) == 1 else None

    def _macro_struct(self, macro: Function, argument: str, within: Function) -> str | None:
        values = [s.expr for s in macro.flows[0].steps if s.expr is not None] if macro.flows else []
        if len(values) != 1 or not macro.params:
            return None
        text = render(values[0]).replace("->", ".").strip("()&* ")
        head, dot, rest = text.partition(".")
        if head != macro.params[0][0] or not argument:
            return None
        return self.struct_of(f"{argument}{dot}{rest}", within)

    def _struct_name(self, kind: str) -> str | None:
        """The struct in a type, typedefs seen through."""
        match = _STRUCT.search(kind)
        if match:
            return match[1]
        word = kind.strip("*[] ")
        if not word.isidentifier() or word in _BASIC:
            return None
        if word not in self._typedefs:
            self._typedefs[word] = self._read_typedef(word)
        return self._typedefs[word]

    def _read_typedef(self, word: str) -> str | None:
        pattern = re.compile(rb"typedef\s+(?:struct|union)\s+(\w+)\s*\**\s*%s\s*;" % word.encode())
        for path in self.sources.index.who_mentions([word])[word][:_MOST_FILES]:
            found = self.sources.matched(path, f"typedef {word}", self._first(pattern))
            if found:
                return found[0]
        return None

    def _first(self, pattern: re.Pattern[bytes]) -> Callable[[str], list[str] | None]:
        """Finds what the group of *pattern* matches in the clean text of a file."""

        def find(path: str) -> list[str] | None:
            match = pattern.search(self.sources.clean(path))
            return [match[1].decode("latin-1")] if match else None

        return find

    def _on_line(self, pattern: re.Pattern[bytes], name: str) -> Callable[[str], list[str] | None]:
        """The same for a *pattern* of a line that holds *name*."""

        def find(path: str) -> list[str] | None:
            match = _of_line(pattern, self.sources.clean(path), name)
            return [match[1].decode("latin-1")] if match else None

        return find

    def declared(self, name: str, within: Function, file: str) -> str:
        """The type of variable *name* of *within*, or of *file*; empty when it is not found."""
        for known, kind in (*within.locals, *within.params):
            if known == name:
                return "" if "typeof" in kind else kind
        if name in self._globals or not name.isidentifier():
            return self._globals.get(name, "")
        pattern = re.compile(
            rb"(?:[a-z_]+[ \t]+)*struct[ \t]+(\w+)[ \t]*(\**)[ \t]*%s\b[ \t]*(\[?)" % name.encode()
        )
        found = _of_line(pattern, self.sources.clean(file), name)
        if found is None:
            return ""
        struct, stars, array = (part.decode("latin-1") for part in found.groups())
        return f"struct {struct} {stars}{'[]' if array else ''}"

    def struct_in(self, kind: str) -> str | None:
        """The struct that type *kind* is, or points to; typedefs are seen through."""
        return self._struct_name(kind)

    def named_path(self, name: str) -> str:
        """The object path that macro *name* stands for; empty where it is none."""
        if name not in self._named:
            pattern = re.compile(
                rb"[ \t]*#[ \t]*define[ \t]+%s[ \t]+([\w.&*()\[\] >-]+?)[ \t]*\r?$" % name.encode(),
                re.MULTILINE,
            )
            self._named[name] = ""
            for path in self.sources.index.who_mentions([name])[name][:_MOST_FILES]:
                found = self.sources.matched(path, f"define {name}", self._on_line(pattern, name))
                if found:
                    self._named[name] = re.sub(r"[&*() ]", "", found[0].replace("->", "."))
                    break
        return self._named[name]

    def member_type(self, struct: str, member: str) -> str:
        """The type of a member, anonymous members seen through; empty when unknown."""
        if struct not in self._members:
            self._members[struct] = self._read_struct(struct)
        return self._members[struct].get(member, "")

    def _read_struct(self, struct: str) -> dict[str, str]:
        found: dict[str, str] = {}
        files = self.sources.index.who_defines([struct])[struct]
        for path in sorted(
            files, key=lambda p: (not p.endswith(".h"), not p.startswith("include/"), p)
        )[:_MOST_FILES]:
            for name, kind in self.sources.members(path, struct, members):
                found.setdefault(name, kind)
        return found


def members(text: bytes) -> list[tuple[str, str]]:
    """(name, type) of every member of a struct, given as text.

    Those of anonymous structs and unions are included.
    """
    place = Text(text)
    tree = c_parser().parse(load_masks().attributes(text))
    found: list[tuple[str, str]] = []
    stack: list[Node] = [tree.root_node]
    while stack:
        node = stack.pop()
        if node.type == "field_declaration":
            declarators = node.children_by_field_name("declarator")
            for child in declarators:
                name = declarator_name(child, place)[0]
                if name.isidentifier():
                    found.append((name, type_text(node, child, place)))
            if declarators:
                inner = node.child_by_field_name("type")
                if inner is not None and inner.child_by_field_name("name") is None:
                    continue  # a named member of an unnamed struct: its members are its own
        stack.extend(reversed([c for c in node.children if c.is_named]))
    return found


def _of_line(pattern: re.Pattern[bytes], text: bytes, name: str) -> re.Match[bytes] | None:
    """The first match of *pattern* from the start of a line that holds *name*."""
    for place in places(text, name.encode()):
        found = pattern.match(text, text.rfind(b"\n", 0, place) + 1)
        if found is not None:
            return found
    return None
