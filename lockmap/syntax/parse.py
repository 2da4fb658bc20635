"""Parsing one function or macro body: as it stands, else once per arm of its ``#if``s."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tree_sitter import Node, Tree

from lockmap.syntax.grammar import c_parser
from lockmap.syntax.mask import Masks

_CONDITIONAL = re.compile(
    rb"^[ \t]*#[ \t]*(if|ifdef|ifndef|else|elif|endif)\b(?:[^\n\\]|\\.)*", re.MULTILINE | re.DOTALL
)
_SPACE = bytes(c if c in b"\n\r" else 32 for c in range(256))


@dataclass(frozen=True, slots=True)
class Parsed:
    """One reading of a function: the tree, its function node, and what it left out."""

    tree: Tree
    function: Node | None
    """The ``function_definition``; None where the text has none."""
    arm: str
    """Empty when every ``#if`` arm is in the tree, else ``first`` or ``last``."""
    whole: bool
    """True when no part of the function is an ERROR or is missing."""


def parse_function(clean: bytes, body: int, masks: Masks) -> tuple[Parsed, ...]:
    """Parse the function whose text is *clean*, with its opening brace at *body*.

    One reading where all ``#if`` arms can stand in one tree (the usual case), else two:
    all first arms, and all last ones.
    """
    plain = _parse(clean, body, masks, "")
    if plain.whole or b"#" not in clean:
        return (plain,)
    arms = tuple(
        _parse(only_arm(clean, last=last), body, masks, "last" if last else "first")
        for last in (False, True)
    )
    if not any(arm.whole for arm in arms):
        return (plain,)
    return arms


def _parse(clean: bytes, body: int, masks: Masks, arm: str) -> Parsed:
    tree = c_parser().parse(masks.apply(clean, body))
    function = _function_node(tree.root_node)
    return Parsed(tree, function, arm, function is not None and not function.has_error)


def _function_node(root: Node) -> Node | None:
    for child in root.children:
        if child.type == "function_definition":
            return child
    return None


def only_arm(clean: bytes, *, last: bool) -> bytes:
    """*clean* with one arm of every ``#if`` kept, the rest and the directives blanked.

    *last* keeps the final arm (nothing, where there is no ``#else``); otherwise the first.
    """
    text = bytearray(clean)
    groups: list[list[tuple[int, int]]] = []  # directives of each open #if, as spans
    for match in _CONDITIONAL.finditer(clean):
        if match[1] in (b"if", b"ifdef", b"ifndef"):
            groups.append([])
        if not groups:
            continue
        groups[-1].append(match.span())
        if match[1] == b"endif":
            _keep(clean, text, groups.pop(), last=last)
    return bytes(text)


def _keep(clean: bytes, text: bytearray, spans: list[tuple[int, int]], *, last: bool) -> None:
    has_else = len(spans) > 2
    for number, (left, right) in enumerate(zip(spans, spans[1:], strict=False)):
        kept = number == len(spans) - 2 if last else number == 0
        if last and not has_else:
            kept = False
        if not kept:
            start, end = left[1], right[0]
            text[start:end] = bytes(text[start:end]).translate(_SPACE)
    for start, end in spans:
        text[start:end] = clean[start:end].translate(_SPACE)
