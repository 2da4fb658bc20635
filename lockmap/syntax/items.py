"""The top-level items of a chunk: functions, macros, types and the rest, each with its span."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["function", "macro", "type", "other"]

_TOKENS = re.compile(
    rb"[;{}]|^[ \t]*\#[ \t]*(?P<word>[a-z]+)\b(?P<rest>(?:[^\n\\]|\\.)*)",
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
_MACRO = re.compile(rb"[ \t]+(\w+)\(((?:[^()\\]|\\.)*)\)", re.DOTALL)
_TYPE_HEAD = re.compile(rb"\b(?:struct|union|enum)\b(?:[ \t\n]+(\w+))?[^()=;]*$")
_FUNCTION_HEAD = re.compile(rb"\)[^=()]*$|\)[ \t\n]*\w+[ \t\n]*\([^=]*\)[^=()]*$")
_KNR_PARAMETERS = re.compile(rb"\)\s*(?:[A-Za-z_][\w\s*,\[\]]*;\s*)+$")


@dataclass(frozen=True, slots=True)
class Item:
    """One top-level construct: offsets in the text it was found in, braces and all."""

    kind: Kind
    name: str
    """Name of a macro or type; functions are named by the parser."""
    start: int
    end: int
    body: int
    """Offset of the opening brace, or of a macro's body; ``end`` where there is none."""


def items(clean: bytes) -> list[Item]:
    """The items of *clean*, a balanced chunk with comments and literals blanked.

    A function's header begins after the last ``;``, ``}`` or directive at depth 0, so what
    stands before it cannot spoil its parse.
    """
    found: list[Item] = []
    depth = 0
    start = 0
    body = -1
    arms: list[list[int]] = []
    for match in _TOKENS.finditer(clean):
        token = match[0]
        if token == b"{":
            if depth == 0:
                body = match.start()
            depth += 1
        elif token == b"}":
            depth = max(0, depth - 1)
            if depth == 0 and body >= 0 and _is_function(clean[start:body]):
                found.append(_item(clean, start, match.end(), body))
                start, body = match.end(), -1
        elif token == b";":
            if depth == 0 and not _is_knr_declaration(clean, start, match.end()):
                found.append(_item(clean, start, match.end(), body))
                start, body = match.end(), -1
        else:
            depth = _directive(match, depth, arms)
            if depth == 0 and match["word"] == b"define":
                found.extend(_macro(match))
            if depth == 0 and body < 0 and _balanced(clean[start : match.start()]):
                start = match.end()
    if clean[start:].strip():
        found.append(_item(clean, start, len(clean), body))
    return found


def _is_function(head: bytes) -> bool:
    return _FUNCTION_HEAD.search(head) is not None or _KNR_PARAMETERS.search(head) is not None


def _is_knr_declaration(clean: bytes, start: int, end: int) -> bool:
    """Whether ``;`` at *end* closes a K&R parameter declaration: ``f(a) int a; {``."""
    if not _KNR_PARAMETERS.search(clean[start:end]):
        return False
    return re.match(rb"[\w\s*,\[\];]*\{", clean[end : end + 400]) is not None


def _balanced(head: bytes) -> bool:
    return head.count(b"(") == head.count(b")")


def _item(clean: bytes, start: int, end: int, body: int) -> Item:
    start += len(clean[start:end]) - len(clean[start:end].lstrip())
    if body < 0:
        return Item("other", "", start, end, end)
    head = clean[start:body]
    if _is_function(head):
        return Item("function", "", start, end, body)
    named = _TYPE_HEAD.search(head)
    if named:
        return Item("type", (named[1] or b"").decode("latin-1"), start, end, body)
    return Item("other", "", start, end, body)


def _macro(match: re.Match[bytes]) -> list[Item]:
    head = _MACRO.match(match["rest"])
    if not head:
        return []
    offset = match.start("rest")
    return [
        Item(
            "macro", head[1].decode("latin-1"), match.start(), match.end(), offset + head.end()
        )
    ]


def _directive(match: re.Match[bytes], depth: int, arms: list[list[int]]) -> int:
    """Depth after a directive: of ``#if``/``#else`` arms the first one counts."""
    word = match["word"]
    if word in (b"if", b"ifdef", b"ifndef"):
        arms.append([depth, -1])
    elif word in (b"else", b"elif") and arms:
        if arms[-1][1] < 0:
            arms[-1][1] = depth
        return arms[-1][0]
    elif word == b"endif" and arms:
        _, after_first = arms.pop()
        return depth if after_first < 0 else after_first
    return depth
