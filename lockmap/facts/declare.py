"""Declarators: the name a declaration gives, and its type as text."""

from __future__ import annotations

from tree_sitter import Node

from lockmap.facts.place import Text

_QUALIFIERS = frozenset(
    {"storage_class_specifier", "type_qualifier", "attribute_specifier", "comment", ";", ","}
)
_NESTS = frozenset(
    {
        "pointer_declarator",
        "array_declarator",
        "function_declarator",
        "parenthesized_declarator",
        "init_declarator",
        "attributed_declarator",
    }
)


def base_type(node: Node, text: Text) -> str:
    """The type specifier of a declaration or parameter, without storage and qualifiers."""
    kind = node.child_by_field_name("type")
    if kind is None:
        return ""
    if kind.type in {"struct_specifier", "union_specifier", "enum_specifier"}:
        name = kind.child_by_field_name("name")
        word = kind.children[0].type
        return f"{word} {text.of(name)}" if name else word
    return text.of(kind)


def inner_declarator(node: Node) -> Node | None:
    """The declarator nested in *node*, if it wraps one."""
    found = node.child_by_field_name("declarator")
    if found is not None or node.type != "parenthesized_declarator":
        return found
    return next((c for c in node.children if c.is_named), None)


def declarator_name(node: Node, text: Text) -> tuple[str, int]:
    """(name, offset) that a declarator declares; an empty name where there is none."""
    current: Node | None = node
    while current is not None and current.type in _NESTS:
        current = inner_declarator(current)
    if current is None:
        return "", node.start_byte
    return text.of(current), current.start_byte


def derived(node: Node | None) -> str:
    """What a declarator adds to the base type: ``*`` and ``[]``, ``()`` for functions."""
    parts: list[str] = []
    while node is not None and (node.type in _NESTS or node.type.startswith("abstract_")):
        if "pointer" in node.type:
            parts.append("*")
        elif "array" in node.type:
            parts.append("[]")
        elif "function" in node.type:
            parts.append("()")
        node = inner_declarator(node)
    return "".join(parts)


def type_text(node: Node, declarator: Node | None, text: Text) -> str:
    """The whole type of what *declarator* declares in declaration *node*: ``struct foo *``."""
    base = base_type(node, text)
    suffix = derived(declarator)
    return f"{base} {suffix}" if suffix else base


def parameters(function_declarator: Node, text: Text) -> tuple[tuple[str, str], ...]:
    """(name, type) of each parameter; names are empty where the prototype leaves them out."""
    listed = function_declarator.child_by_field_name("parameters")
    if listed is None or listed.text == b"(void)":  # it may be a mask that says so
        return ()
    found = []
    for node in listed.children:
        if node.type == "parameter_declaration":
            declarator = node.child_by_field_name("declarator")
            name = declarator_name(declarator, text)[0] if declarator else ""
            found.append((name, type_text(node, declarator, text)))
        elif node.type in {"variadic_parameter", "..."}:
            found.append(("...", ""))
        elif node.type == "identifier":
            found.append((text.of(node), ""))
    if found == [("", "void")]:
        return ()
    return tuple(found)
