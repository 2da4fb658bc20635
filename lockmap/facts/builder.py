"""The state in which a function's flow is built, and how its statements are told apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tree_sitter import Node

from lockmap.facts.declare import declarator_name, type_text
from lockmap.facts.expressions import Expressions
from lockmap.facts.graph import End, Graph
from lockmap.facts.model import Assign, ExprT, Group, Name, Position, Scope
from lockmap.facts.place import Text
from lockmap.syntax.mask import Masks

_DEEPEST = 100
"""Statements within one another that are followed; an ``else if`` ladder counts once."""
_DECLARATORS = frozenset(
    {
        "init_declarator",
        "identifier",
        "pointer_declarator",
        "array_declarator",
        "function_declarator",
        "parenthesized_declarator",
        "attributed_declarator",
    }
)


_BLOCKS = frozenset({"compound_statement", "for_statement"})
_SILENT = frozenset(
    {
        "comment",
        "type_definition",
        "preproc_def",
        "preproc_function_def",
        "preproc_call",
        "preproc_include",
        "struct_specifier",
        "union_specifier",
        "enum_specifier",
        "statement_identifier",
        "preproc_directive",
        "preproc_arg",
    }
)


@dataclass(slots=True)
class Frame:
    """What ``break`` and ``continue`` (or ``case``) mean here."""

    breaks: list[End] = field(default_factory=list)
    continues: list[End] | None = None
    """None in a ``switch``: ``continue`` goes past it."""
    scope: int = 0
    """How many guards hold outside."""
    switch: int = -1


class Builder:
    """One reading of one function under construction.

    Every reader takes a node and the loose ends that lead to it, adds steps to ``graph``,
    and returns the loose ends that lead on.
    """

    def __init__(self, text: Text, masks: Masks, readers: Mapping[str, Reader]) -> None:
        self.text = text
        self.guards = masks.data
        self.is_loop = masks.is_loop
        self.expressions = Expressions(text, self.declare)
        self.graph = Graph()
        self.frames: list[Frame] = []
        self.locals: list[Scope] = []
        self._readers = readers
        self._depth = 0

    @property
    def too_deep(self) -> set[int]:
        """Lines of what is nested deeper than it is followed."""
        return self.expressions.too_deep

    def statement(self, node: Node, ends: list[End]) -> list[End]:
        """Read any statement."""
        if self._depth >= _DEEPEST:
            self.too_deep.add(self.text.line(node.start_byte))
            return ends
        self._depth += 1
        try:
            return self._statement(node, ends)
        finally:
            self._depth -= 1

    def _statement(self, node: Node, ends: list[End]) -> list[End]:
        reader = self._readers.get(node.type)
        if reader is not None:
            return reader(self, node, ends)
        if node.type in _SILENT or not node.is_named:
            return ends
        return self.evaluate(self.expressions.read(node), node, ends)

    def children(self, node: Node, ends: list[End]) -> list[End]:
        """Read the statements that stand directly in *node*, in order."""
        for child in node.children:
            ends = self.statement(child, ends)
        return ends

    def evaluate(self, expr: ExprT, node: Node, ends: list[End]) -> list[End]:
        """A step that evaluates *expr*; none where there is nothing to evaluate."""
        if isinstance(expr, Group) and not expr.parts:
            return ends
        return [(self.graph.add("eval", self.text.line(node.start_byte), ends, expr), 0)]

    def enter(self, call: ExprT, node: Node, ends: list[End]) -> list[End]:
        """A scope guard takes hold until its block ends."""
        index = self.graph.add("enter", self.text.line(node.start_byte), ends, call)
        self.graph.scopes.append(index)
        return [(index, 0)]

    def leave_to(self, keep: int, node: Node, ends: list[End]) -> list[End]:
        """At the end of block *node*, let go of every guard above the first *keep*."""
        if ends:
            ends = self.graph.leave(ends, keep, self.text.line(max(0, node.end_byte - 1)))
        del self.graph.scopes[keep:]
        return ends

    def declare(self, node: Node) -> list[ExprT]:
        """Note the locals that *node* declares; its initialisers as assignments."""
        found: list[ExprT] = []
        for child in node.children:
            if child.type not in _DECLARATORS or child == node.child_by_field_name("type"):
                continue
            name, offset = declarator_name(child, self.text)
            if not name.isidentifier():
                continue
            kind = type_text(node, child, self.text)
            self.locals.append(Scope(name, kind, self.text.position(offset), self._end(node)))
            value = child.child_by_field_name("value") if child.type == "init_declarator" else None
            if value is not None:
                at = self.text.position(offset)
                init = self.expressions.read(value)
                found.append(Assign(at, "=", Name(at, name), init))
        return found

    def _end(self, node: Node) -> Position:
        return self.text.position(_block(node).end_byte)


def _block(node: Node) -> Node:
    """The block (or the ``for``) that a declaration is good for."""
    current = node
    while current.parent is not None and current.type not in _BLOCKS:
        current = current.parent
    return current


Reader = Callable[[Builder, Node, list[End]], list[End]]
"""Reads one kind of statement."""
