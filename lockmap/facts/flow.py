"""From the body of a function to its control-flow graph of steps."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tree_sitter import Node

from lockmap.facts.declare import declarator_name, derived, type_text
from lockmap.facts.expressions import Expressions
from lockmap.facts.graph import End, Graph
from lockmap.facts.model import Assign, Call, Const, ExprT, Flow, Group, Name
from lockmap.facts.place import Text
from lockmap.syntax.mask import Masks

_DEFINED = re.compile(r"\b(?:defined|IS_ENABLED|IS_BUILTIN|IS_REACHABLE)\s*\(?\s*(\w+)\s*\)?")
_DECLARATORS = frozenset({"init_declarator", "identifier", "pointer_declarator", "array_declarator", "function_declarator", "parenthesized_declarator", "attributed_declarator"})


@dataclass(slots=True)
class _Frame:
    """What ``break`` and ``continue`` (or ``case``) mean here."""

    breaks: list[End] = field(default_factory=list)
    continues: list[End] | None = None
    scope: int = 0
    switch: int = -1


class FlowBuilder:
    """Builds the flow of one reading of one function."""

    def __init__(self, text: Text, masks: Masks) -> None:
        self._text = text
        self._guards = masks.data
        self._is_loop = masks.is_loop
        self._expressions = Expressions(text, self.declare)
        self._graph = Graph()
        self._frames: list[_Frame] = []
        self.locals: list[tuple[str, str]] = []
        self.errors: list[int] = []

    def build(self, body: Node, arm: str) -> Flow:
        """The flow of a compound statement (or of any node whose children are statements)."""
        ends = self._start(body)
        last = self._text.line(max(body.start_byte, body.end_byte - 1))
        return Flow(self._graph.finish(ends, last), arm)

    def _start(self, body: Node) -> list[End]:
        first = self._graph.add("eval", self._text.line(body.start_byte), [])
        return self._statement(body, [(first, 0)])

    def _statement(self, node: Node, ends: list[End]) -> list[End]:
        reader = _STATEMENTS.get(node.type)
        if reader is not None:
            return reader(self, node, ends)
        if node.type in _SILENT or not node.is_named:
            return ends
        if node.type == "ERROR":
            self.errors.append(self._text.line(node.start_byte))
        return self._evaluate(self._expressions.read(node), node, ends)

    def _evaluate(self, expr: ExprT, node: Node, ends: list[End]) -> list[End]:
        if isinstance(expr, Group) and not expr.parts:
            return ends
        return [(self._graph.add("eval", self._text.line(node.start_byte), ends, expr), 0)]

    def _block(self, node: Node, ends: list[End]) -> list[End]:
        keep = len(self._graph.scopes)
        for child in node.children:
            ends = self._statement(child, ends)
        ends = self._graph.leave(ends, keep, self._text.line(max(0, node.end_byte - 1))) if ends else ends
        del self._graph.scopes[keep:]
        return ends

    def _plain_children(self, node: Node, ends: list[End]) -> list[End]:
        for child in node.children:
            ends = self._statement(child, ends)
        return ends

    # -- expressions and declarations -------------------------------------------------

    def _expression(self, node: Node, ends: list[End]) -> list[End]:
        inner = next((c for c in node.children if c.is_named and c.type != "comment"), None)
        if inner is None:
            return ends
        expr = self._expressions.read(inner)
        if isinstance(expr, Call):
            special = self._special_call(expr, inner, ends)
            if special is not None:
                return special
        return self._evaluate(expr, inner, ends)

    def _special_call(self, call: Call, node: Node, ends: list[End]) -> list[End] | None:
        """Scope guards and ``asm goto``: calls that are more than calls."""
        named = call.function
        if isinstance(named, Call) and isinstance(named.function, Name):
            known = (*self._guards.guard_statements, *self._guards.guard_classes)
            if named.function.id in known:
                return self._enter(call, node, ends)
        if isinstance(named, Name) and self._text.word(node.start_byte) in {"asm", "__asm__", "__asm", "asm_volatile_goto"}:
            return self._asm(node, ends)
        return None

    def _enter(self, call: Call, node: Node, ends: list[End]) -> list[End]:
        index = self._graph.add("enter", self._text.line(node.start_byte), ends, call)
        self._graph.scopes.append(index)
        return [(index, 0)]

    def _asm(self, node: Node, ends: list[End]) -> list[End]:
        """An ``asm``: its labels, if it is an ``asm goto``, are where it may go on."""
        head = self._text.clean[node.start_byte : node.start_byte + 60]
        if b"goto" not in head.partition(b"(")[0]:
            return ends
        written = self._text.between(node.start_byte, node.end_byte)
        labels = re.findall(r"\w+", written.rpartition(":")[2])
        index = self._graph.add("switch", self._text.line(node.start_byte), ends, ways=0)
        after = self._graph.case(index, None, [], self._text.line(node.start_byte))
        for label in labels:
            self._graph.jump(self._graph.case(index, None, [], self._text.line(node.start_byte)), label)
        return after

    def _declaration(self, node: Node, ends: list[End]) -> list[End]:
        for expr in self.declare(node):
            ends = self._evaluate(expr, node, ends)
        return ends

    def declare(self, node: Node) -> list[ExprT]:
        """Note the locals that *node* declares; its initialisers as assignments."""
        found: list[ExprT] = []
        for child in node.children:
            if child.type not in _DECLARATORS or child == node.child_by_field_name("type"):
                continue
            name, offset = declarator_name(child, self._text)
            if not name.isidentifier():
                continue
            self.locals.append((name, type_text(node, child, self._text)))
            value = child.child_by_field_name("value") if child.type == "init_declarator" else None
            if value is not None:
                at = self._text.position(offset)
                init = self._expressions.read(value)
                found.append(Assign(at, "=", Name(at, name), init))
            elif "[" in derived(child):
                continue
        return found

    # -- branches ---------------------------------------------------------------------

    def _if(self, node: Node, ends: list[End]) -> list[End]:
        line = self._text.line(node.start_byte)
        condition = node.child_by_field_name("condition")
        then = node.child_by_field_name("consequence")
        other = node.child_by_field_name("alternative")
        word = self._text.word(node.start_byte)
        if word != "if":
            return self._block_macro(node, word, ends)
        test = self._expressions.read(condition)
        index = self._graph.add("branch", line, ends, test, ways=2)
        after = self._statement(then, [(index, 0)]) if then else [(index, 0)]
        rest = self._plain_children(other, [(index, 1)]) if other else [(index, 1)]
        return after + rest

    def _block_macro(self, node: Node, word: str, ends: list[End]) -> list[End]:
        """``some_macro(args) statement``, parsed as an ``if``: a guard's scope, or unknown."""
        line = self._text.line(node.start_byte)
        call = self._macro_call(node, word)
        body = node.child_by_field_name("consequence")
        if word in self._guards.guard_blocks:
            return self._guarded_block(node, call, ends)
        kind = "each" if self._is_loop(word.encode()) else "block"
        index = self._graph.add(kind, line, ends, call, ways=2)
        after = self._statement(body, [(index, 0)]) if body else [(index, 0)]
        return [*after, (index, 1)]

    def _guarded_block(self, node: Node, call: Call, ends: list[End]) -> list[End]:
        """``scoped_guard(name, args) body``: a loop that runs once, for ``break``'s sake."""
        keep = len(self._graph.scopes)
        name, *args = call.args or (Name(call.at, ""),)
        entered = Call(call.at, Call(call.at, call.function, (name,)), tuple(args))
        ends = self._enter(entered, node, ends)
        frame = _Frame(continues=[], scope=keep)
        self._frames.append(frame)
        body = node.child_by_field_name("consequence")
        ends = self._statement(body, ends) if body else ends
        self._frames.pop()
        ends = self._graph.leave(ends, keep, self._text.line(node.end_byte - 1)) if ends else ends
        del self._graph.scopes[keep:]
        return ends + frame.breaks + (frame.continues or [])

    def _macro_call(self, node: Node, word: str) -> Call:
        """The call that a loop or block macro is, from the ``while``/``if`` it was parsed as."""
        at = self._text.position(node.start_byte)
        condition = node.child_by_field_name("condition")
        parts = self._expressions.read(condition)
        args: list[ExprT] = []
        while True:
            match parts:
                case _ if type(parts).__name__ == "Binary" and getattr(parts, "op", "") == ",":
                    args.append(parts.right)  # type: ignore[union-attr]
                    parts = parts.left  # type: ignore[union-attr]
                case _:
                    args.append(parts)
                    break
        return Call(at, Name(at, word), tuple(reversed(args)))

    def _switch(self, node: Node, ends: list[End]) -> list[End]:
        test = self._expressions.read(node.child_by_field_name("condition"))
        index = self._graph.add("switch", self._text.line(node.start_byte), ends, test, ways=0)
        frame = _Frame(scope=len(self._graph.scopes), switch=index)
        self._frames.append(frame)
        body = node.child_by_field_name("body")
        after = self._statement(body, []) if body else []
        self._frames.pop()
        if None not in self._graph.drafts[index].cases:
            after = after + self._graph.case(index, None, [], self._text.line(node.start_byte))
        return after + frame.breaks

    def _case(self, node: Node, ends: list[End]) -> list[End]:
        frame = next((f for f in reversed(self._frames) if f.switch >= 0), None)
        value = node.child_by_field_name("value")
        if frame is not None:
            values: tuple[ExprT, ...] | None = None
            if value is not None:
                written = self._text.between(node.start_byte, value.end_byte)
                ranged = "..." in written
                values = (
                    (Const(self._text.position(value.start_byte), "?"),)
                    if ranged
                    else (self._expressions.read(value),)
                )
            ends = self._graph.case(frame.switch, values, ends, self._text.line(node.start_byte))
        for child in node.children:
            if child != value:
                ends = self._statement(child, ends)
        return ends

    # -- loops ------------------------------------------------------------------------

    def _while(self, node: Node, ends: list[End]) -> list[End]:
        line = self._text.line(node.start_byte)
        word = self._text.word(node.start_byte)
        head = self._graph.add("eval", line, ends)
        if word == "while":
            test = self._expressions.read(node.child_by_field_name("condition"))
            index = self._graph.add("branch", line, [(head, 0)], test, ways=2)
        else:
            index = self._graph.add("each", line, [(head, 0)], self._macro_call(node, word), ways=2)
        return self._loop(node, [(index, 0)], head, []) + [(index, 1)]

    def _loop(self, node: Node, into: list[End], again: int, update: list[tuple[Node, int]]) -> list[End]:
        """A loop's body entered from *into*, going back to step *again*; its breaks."""
        frame = _Frame(continues=[], scope=len(self._graph.scopes))
        self._frames.append(frame)
        body = node.child_by_field_name("body")
        ends = self._statement(body, into) if body else into
        self._frames.pop()
        ends = ends + (frame.continues or [])
        for part, line in update:
            ends = [(self._graph.add("eval", line, ends, self._expressions.read(part)), 0)]
        self._graph.tie(ends, again)
        return frame.breaks

    def _do(self, node: Node, ends: list[End]) -> list[End]:
        head = self._graph.add("eval", self._text.line(node.start_byte), ends)
        frame = _Frame(continues=[], scope=len(self._graph.scopes))
        self._frames.append(frame)
        body = node.child_by_field_name("body")
        after = self._statement(body, [(head, 0)]) if body else [(head, 0)]
        self._frames.pop()
        condition = node.child_by_field_name("condition")
        after = after + (frame.continues or [])
        if not after:
            return frame.breaks
        test = self._expressions.read(condition)
        line = self._text.line(condition.start_byte if condition else node.end_byte - 1)
        index = self._graph.add("branch", line, after, test, ways=2)
        self._graph.tie([(index, 0)], head)
        return [(index, 1), *frame.breaks]

    def _for(self, node: Node, ends: list[End]) -> list[End]:
        line = self._text.line(node.start_byte)
        start = node.child_by_field_name("initializer")
        if start is not None:
            ends = self._statement(start, ends)
        head = self._graph.add("eval", line, ends)
        condition = node.child_by_field_name("condition")
        update = node.child_by_field_name("update")
        into: list[End] = [(head, 0)]
        out: list[End] = []
        if condition is not None:
            index = self._graph.add("branch", line, into, self._expressions.read(condition), ways=2)
            into, out = [(index, 0)], [(index, 1)]
        return out + self._loop(node, into, head, [(update, line)] if update else [])

    # -- jumps ------------------------------------------------------------------------

    def _return(self, node: Node, ends: list[End]) -> list[End]:
        value = next((c for c in node.children if c.is_named and c.type != "comment"), None)
        line = self._text.line(node.start_byte)
        expr = self._expressions.read(value) if value else None
        if self._graph.scopes and expr is not None:
            ends = [(self._graph.add("eval", line, ends, expr), 0)]
        ends = self._graph.leave(ends, 0, line)
        self._graph.add("return", line, ends, expr)
        return []

    def _goto(self, node: Node, ends: list[End]) -> list[End]:
        label = node.child_by_field_name("label")
        ends = [(self._graph.add("eval", self._text.line(node.start_byte), ends), 0)]
        if label is not None:
            self._graph.jump(ends, self._text.of(label))
        return []

    def _label(self, node: Node, ends: list[End]) -> list[End]:
        label = node.child_by_field_name("label")
        if label is not None:
            ends = self._graph.label(self._text.of(label), self._text.line(node.start_byte), ends)
        for child in node.children:
            if child != label:
                ends = self._statement(child, ends)
        return ends

    def _break(self, node: Node, ends: list[End]) -> list[End]:
        if not self._frames:
            return ends
        frame = self._frames[-1]
        frame.breaks += self._graph.leave(ends, frame.scope, self._text.line(node.start_byte))
        return []

    def _continue(self, node: Node, ends: list[End]) -> list[End]:
        frame = next((f for f in reversed(self._frames) if f.continues is not None), None)
        if frame is None or frame.continues is None:
            return ends
        frame.continues += self._graph.leave(ends, frame.scope, self._text.line(node.start_byte))
        return []

    # -- preprocessor -----------------------------------------------------------------

    def _arm(self, node: Node, ends: list[End]) -> list[End]:
        """``#if`` inside a body: both ways, under a condition known by its text."""
        name = node.child_by_field_name("name")
        test = node.child_by_field_name("condition")
        condition = name or test
        label = self._text.of(condition) if condition else ""
        label = _DEFINED.sub(r"\1", label)
        if node.children and self._text.of(node.children[0]).replace(" ", "").startswith(("#ifndef", "#elifndef")):
            label = f"!{label}"
        index = self._graph.add("arm", self._text.line(node.start_byte), ends, label=label, ways=2)
        alternative = node.child_by_field_name("alternative")
        taken: list[End] = [(index, 0)]
        for child in node.children:
            if child not in (condition, alternative):
                taken = self._statement(child, taken)
        rest: list[End] = [(index, 1)]
        if alternative is not None:
            rest = self._statement(alternative, rest)
        return taken + rest


