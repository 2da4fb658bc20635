"""What a struct definition says: its members and their types, from its text alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from tree_sitter import Node

from lockmap.facts.declare import declarator_name, derived, type_text
from lockmap.facts.place import Text
from lockmap.syntax.brackets import closing
from lockmap.syntax.grammar import c_parser
from lockmap.syntax.lex import spaces
from lockmap.syntax.mask import load_masks

_AGGREGATES = frozenset({"struct_specifier", "union_specifier"})

_LONE_CALL = re.compile(rb"(?<=[;{}])\s*(\w+)\([^(){};]*\)[ \t]*;?(?=\s*\n)")


@dataclass(slots=True)
class Layout:
    """The members of one struct; those of its unnamed parts are its own."""

    members: dict[str, str] = field(default_factory=dict)
    """Type as written of each member whose type has a name."""
    parts: dict[str, tuple[Layout, str]] = field(default_factory=dict)
    """(layout, derivation) of each named member of an unnamed struct."""
    tagged: dict[str, Layout] = field(default_factory=dict)
    """Structs with a tag that are defined within."""


@lru_cache(maxsize=5_000)
def read_layout(text: bytes, groups: frozenset[bytes]) -> Layout:
    """The layout of ``struct name { ... }``, given as blanked text; not to be changed.

    *groups* are macros that only wrap members: ``struct_group(name, members...)``.
    """
    text = _without_calls(_ungrouped(text, groups))
    place = Text(text)
    tree = c_parser().parse(load_masks().attributes(text))
    found = Layout()
    _read(_outermost(tree.root_node), place, found)
    return found


def _without_calls(text: bytes) -> bytes:
    """*text* without macros that stand alone in it: ``__cacheline_group_begin(x);``."""
    arrays = load_masks().data.array_macros
    return _LONE_CALL.sub(
        lambda m: m[0] if m[1].decode("latin-1") in arrays else spaces(m[0]), text
    )


def _outermost(root: Node) -> Node:
    """The first struct or union that has a body; *root* where the grammar sees none."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type in _AGGREGATES and node.child_by_field_name("body") is not None:
            return node
        stack.extend(reversed([c for c in node.children if c.is_named]))
    return root


def _read(node: Node, place: Text, into: Layout) -> None:
    for child in node.children:
        if child.type == "field_declaration":
            _field(child, place, into)
        elif child.is_named:
            _read(child, place, into)


def _field(node: Node, place: Text, into: Layout) -> None:
    inner = node.child_by_field_name("type")
    declarators = node.children_by_field_name("declarator")
    body = inner.child_by_field_name("body") if inner is not None else None
    if inner is not None and inner.type in _AGGREGATES and body is not None:
        tag = inner.child_by_field_name("name")
        if tag is not None:
            into.tagged[place.of(tag)] = layout = Layout()
            _read(body, place, layout)
        elif not declarators:
            _read(body, place, into)
            return
        else:
            part = Layout()
            _read(body, place, part)
            for child in declarators:
                into.parts.setdefault(declarator_name(child, place)[0], (part, derived(child)))
            return
    for child in declarators:
        name = declarator_name(child, place)[0]
        if name.isidentifier():
            into.members.setdefault(name, type_text(node, child, place))


def _ungrouped(text: bytes, groups: frozenset[bytes]) -> bytes:
    """*text* with ``struct_group(name, a; b;);`` written as ``struct { a; b; };``."""
    if not groups or not any(name in text for name in groups):
        return text
    out = bytearray(text)
    for match in re.finditer(rb"\b(\w+)[ \t]*\(", text):
        if match[1] not in groups or match.end() - match.start() < len(b"struct{"):
            continue
        close = closing(text, match.end() - 1)
        first = text.find(b";", match.end(), close)
        if close < 0 or first < 0:
            continue
        comma = text.rfind(b",", match.end(), first)
        start = _members_from(text, match.end(), first) if comma >= 0 else match.end()
        out[match.start() : start] = b"struct{".ljust(start - match.start())
        out[close : close + 1] = b"}"
    return bytes(out)


def _members_from(text: bytes, at: int, first: int) -> int:
    """Where the members begin: behind the arguments that are single words or nothing."""
    head = re.compile(rb"\s*\w*\s*,").match(text, at, first)
    while head is not None:
        at = head.end()
        head = re.compile(rb"\s*\w*\s*,").match(text, at, first)
    return at
