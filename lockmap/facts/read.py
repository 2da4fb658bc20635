"""Reading the functions and macros of one chunk."""

from __future__ import annotations

import re

from tree_sitter import Node

from lockmap.facts.declare import base_type, declarator_name, derived, inner_declarator, parameters
from lockmap.facts.flow import FlowBuilder
from lockmap.facts.model import Flow, Function
from lockmap.facts.place import Text
from lockmap.syntax.items import Item
from lockmap.syntax.mask import Masks
from lockmap.syntax.parse import Parsed, parse_function

_WORD = re.compile(rb"\w+")
_MACRO_PARAMETER = re.compile(r"[A-Za-z_]\w*|\.\.\.")
_CONTINUED = re.compile(rb"\\(?=\r?\n)")


def read_item(clean: bytes, item: Item, masks: Masks) -> Function | None:
    """The facts of the function or macro that *item* is in *clean*; None for anything else.

    Lines count from the item's first line.
    """
    if item.kind == "function":
        return _function(clean, item, masks)
    if item.kind == "macro":
        return _macro(clean, item, masks)
    return None


def _function(clean: bytes, item: Item, masks: Masks) -> Function | None:
    start = clean.rfind(b"\n", 0, item.start) + 1
    text = b" " * (item.start - start) + clean[item.start : item.end]
    body = item.body - start
    readings = parse_function(text, body, masks)
    nodes = [r for r in readings if r.function is not None]
    place = Text(text)
    if not nodes:
        return Function(_named_in(text[:body]), "function", 1, place.line(len(text)), False, "", (), (), (), False, (1,))
    function = nodes[0].function
    assert function is not None
    declarator = _function_declarator(function)
    name = function_name(function, place)
    rule = masks.definer(place.word(function.start_byte).encode())
    head = text[:body].split()
    flows, local, errors = _flows(nodes, place, masks)
    return Function(
        (rule.prefix if rule else "") + name.rpartition(" ")[2],
        "function",
        1,
        place.line(max(0, function.end_byte - 1)),
        b"static" in head,
        f"{base_type(function, place)} {derived(_above_function(function))}".strip(),
        parameters(declarator, place) if declarator else (),
        local,
        flows,
        all(r.whole for r in readings),
        errors,
    )


def function_name(function: Node, place: Text) -> str:
    """The name that a definition gives.  Read from the masked text: a mask may move it."""
    node: Node | None = function.child_by_field_name("declarator")
    while node is not None and (inner := inner_declarator(node)) is not None:
        node = inner
    text = node.text if node is not None else None
    return text.decode("latin-1").strip() if text else _named_in(place.clean)


def _flows(
    readings: list[Parsed], place: Text, masks: Masks
) -> tuple[tuple[Flow, ...], tuple[tuple[str, str], ...], tuple[int, ...]]:
    flows: list[Flow] = []
    local: dict[str, str] = {}
    errors: set[int] = set()
    for reading in readings:
        body = reading.function and reading.function.child_by_field_name("body")
        if body is None:
            continue
        builder = FlowBuilder(place, masks)
        flows.append(builder.build(body, reading.arm))
        for name, kind in builder.locals:
            local.setdefault(name, kind)
        if not reading.whole:
            errors.update(_error_lines(reading.function, place))
    return tuple(flows), tuple(local.items()), tuple(sorted(errors))


def _error_lines(node: Node | None, place: Text) -> set[int]:
    """Lines of ERROR and MISSING nodes; only nodes that hold one are entered."""
    found: set[int] = set()
    stack = [node] if node is not None else []
    while stack:
        current = stack.pop()
        if current.type == "ERROR" or current.is_missing:
            found.add(place.line(current.start_byte))
            continue
        stack.extend(c for c in current.children if c.has_error or c.is_missing)
    return found


def _function_declarator(function: Node) -> Node | None:
    node = function.child_by_field_name("declarator")
    while node is not None and node.type != "function_declarator":
        node = inner_declarator(node)
    return node


def _above_function(function: Node) -> Node | None:
    """The pointer part of a return type: ``*`` of ``int *f(void)``."""
    node = function.child_by_field_name("declarator")
    return node if node is not None and node.type == "pointer_declarator" else None


def _named_in(head: bytes) -> str:
    """The word before the first parenthesis: the name of a function that did not parse."""
    words = _WORD.findall(head.partition(b"(")[0])
    return words[-1].decode("latin-1") if words else ""


def _macro(clean: bytes, item: Item, masks: Masks) -> Function | None:
    start = clean.rfind(b"\n", 0, item.start) + 1
    whole = clean[start : item.end]
    head_end = item.body - start
    opening = whole.index(b"(")
    params = _MACRO_PARAMETER.findall(whole[opening:head_end].decode("latin-1"))
    # The body as a function of its own: "do {} while (0)", "({ })" and plain expressions alike.
    blank_head = re.sub(rb"[^\n\r]", b" ", whole[:head_end])
    body_text = _CONTINUED.sub(b" ", whole[head_end:])
    prefix = b"void m(void){"
    if len(blank_head) < len(prefix):
        return None
    text = prefix + blank_head[len(prefix) :] + body_text + b";}"
    if b"\n" in blank_head[: len(prefix)]:
        return None
    readings = parse_function(text, len(prefix) - 1, masks)
    nodes = [r for r in readings if r.function is not None]
    place = Text(text)
    flows, local, errors = _flows(nodes, place, masks)
    return Function(
        item.name,
        "macro",
        1,
        place.line(len(whole) - 1),
        False,
        "",
        tuple((p, "") for p in params),
        local,
        flows,
        bool(nodes) and all(r.whole for r in readings),
        errors,
    )
