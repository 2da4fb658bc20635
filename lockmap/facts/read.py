"""Reading the functions and macros of one chunk."""

from __future__ import annotations

import re

from tree_sitter import Node

from lockmap.facts.declare import base_type, derived, inner_declarator, parameters
from lockmap.facts.flow import FlowBuilder
from lockmap.facts.model import Flow, Function, Scope
from lockmap.facts.place import Text
from lockmap.facts.records import Named, Span
from lockmap.syntax.items import Item
from lockmap.syntax.lex import blank, spaces
from lockmap.syntax.mask import Masks
from lockmap.syntax.parse import Parsed, parse_function
from lockmap.syntax.queries import captures

_WORD = re.compile(rb"\w+")
_MACRO_PARAMETER = re.compile(r"[A-Za-z_]\w*|\.\.\.")
_CONTINUED = re.compile(rb"\\(?=\r?\n)")
_MACRO_HEAD = b"T m(){"


def read_item(clean: bytes, item: Item, masks: Masks) -> Function | None:
    """The facts of the function or macro that *item* is in *clean*; None for anything else.

    Lines count from the item's first line.
    """
    if item.kind == "function":
        return _function(clean, item, masks)
    if item.kind == "macro":
        return _macro(clean, item, masks)
    return None


def read_named(
    data: bytes, named: Named, masks: Masks, *, facts: bool = True
) -> tuple[Function | None, Span]:
    """The function of the file *data* that stands where *named* says, and its span in the file.

    No function where expressions are nested too deeply to follow, nor without *facts*, where
    it is only parsed to know whether it can be read whole.
    """
    start = data.rfind(b"\n", 0, named.start) + 1
    text = spaces(data[start : named.start]) + blank(data[named.start : named.end])
    item = Item("function", "", named.start - start, len(text), named.body - start)
    function: Function | None = None
    if not facts:
        return None, _moved(_glance(text, item, masks), named.line)
    try:
        read = function = _function(text, item, masks)
        span = Span(read.name, 1, _last_line(text), read.whole, read.errors)
    except RecursionError:
        span = _glance(text, item, masks)
    return function, _moved(span, named.line)


def _moved(span: Span, line: int) -> Span:
    """*span*, whose lines count from its function's first, as lines of the file."""
    errors = tuple(line + e - 1 for e in span.errors)
    return Span(span.name, line, line + span.end_line - 1, span.whole, errors)


def _last_line(text: bytes) -> int:
    return text.count(b"\n", 0, max(0, len(text) - 1)) + 1


def _glance(clean: bytes, item: Item, masks: Masks) -> Span:
    """Parse a function only to know whether it can be read whole; lines as in read_item."""
    text, body = _own_lines(clean, item)
    readings = parse_function(text, body, masks)
    place = Text(text)
    errors: set[int] = set()
    for reading in readings:
        errors.update(_error_lines(reading, place))
    name = _name(readings, place, body, masks)
    return Span(name, 1, _last_line(text), not errors, tuple(sorted(errors)))


def _own_lines(clean: bytes, item: Item) -> tuple[bytes, int]:
    """The text of *item* from the start of its first line, and where its body begins in it."""
    start = clean.rfind(b"\n", 0, item.start) + 1
    text = spaces(clean[start : item.start]) + clean[item.start : item.end]
    return text, item.body - start


def _function(clean: bytes, item: Item, masks: Masks) -> Function:
    text, body = _own_lines(clean, item)
    readings = parse_function(text, body, masks)
    place = Text(text)
    flows, declared, errors = _flows(readings, place, masks)
    local = _types(declared)
    function = next((r.function for r in readings if r.function is not None), None)
    name = _name(readings, place, body, masks)
    last = place.line(max(0, len(text) - 1))
    if function is None:
        return Function(name, "function", 1, last, False, "", (), (), (), False, errors)
    declarator = _function_declarator(function)
    params = parameters(declarator, place) if declarator else ()
    return Function(
        name,
        "function",
        1,
        place.line(max(0, function.end_byte - 1)),
        b"static" in text[:body].split(),
        f"{base_type(function, place)} {derived(_above_function(function))}".strip(),
        params,
        local,
        flows,
        not errors,
        errors,
        _shadowing(declared, params),
    )


