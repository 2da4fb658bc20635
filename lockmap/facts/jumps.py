"""Jumps: ``return``, ``goto``, labels, ``break``, ``continue``, ``asm goto``.

Each lets go of the scope guards that it leaves.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from lockmap.facts.builder import Builder
from lockmap.facts.graph import End

_LABEL_ADDRESS = re.compile(rb"(?<=[={,(])\s*+&&\s*(\w+)")


def return_statement(b: Builder, node: Node, ends: list[End]) -> list[End]:
    """``return``: its value is evaluated before the guards let go."""
    value = next((c for c in node.children if c.is_named and c.type != "comment"), None)
    line = b.text.line(node.start_byte)
    expr = b.expressions.read(value) if value else None
    if b.graph.scopes and expr is not None:
        ends = [(b.graph.add("eval", line, ends, expr), 0)]
    ends = b.graph.leave(ends, 0, line)
    b.graph.add("return", line, ends, expr)
    return []


def goto_statement(b: Builder, node: Node, ends: list[End]) -> list[End]:
    """``goto label``."""
    label = node.child_by_field_name("label")
    ends = [(b.graph.add("eval", b.text.line(node.start_byte), ends), 0)]
    if label is not None:
        b.graph.jump(ends, b.text.of(label))
    return []


def is_computed(b: Builder, node: Node) -> bool:
    """Whether expression *node* is what ``goto *expression`` goes to: the ``goto`` is masked."""
    before = b.text.clean[max(0, node.start_byte - 40) : node.start_byte].rstrip()
    return before.endswith(b"goto") and b.text.clean[node.start_byte : node.start_byte + 1] == b"*"


def computed_goto(b: Builder, node: Node, ends: list[End]) -> list[End]:
    """``goto *expression``: on to any label of the function whose address is taken."""
    line = b.text.line(node.start_byte)
    target = b.expressions.read(node)
    labels = dict.fromkeys(m[1].decode() for m in _LABEL_ADDRESS.finditer(b.text.clean))
    if not labels:
        b.graph.add("stop", line, ends, target, ways=0)
        return []
    index = b.graph.add("switch", line, ends, target, ways=0)
    for label in labels:
        b.graph.jump(b.graph.case(index, None, [], line), label)
    return []


def asm_goto(b: Builder, node: Node, ends: list[End]) -> list[End]:
    """``asm goto (... : labels)``: on to the next statement, or to one of the labels."""
    line = b.text.line(node.start_byte)
    written = b.text.between(node.start_byte, node.end_byte)
    index = b.graph.add("switch", line, ends, ways=0)
    after = b.graph.case(index, None, [], line)
    for label in re.findall(r"\w+", written.rpartition(":")[2]):
        b.graph.jump(b.graph.case(index, None, [], line), label)
    return after


def labelled(b: Builder, node: Node, ends: list[End]) -> list[End]:
    """``label: statement``."""
    label = node.child_by_field_name("label")
    if label is not None:
        ends = b.graph.label(b.text.of(label), b.text.line(node.start_byte), ends)
    for child in node.children:
        if child != label:
            ends = b.statement(child, ends)
    return ends


def break_statement(b: Builder, node: Node, ends: list[End]) -> list[End]:
    """``break`` out of the innermost loop, ``switch`` or guarded block."""
    if not b.frames:
        return ends
    frame = b.frames[-1]
    frame.breaks += b.graph.leave(ends, frame.scope, b.text.line(node.start_byte))
    return []


def continue_statement(b: Builder, node: Node, ends: list[End]) -> list[End]:
    """``continue`` with the innermost loop, past any ``switch``."""
    frame = next((f for f in reversed(b.frames) if f.continues is not None), None)
    if frame is None or frame.continues is None:
        return ends
    frame.continues += b.graph.leave(ends, frame.scope, b.text.line(node.start_byte))
    return []
