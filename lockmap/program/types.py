"""The type of what a path names: declared types, then struct members one by one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tree_sitter import Node

from lockmap.data import load_toml, queries_dir
from lockmap.facts.declare import declarator_name, type_text
from lockmap.facts.model import Function
from lockmap.facts.place import Text
from lockmap.program.sources import Sources
from lockmap.syntax.grammar import c_parser
from lockmap.syntax.mask import load_masks

_STRUCT = re.compile(r"\b(?:struct|union)\s+(\w+)")
_PARTS = re.compile(r"[.]")
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
    _verdicts: dict[tuple[str, str, str, str, int], tuple[Function, bool | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._globals = load_toml(queries_dir() / "globals.toml", dict[str, dict[str, str]])["type"]

    def is_struct(self, path: str, struct: str, member: str, kind: str, within: Function) -> bool | None:
        """Whether *path* names a ``struct`` *struct* that holds lock *member* of type *kind*.

        Told by the tree when only one struct declares such a member; else by the type of
        the path; None when that cannot be told.
        """
        key = (path, struct, member, kind, id(within))
        known = self._verdicts.get(key)
        if known is None:
            known = self._verdicts[key] = (within, self._is_struct(path, struct, member, kind, within))
        return known[1]

    def _is_struct(self, path: str, struct: str, member: str, kind: str, within: Function) -> bool | None:
        owners = self.members_of_locks.get((member, kind), set())
        if owners and struct not in owners:
            return False
        found = self.struct_of(path, within)
        if found is not None:
            return found == struct or (found not in owners and owners == {struct} and None) or False
        return True if owners == {struct} or not owners else None

    def struct_of(self, path: str, within: Function) -> str | None:
        """The struct that *path* is (or points to); None when it cannot be told."""
        head, *rest = _PARTS.split(path)
        kind = self._root_type(head, within)
        struct = _struct_name(kind)
        for member in rest:
            if struct is None:
                return None
            struct = _struct_name(self.member_type(struct, member.removesuffix("[]")))
        return struct

    def _root_type(self, head: str, within: Function) -> str:
        name = head.rstrip("~").removesuffix("[]")
        for known, kind in (*within.locals, *within.params):
            if known == name:
                return kind
        if "(" in name:
            return self._globals.get(name.partition("(")[0] + "()", "")
        return self._globals.get(name, "")

    def member_type(self, struct: str, member: str) -> str:
        """The type of a member, anonymous members seen through; empty when unknown."""
        if struct not in self._members:
            self._members[struct] = self._read_struct(struct)
        return self._members[struct].get(member, "")

    def _read_struct(self, struct: str) -> dict[str, str]:
        found: dict[str, str] = {}
        files = self.sources.index.who_defines([struct])[struct]
        for path in sorted(files, key=lambda p: (not p.endswith(".h"), not p.startswith("include/"), p))[:_MOST_FILES]:
            text = self.sources.type_item(path, struct)
            if text:
                for name, kind in members(text):
                    found.setdefault(name, kind)
        return found


def _struct_name(kind: str) -> str | None:
    match = _STRUCT.search(kind)
    return match[1] if match else None


def members(text: bytes) -> list[tuple[str, str]]:
    """(name, type) of every member that the struct text declares, those of anonymous
    structs and unions included."""
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
