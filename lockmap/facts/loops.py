"""Loops: ``while``, ``do``, ``for``, and macros that are loops."""

from __future__ import annotations

from tree_sitter import Node

from lockmap.facts.branches import macro_call
from lockmap.facts.builder import Builder, Frame
from lockmap.facts.graph import End


def while_statement(b: Builder, node: Node, ends: list[End]) -> list[End]:
    """``while``, or a loop macro that a mask made one."""
    line = b.text.line(node.start_byte)
    word = b.text.word(node.start_byte)
    head = b.graph.add("eval", line, ends)
    if word == "while":
        test = b.expressions.read(node.child_by_field_name("condition"))
        index = b.graph.add("branch", line, [(head, 0)], test, ways=2)
    else:
        index = b.graph.add("each", line, [(head, 0)], macro_call(b, node, word), ways=2)
    return [*_loop(b, node, [(index, 0)], head, []), (index, 1)]


def _loop(
    b: Builder, node: Node, into: list[End], again: int, update: list[tuple[Node, int]]
) -> list[End]:
    """A loop's body entered from *into*, going back to step *again*; its breaks."""
    frame = Frame(continues=[], scope=len(b.graph.scopes))
    b.frames.append(frame)
    body = node.child_by_field_name("body")
    ends = b.statement(body, into) if body else into
    b.frames.pop()
    ends = ends + (frame.continues or [])
    for part, line in update:
        ends = [(b.graph.add("eval", line, ends, b.expressions.read(part)), 0)]
    b.graph.tie(ends, again)
    return frame.breaks


def do_statement(b: Builder, node: Node, ends: list[End]) -> list[End]:
    """``do ... while (test);``, also with a macro for the ``while``."""
    head = b.graph.add("eval", b.text.line(node.start_byte), ends)
    frame = Frame(continues=[], scope=len(b.graph.scopes))
    b.frames.append(frame)
    body = node.child_by_field_name("body")
    after = b.statement(body, [(head, 0)]) if body else [(head, 0)]
    b.frames.pop()
    condition = node.child_by_field_name("condition")
    after = after + (frame.continues or [])
    if not after:
        return frame.breaks
    test = b.expressions.read(condition)
    line = b.text.line(condition.start_byte if condition else node.end_byte - 1)
    index = b.graph.add("branch", line, after, test, ways=2)
    b.graph.tie([(index, 0)], head)
    return [(index, 1), *frame.breaks]


def for_statement(b: Builder, node: Node, ends: list[End]) -> list[End]:
    """``for (;;)``; without a condition only ``break`` and jumps leave it."""
    line = b.text.line(node.start_byte)
    start = node.child_by_field_name("initializer")
    if start is not None:
        ends = b.statement(start, ends)
    head = b.graph.add("eval", line, ends)
    condition = node.child_by_field_name("condition")
    update = node.child_by_field_name("update")
    into: list[End] = [(head, 0)]
    out: list[End] = []
    if condition is not None:
        index = b.graph.add("branch", line, into, b.expressions.read(condition), ways=2)
        into, out = [(index, 0)], [(index, 1)]
    return out + _loop(b, node, into, head, [(update, line)] if update else [])
