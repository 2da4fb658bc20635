"""From syntax nodes to expressions.

The trees come from masked text, the words from the text as written: an argument
parsed as ``_truct_foo`` is the type ``struct foo``.
"""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from lockmap.facts.model import (
    Assign,
    Binary,
    Call,
    Cast,
    Conditional,
    Const,
    ExprT,
    Group,
    Index,
    Member,
    Name,
    TypeArg,
    Unary,
)
from lockmap.facts.place import Text

_LITERALS = frozenset(
    {
        "number_literal",
        "string_literal",
        "char_literal",
        "concatenated_string",
        "true",
        "false",
        "null",
    }
)
_DEEPEST = 100
"""Expressions within one another that are followed: some stages after this one recurse."""
_LONGEST_CHAIN = 48
"""Operands of ``a | b | c ...`` beyond which only their order is kept."""
_SKIPPED = frozenset({"comment", ";", ",", "(", ")", "{", "}", "[", "]", "preproc_directive"})


class Expressions:
    """Reads expression nodes of one function; *declare* takes declarations met inside."""

    def __init__(self, text: Text, declare: Callable[[Node], list[ExprT]]) -> None:
        self._text = text
        self._declare = declare
        self._depth = 0
        self.too_deep: set[int] = set()
        """Lines of what is nested deeper than it is followed."""

    def read(self, node: Node | None) -> ExprT:
        """The expression at *node*; an empty Group where there is none."""
        if node is None:
            return Group((1, 1), ())
        return self._deeper(node, self._read)

    def statement(self, node: Node) -> ExprT:
        """A statement inside an expression, ``({ ... })``, as an expression."""
        return self._deeper(node, self._statement)

    def _deeper(self, node: Node, reader: Callable[[Node], ExprT]) -> ExprT:
        if self._depth >= _DEEPEST:
            self.too_deep.add(self._text.line(node.start_byte))
            return Group(self._text.position(node.start_byte), ())
        self._depth += 1
        try:
            return reader(node)
        finally:
            self._depth -= 1

    def _read(self, node: Node) -> ExprT:
        reader = _READERS.get(node.type)
        if reader is not None:
            return reader(self, node)
        if node.type in _LITERALS:
            return Const(self._text.position(node.start_byte), self._text.of(node))
        return self.group(node)

    def group(self, node: Node) -> Group:
        """Every readable part of *node*, in order."""
        parts = tuple(
            self.statement(c) for c in node.children if c.is_named and c.type not in _SKIPPED
        )
        return Group(self._text.position(node.start_byte), parts)

    def _statement(self, node: Node) -> ExprT:
        kind = node.type
        if kind == "declaration":
            return Group(self._text.position(node.start_byte), tuple(self._declare(node)))
        if kind == "if_statement":
            then = node.child_by_field_name("consequence")
            other = node.child_by_field_name("alternative")
            return Conditional(
                self._text.position(node.start_byte),
                self.read(node.child_by_field_name("condition")),
                self.statement(then) if then else None,
                self.group(other) if other else Group((1, 1), ()),
            )
        if kind in {"compound_statement", "expression_statement", "else_clause"}:
            return self.group(node)
        return self._read(node)

    def _name(self, node: Node) -> ExprT:
        at = self._text.position(node.start_byte)
        written = self._text.of(node)
        if written.isidentifier():
            return Name(at, written)
        return TypeArg(at, written)

    def _call(self, node: Node) -> ExprT:
        function = self.read(node.child_by_field_name("function"))
        arguments = node.child_by_field_name("arguments")
        args = tuple(
            self.read(c)
            for c in (arguments.children if arguments else ())
            if c.is_named and c.type != "comment"
        )
        return Call(function.at, function, args)

    def _member(self, node: Node) -> ExprT:
        field = node.child_by_field_name("field")
        operator = node.child_by_field_name("operator")
        base = self.read(node.child_by_field_name("argument"))
        anchor = field or node
        return Member(
            self._text.position(anchor.start_byte),
            base,
            self._text.of(anchor),
            operator is not None and operator.type == "->",
        )

    def _index(self, node: Node) -> ExprT:
        return Index(
            self._text.position(node.start_byte),
            self.read(node.child_by_field_name("argument")),
            self.read(node.child_by_field_name("index")),
        )

    def _unary(self, node: Node) -> ExprT:
        operator = node.child_by_field_name("operator")
        return Unary(
            self._text.position(node.start_byte),
            operator.type if operator else node.children[0].type,
            self.read(node.child_by_field_name("argument")),
        )

    def _sizeof(self, node: Node) -> ExprT:
        operand = node.child_by_field_name("value") or node.child_by_field_name("type")
        at = self._text.position(node.start_byte)
        return Unary(at, "sizeof", self.read(operand) if operand else TypeArg(at, ""))

    def _binary(self, node: Node) -> ExprT:
        """``a op b op c``, which nests to the left: gathered first, not descended into."""
        spine = [node]
        left = node.child_by_field_name("left")
        while left is not None and left.type == "binary_expression":
            spine.append(left)
            left = left.child_by_field_name("left")
        weight = len(spine) if len(spine) <= _LONGEST_CHAIN else 0
        self._depth += weight
        result = self.read(left)
        self._depth -= weight
        if not weight:
            operands = [self.read(n.child_by_field_name("right")) for n in reversed(spine)]
            return Group(self._text.position(node.start_byte), (result, *operands))
        for current in reversed(spine):
            operator = current.child_by_field_name("operator")
            result = Binary(
                self._text.position(current.start_byte),
                operator.type if operator else "",
                result,
                self.read(current.child_by_field_name("right")),
            )
        return result

    def _comma(self, node: Node) -> ExprT:
        """``a, b, c``, which nests to the right."""
        parts: list[Node | None] = []
        current: Node | None = node
        while current is not None and current.type == "comma_expression":
            parts.append(current.child_by_field_name("left"))
            current = current.child_by_field_name("right")
        parts.append(current)
        weight = len(parts) if len(parts) <= _LONGEST_CHAIN else 0
        self._depth += weight
        read = [self.read(part) for part in parts]
        self._depth -= weight
        at = self._text.position(node.start_byte)
        if not weight:
            return Group(at, tuple(read))
        result = read.pop()
        for part in reversed(read):
            result = Binary(part.at, ",", part, result)
        return result

    def _assign(self, node: Node) -> ExprT:
        operator = node.child_by_field_name("operator")
        return Assign(
            self._text.position(node.start_byte),
            operator.type if operator else "=",
            self.read(node.child_by_field_name("left")),
            self.read(node.child_by_field_name("right")),
        )

    def _conditional(self, node: Node) -> ExprT:
        then = node.child_by_field_name("consequence")
        return Conditional(
            self._text.position(node.start_byte),
            self.read(node.child_by_field_name("condition")),
            self.read(then) if then else None,
            self.read(node.child_by_field_name("alternative")),
        )

    def _cast(self, node: Node) -> ExprT:
        kind = node.child_by_field_name("type")
        return Cast(
            self._text.position(node.start_byte),
            self._text.of(kind) if kind else "",
            self.read(node.child_by_field_name("value")),
        )

    def _parentheses(self, node: Node) -> ExprT:
        inner = [c for c in node.children if c.is_named and c.type != "comment"]
        if len(inner) != 1:
            return self.group(node)
        if inner[0].type == "compound_statement":
            return self.group(inner[0])
        return self.read(inner[0])

    def _type(self, node: Node) -> ExprT:
        return TypeArg(self._text.position(node.start_byte), self._text.of(node))

    def _compound_literal(self, node: Node) -> ExprT:
        kind = node.child_by_field_name("type")
        return Cast(
            self._text.position(node.start_byte),
            self._text.of(kind) if kind else "",
            self.read(node.child_by_field_name("value")),
        )

    def _generic(self, node: Node) -> ExprT:
        """``_Generic(x, type: value, ...)``, as the call it looks like."""
        at = self._text.position(node.start_byte)
        return Call(at, Name(at, "_Generic"), self.group(node).parts)

    def _initializer_pair(self, node: Node) -> ExprT:
        """``.field = value``: an assignment to a member of an object without a name."""
        at = self._text.position(node.start_byte)
        target: ExprT = Group(at, ())
        for designator in node.children_by_field_name("designator"):
            named = designator.type == "field_designator"
            if named:
                target = Member(at, target, self._text.of(designator).lstrip(". "), arrow=False)
        return Assign(at, "init", target, self.read(node.child_by_field_name("value")))


_READERS: dict[str, Callable[[Expressions, Node], ExprT]] = {
    "identifier": Expressions._name,
    "field_identifier": Expressions._name,
    "call_expression": Expressions._call,
    "field_expression": Expressions._member,
    "subscript_expression": Expressions._index,
    "unary_expression": Expressions._unary,
    "pointer_expression": Expressions._unary,
    "update_expression": Expressions._unary,
    "sizeof_expression": Expressions._sizeof,
    "alignof_expression": Expressions._sizeof,
    "binary_expression": Expressions._binary,
    "comma_expression": Expressions._comma,
    "assignment_expression": Expressions._assign,
    "conditional_expression": Expressions._conditional,
    "cast_expression": Expressions._cast,
    "compound_literal_expression": Expressions._compound_literal,
    "parenthesized_expression": Expressions._parentheses,
    "generic_expression": Expressions._generic,
    "type_descriptor": Expressions._type,
    "primitive_type": Expressions._type,
    "initializer_pair": Expressions._initializer_pair,
}