_SILENT = frozenset({"comment", "type_definition", "preproc_def", "preproc_function_def", "preproc_call", "preproc_include", "attributed_statement_attribute", "struct_specifier", "union_specifier", "enum_specifier", "statement_identifier", "preproc_directive", "preproc_arg"})

_STATEMENTS: dict[str, Callable[[FlowBuilder, Node, list[End]], list[End]]] = {
    "compound_statement": FlowBuilder._block,
    "expression_statement": FlowBuilder._expression,
    "declaration": FlowBuilder._declaration,
    "if_statement": FlowBuilder._if,
    "else_clause": FlowBuilder._plain_children,
    "attributed_statement": FlowBuilder._plain_children,
    "ERROR": FlowBuilder._plain_children,
    "switch_statement": FlowBuilder._switch,
    "case_statement": FlowBuilder._case,
    "while_statement": FlowBuilder._while,
    "do_statement": FlowBuilder._do,
    "for_statement": FlowBuilder._for,
    "return_statement": FlowBuilder._return,
    "goto_statement": FlowBuilder._goto,
    "labeled_statement": FlowBuilder._label,
    "break_statement": FlowBuilder._break,
    "continue_statement": FlowBuilder._continue,
    "preproc_if": FlowBuilder._arm,
    "preproc_ifdef": FlowBuilder._arm,
    "preproc_elif": FlowBuilder._arm,
    "preproc_elifdef": FlowBuilder._arm,
    "preproc_else": FlowBuilder._plain_children,
}
