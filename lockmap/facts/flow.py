"""From the body of a function to its control-flow graph of steps."""

from __future__ import annotations

import re

from tree_sitter import Node

from lockmap.facts import branches, jumps, loops
from lockmap.facts.builder import Builder, Reader
from lockmap.facts.graph import End
from lockmap.facts.model import Call, Flow, Name
from lockmap.facts.place import Text
from lockmap.syntax.mask import Masks

_ASSEMBLY = re.compile(
    rb"(?:asm|__asm__|__asm)\b(?P<words>[^(]*)|asm_volatile_goto|asm_goto_output"
)


class FlowBuilder(Builder):
    """Builds the flow of one reading of one function."""

    def __init__(self, text: Text, masks: Masks) -> None:
        super().__init__(text, masks, _READERS)

    def build(self, body: Node, arm: str) -> Flow:
        """The flow of a compound statement (or of any node whose children are statements)."""
        first = self.graph.add("eval", self.text.line(body.start_byte), [])
        ends = self.statement(body, [(first, 0)])
        last = self.text.line(max(body.start_byte, body.end_byte - 1))
        return Flow(self.graph.finish(ends, last), arm)


def _block(b: Builder, node: Node, ends: list[End]) -> list[End]:
    keep = len(b.graph.scopes)
    return b.leave_to(keep, node, b.children(node, ends))


def _expression(b: Builder, node: Node, ends: list[End]) -> list[End]:
    inner = next((c for c in node.children if c.is_named and c.type != "comment"), None)
    if inner is None:
        return ends
    if jumps.is_computed(b, inner):
        return jumps.computed_goto(b, inner, ends)
    expr = b.expressions.read(inner)
    if isinstance(expr, Call):
        guards = (*b.guards.guard_statements, *b.guards.guard_classes)
        maker = expr.function
        if (
            isinstance(maker, Call)
            and isinstance(maker.function, Name)
            and maker.function.id in guards
        ):
            return b.enter(expr, inner, ends)
        assembly = _ASSEMBLY.match(b.text.clean, inner.start_byte)
        if assembly:
            goes_on = b"goto" in assembly[0]
            return jumps.asm_goto(b, inner, ends) if goes_on else ends
    return b.evaluate(expr, inner, ends)


def _declaration(b: Builder, node: Node, ends: list[End]) -> list[End]:
    for expr in b.declare(node):
        ends = b.evaluate(expr, node, ends)
    return ends


_READERS: dict[str, Reader] = {
    "compound_statement": _block,
    "expression_statement": _expression,
    "declaration": _declaration,
    "if_statement": branches.if_statement,
    "else_clause": Builder.children,
    "attributed_statement": Builder.children,
    "ERROR": Builder.children,
    "switch_statement": branches.switch_statement,
    "case_statement": branches.case_statement,
    "while_statement": loops.while_statement,
    "do_statement": loops.do_statement,
    "for_statement": loops.for_statement,
    "return_statement": jumps.return_statement,
    "goto_statement": jumps.goto_statement,
    "labeled_statement": jumps.labelled,
    "break_statement": jumps.break_statement,
    "continue_statement": jumps.continue_statement,
    "preproc_if": branches.preprocessor_arm,
    "preproc_ifdef": branches.preprocessor_arm,
    "preproc_elif": branches.preprocessor_arm,
    "preproc_elifdef": branches.preprocessor_arm,
    "preproc_else": Builder.children,
}
