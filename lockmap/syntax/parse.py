"""Parsing one function or macro body: as it stands, else once per arm of its ``#if``s."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from tree_sitter import Node, Tree

from lockmap.syntax.directives import CONDITIONAL, OPENERS
from lockmap.syntax.grammar import c_parser
from lockmap.syntax.lex import spaces
from lockmap.syntax.mask import Masks

_MOST_ARMS = 8
"""Arms of one ``#if`` that are read one by one; the last one is always among them."""
_MOST_CONDITIONALS = 400
"""``#if``s in one function beyond which its arms are not told apart."""
_LONGEST = 1 << 20
"""Bytes of a function that are parsed: what is longer is no C that anyone wrote."""
_STAND_IN = b"T m()"
"""A header for a body whose own header the grammar cannot read."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One reading of a function: the tree, its function node, and what it left out."""

    tree: Tree
    function: Node | None
    """The ``function_definition``; None where the text has none."""
    arm: str
    """Empty when every ``#if`` arm is in the tree, else ``first``, ``arm 2`` ... or ``last``."""
    whole: bool
    """True when no part of the function is an ERROR or is missing."""


def parse_function(clean: bytes, body: int, masks: Masks) -> tuple[Parsed, ...]:
    """Parse the function whose text is *clean*, with its opening brace at *body*.

    One reading where all ``#if`` arms can stand in one tree (the usual case), else one per
    arm: all first arms, all second ones and so on, and all last ones.  A header that spoils
    everything is replaced, so that the body at least is read.
    """
    if len(clean) > _LONGEST:
        return (Parsed(c_parser().parse(b""), None, "", False),)
    plain = _parse(clean, body, masks, "")
    if plain.whole:
        return (plain,)
    if b"#" in clean:
        arms = _by_arms(clean, body, masks)
        if any(arm.whole for arm in arms):
            return arms
    if plain.function is not None:
        return (plain,)
    headless = spaces(clean[:body])
    if b"\n" in headless[: len(_STAND_IN)] or len(headless) < len(_STAND_IN):
        return (plain,)
    text = _STAND_IN + headless[len(_STAND_IN) :] + clean[body:]
    saved = _parse(text, body, masks, "")
    return (Parsed(saved.tree, saved.function, "", False),)


def _by_arms(clean: bytes, body: int, masks: Masks) -> tuple[Parsed, ...]:
    groups = _conditionals(clean)
    if len(groups) > _MOST_CONDITIONALS:
        return ()
    most = min(_MOST_ARMS, max((len(g) - 1 for g in groups), default=0))
    names = ["first", *(f"arm {n}" for n in range(2, most)), "last"]
    return tuple(
        _parse(_only_arm(clean, groups, None if name == "last" else number), body, masks, name)
        for number, name in enumerate(names)
    )


def _parse(clean: bytes, body: int, masks: Masks, arm: str) -> Parsed:
    tree = c_parser().parse(masks.apply(clean, body))
    function = next((c for c in tree.root_node.children if c.type == "function_definition"), None)
    return Parsed(tree, function, arm, function is not None and not function.has_error)


@dataclass(frozen=True, slots=True)
class _Directive:
    word: bytes
    start: int
    end: int


def _conditionals(clean: bytes) -> list[list[_Directive]]:
    """The directives of each ``#if`` ... ``#endif`` of *clean*; inner ones come first."""
    open_now: list[list[_Directive]] = []
    found: list[list[_Directive]] = []
    for match in CONDITIONAL.finditer(clean):
        word = match["word"]
        if word in OPENERS:
            open_now.append([])
        if not open_now:
            continue
        open_now[-1].append(_Directive(word, *match.span()))
        if word == b"endif":
            found.append(open_now.pop())
    return found


def _only_arm(clean: bytes, groups: list[list[_Directive]], number: int | None) -> bytes:
    """*clean* with arm *number* of every ``#if`` kept, the rest and the directives blanked.

    None keeps the final arm: nothing, where there is no ``#else``.  An ``#if`` with fewer
    arms keeps its first.
    """
    text = bytearray(clean)
    for group in groups:
        arms = len(group) - 1
        if number is not None:
            kept = number if number < arms else 0
        else:
            kept = arms - 1 if group[-2].word == b"else" else -1
        for at, (left, right) in enumerate(pairwise(group)):
            if at != kept:
                text[left.end : right.start] = spaces(bytes(text[left.end : right.start]))
        for directive in group:
            text[directive.start : directive.end] = spaces(clean[directive.start : directive.end])
    return bytes(text)
