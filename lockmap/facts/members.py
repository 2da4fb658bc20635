"""The struct members of a type definition that are locks."""

from __future__ import annotations

from tree_sitter import Node

from lockmap.facts.declare import declarator_name, type_text
from lockmap.facts.place import Text
from lockmap.syntax.grammar import c_parser
from lockmap.syntax.mask import load_masks
from lockmap.syntax.queries import matches


def lock_members(text: bytes, wanted: frozenset[bytes]) -> list[tuple[str, str, str]]:
    """(struct, member, type) of every member in *text* that is called one of *wanted*.

    Members of unnamed structs and unions belong to the struct around them; a struct that
    only a typedef names is called as the typedef calls it.
    """
    place = Text(text)
    tree = c_parser().parse(load_masks().attributes(text))
    found: list[tuple[int, tuple[str, str, str]]] = []
    for match in matches("members", tree.root_node):
        for declarator in match["declarator"]:
            name = declarator_name(declarator, place)[0]
            if name.encode() in wanted:
                kind = type_text(match["member"][0], declarator, place)
                owner = _owner(match["struct"][0], place)
                found.append((declarator.start_byte, (owner, name, kind)))
    return [member for _, member in sorted(found)]


def _owner(specifier: Node, place: Text) -> str:
    """The name of the nearest named struct at or around *specifier*."""
    node: Node | None = specifier
    while node is not None:
        if node.type in {"struct_specifier", "union_specifier"}:
            name = node.child_by_field_name("name")
            if name is not None:
                return place.of(name)
        elif node.type == "type_definition":
            named = node.child_by_field_name("declarator")
            return place.of(named) if named is not None else ""
        node = node.parent
    return ""
