"""Branches: ``if``, block macros and scope guards, ``switch``, and the arms of ``#if``."""

from __future__ import annotations

import re

from tree_sitter import Node

from lockmap.facts.builder import Builder, Frame
from lockmap.facts.graph import End
from lockmap.facts.model import Binary, Call, Const, ExprT, Name

_DEFINED = re.compile(r"\b(?:defined|IS_ENABLED|IS_BUILTIN|IS_REACHABLE)\s*\(?\s*(\w+)\s*\)?")


def if_statement(b: Builder, node: Node, ends: list[End]) -> list[End]:
    """``if`` with its whole ``else if`` ladder, or a block macro that a mask made an ``if``."""
    out: list[End] = []
    current: Node | None = node
    while current is not None:
        word = b.text.word(current.start_byte)
        if word != "if":
            return out + _block_macro(b, current, word, ends)
        test = b.expressions.read(current.child_by_field_name("condition"))
        line = b.text.line(current.start_byte)
        index = b.graph.add("branch", line, ends, test, ways=2)
        then = current.child_by_field_name("consequence")
        out += b.statement(then, [(index, 0)]) if then else [(index, 0)]
        ends = [(index, 1)]
        other = current.child_by_field_name("alternative")
        parts = [c for c in other.children if c.is_named and c.type != "comment"] if other else []
        if len(parts) != 1 or parts[0].type != "if_statement":
            return out + (b.children(other, ends) if other else ends)
        current = parts[0]
    return out + ends


def _block_macro(b: Builder, node: Node, word: str, ends: list[End]) -> list[End]:
    """``some_macro(args) statement``, parsed as an ``if``: a guard's scope, or unknown."""
    line = b.text.line(node.start_byte)
    call = macro_call(b, node, word)
    body = node.child_by_field_name("consequence")
    if word in b.guards.guard_blocks:
        return _guarded_block(b, node, call, ends)
    kind = "each" if b.is_loop(word.encode()) else "block"
    index = b.graph.add(kind, line, ends, call, ways=2)
    after = b.statement(body, [(index, 0)]) if body else [(index, 0)]
    return [*after, (index, 1)]


def _guarded_block(b: Builder, node: Node, call: Call, ends: list[End]) -> list[End]:
    """``scoped_guard(name, args) body``: a loop that runs once, for ``break``'s sake."""
    keep = len(b.graph.scopes)
    name, *args = call.args or (Name(call.at, ""),)
    entered = Call(call.at, Call(call.at, call.function, (name,)), tuple(args))
    ends = b.enter(entered, node, ends)
    frame = Frame(continues=[], scope=keep)
    b.frames.append(frame)
    body = node.child_by_field_name("consequence")
    ends = b.statement(body, ends) if body else ends
    b.frames.pop()
    ends = b.leave_to(keep, node, ends)
    return ends + frame.breaks + (frame.continues or [])


def macro_call(b: Builder, node: Node, word: str) -> Call:
    """The call that a loop or block macro is, from the ``while``/``if`` it was parsed as."""
    at = b.text.position(node.start_byte)
    parts = b.expressions.read(node.child_by_field_name("condition"))
    args: list[ExprT] = []
    while isinstance(parts, Binary) and parts.op == ",":
        args.append(parts.left)
        parts = parts.right
    return Call(at, Name(at, word), (*args, parts))


def switch_statement(b: Builder, node: Node, ends: list[End]) -> list[End]:
    """``switch``: one successor a case, and one past it where there is no ``default``."""
    test = b.expressions.read(node.child_by_field_name("condition"))
    index = b.graph.add("switch", b.text.line(node.start_byte), ends, test, ways=0)
    frame = Frame(scope=len(b.graph.scopes), switch=index)
    b.frames.append(frame)
    body = node.child_by_field_name("body")
    after = b.statement(body, []) if body else []
    b.frames.pop()
    if None not in b.graph.drafts[index].cases:
        after = [*after, *b.graph.case(index, None, [], b.text.line(node.start_byte))]
    return after + frame.breaks


def case_statement(b: Builder, node: Node, ends: list[End]) -> list[End]:
    """``case value:`` or ``default:`` of the ``switch`` around it, and what follows it."""
    frame = next((f for f in reversed(b.frames) if f.switch >= 0), None)
    value = node.child_by_field_name("value")
    if frame is not None:
        values: tuple[ExprT, ...] | None = None
        if value is not None:
            written = b.text.between(node.start_byte, value.end_byte)
            ranged = "..." in written
            values = (
                (Const(b.text.position(value.start_byte), "?"),)
                if ranged
                else (b.expressions.read(value),)
            )
        ends = b.graph.case(frame.switch, values, ends, b.text.line(node.start_byte))
    for child in node.children:
        if child != value:
            ends = b.statement(child, ends)
    return ends


def preprocessor_arm(b: Builder, node: Node, ends: list[End]) -> list[End]:
    """``#if`` inside a body: both ways, under a condition known by its text."""
    name = node.child_by_field_name("name")
    test = node.child_by_field_name("condition")
    condition = name or test
    label = b.text.of(condition) if condition else ""
    label = _DEFINED.sub(r"\1", label)
    word = b.text.of(node.children[0]).replace(" ", "") if node.children else ""
    if word.startswith(("#ifndef", "#elifndef")):
        label = f"!{label}"
    index = b.graph.add("arm", b.text.line(node.start_byte), ends, label=label, ways=2)
    alternative = node.child_by_field_name("alternative")
    taken: list[End] = [(index, 0)]
    for child in node.children:
        if child not in (condition, alternative):
            taken = b.statement(child, taken)
    rest: list[End] = [(index, 1)]
    if alternative is not None:
        rest = b.statement(alternative, rest)
    return taken + rest