def _name(readings: tuple[Parsed, ...], place: Text, body: int, masks: Masks) -> str:
    """The name of the function read, with what its definer macro puts before it."""
    function = next((r.function for r in readings if r.function is not None), None)
    if function is None or function.start_byte > body:
        return _named_in(place.clean[:body])
    name = function_name(function, place)
    if name == "m" and b"m" not in place.clean[:body].split():  # a stand-in header was parsed
        return _named_in(place.clean[:body])
    rule = masks.definer(place.word(function.start_byte).encode())
    return (rule.prefix if rule else "") + name.rpartition(" ")[2]


def function_name(function: Node, place: Text) -> str:
    """The name that a definition gives.  Read from the masked text: a mask may move it."""
    node: Node | None = function.child_by_field_name("declarator")
    while node is not None and (inner := inner_declarator(node)) is not None:
        node = inner
    text = node.text if node is not None else None
    return text.decode("latin-1").strip() if text else _named_in(place.clean)


def _flows(
    readings: tuple[Parsed, ...], place: Text, masks: Masks
) -> tuple[tuple[Flow, ...], tuple[Scope, ...], tuple[int, ...]]:
    """The flows, declared locals and lines with errors of all readings together."""
    flows: list[Flow] = []
    local: list[Scope] = []
    errors: set[int] = set()
    for reading in readings:
        errors.update(_error_lines(reading, place))
        body = reading.function and reading.function.child_by_field_name("body")
        if body is None:
            continue
        builder = FlowBuilder(place, masks)
        flows.append(builder.build(body, reading.arm))
        errors.update(builder.too_deep)
        local += builder.locals
    return tuple(flows), tuple(local), tuple(sorted(errors))


def _types(declared: tuple[Scope, ...]) -> tuple[tuple[str, str], ...]:
    """(name, type) of each local, by its first declaration."""
    found: dict[str, str] = {}
    for scope in declared:
        found.setdefault(scope.name, scope.type)
    return tuple(found.items())


def _shadowing(
    declared: tuple[Scope, ...], params: tuple[tuple[str, str], ...]
) -> tuple[Scope, ...]:
    """The declarations whose name alone does not tell the type."""
    kinds: dict[str, set[str]] = {name: {kind} for name, kind in params}
    for scope in declared:
        kinds.setdefault(scope.name, set()).add(scope.type)
    return tuple(dict.fromkeys(s for s in declared if len(kinds[s.name]) > 1))


def _error_lines(reading: Parsed, place: Text) -> set[int]:
    """Lines where the grammar lost its way; the first line where all of it is lost."""
    if reading.whole:
        return set()
    found = captures("errors", reading.function).get("error", []) if reading.function else []
    return {place.line(node.start_byte) for node in found} or {1}


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


def _macro(clean: bytes, item: Item, masks: Masks) -> Function:
    start = clean.rfind(b"\n", 0, item.start) + 1
    written = clean[start : item.end]
    head = written[: item.body - start]
    params = _MACRO_PARAMETER.findall(head.partition(b"(")[2].decode("latin-1"))
    # The body as a function of its own: "do {} while (0)", "({ })" and plain expressions alike.
    body = _CONTINUED.sub(b" ", written[len(head) :])
    text = _MACRO_HEAD + _CONTINUED.sub(b" ", spaces(head))[len(_MACRO_HEAD) :] + body + b";}"
    readings = parse_function(text, len(_MACRO_HEAD) - 1, masks)
    place = Text(text)
    flows, declared, errors = _flows(readings, place, masks)
    return Function(
        item.name,
        "macro",
        1,
        place.line(max(0, len(written) - 1)),
        False,
        "",
        tuple((p, "") for p in params),
        _types(declared),
        flows,
        not errors,
        errors,
    )
