"""The top-level items of a chunk: functions, macros, types and the rest, each with its span."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lockmap.syntax.directives import REST_OF_LINE, Depth

Kind = Literal["function", "macro", "type", "other"]

_TOKENS = re.compile(
    rb"[;{}]|^[ \t]*#[ \t]*(?P<word>[a-z]+)\b(?P<rest>" + REST_OF_LINE + rb")",
    re.MULTILINE | re.DOTALL,
)
_BLANKS = rb"(?:[ \t]|\\\r?\n)"
_MACRO = re.compile(_BLANKS + rb"+(\w+)(\((?:[^()\\]|\\.)*\))?+" + _BLANKS + rb"*", re.DOTALL)
_CALL = re.compile(rb"\b[A-Za-z_]\w*+" + _BLANKS + rb"*+\(")
_TYPE_HEAD = re.compile(rb"\b(?:struct|union|enum)\b(?:[ \t\r\n]++(\w+))?[^()=;]*$")
_TYPE_MACRO = re.compile(rb"\s*[A-Z_][A-Z0-9_]*\(\s*(?:struct|union)\s+\w+\s*\)\s*\Z")
_FUNCTION_HEAD = re.compile(rb"\)[^=()]*$")
_TYPE_WITH_ATTRIBUTE = re.compile(
    rb"\b(?:struct|union|enum)\s+__\w+\s*\((?:[^()]|\([^()]*(?:\([^()]*\))?\))*\)\s*(\w*)\s*$"
)
_KNR = re.compile(rb"\w\s*\(([\s\w,]*)\)\s*((?:[A-Za-z_][\w \t\r\n*,\[\]]*;\s*)+)$")
_DECLARATIONS = re.compile(rb"[\w\s*,\[\];]*\{")
_LONE_MACRO = re.compile(rb"\s*[A-Z_][A-Z0-9_]*\((?:[^()]|\([^()]*\))*\)[ \t]*\r?\n\s*(?=[A-Za-z])")
_CODE = re.compile(rb"\S")
_WORD = re.compile(rb"[A-Za-z_]\w*")
_LONGEST_HEAD = 4000
"""Bytes of a function's header that are looked at."""


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
    stands before it cannot spoil its parse.  Macros are the function-like ones, and those
    whose body has a call; one that is defined inside a function is an item of its
    own, within the span of the function.
    """
    return _Scanner(clean).run()


class _Scanner:
    """Goes through a chunk; ``start`` is where the item at hand begins."""

    def __init__(self, clean: bytes) -> None:
        self.clean = clean
        self.found: list[Item] = []
        self.depth = Depth()
        self.start = 0
        self.body = -1
        self.above = -1
        """Where a header begins that conditional directives cut off from its brace."""
        self.dropped: list[tuple[int, int]] = []
        """What directives cut off since the last item: spans with text in them."""
        self.counted = 0
        self.parentheses = 0
        """Parentheses open between ``start`` and ``counted``."""

    def run(self) -> list[Item]:
        for match in _TOKENS.finditer(self.clean):
            token = match[0]
            if token == b"{":
                if self.depth.level == 0:
                    self.body = match.start()
                self.depth.level += 1
            elif token == b"}":
                self._close(match.end())
            elif token == b";":
                if self.depth.level == 0 and not self._declares_old_style(match.end()):
                    self._finish(match.end())
            else:
                self._directive(match)
        if self.clean[self.start :].strip() or self.dropped:
            self._finish(len(self.clean))
        return sorted(self.found, key=lambda item: item.start)

    def _close(self, end: int) -> None:
        self.depth.level = max(0, self.depth.level - 1)
        if self.depth.level or self.body < 0:
            return
        if self.above >= 0 and not self.clean[self.start : self.body].strip():
            self.start = self.above
            self.dropped = [d for d in self.dropped if d[1] <= self.above]
        if _is_function(self.clean[self.start : self.body]):
            self._finish(end)

    def _finish(self, end: int) -> None:
        for start, stop in self.dropped:
            self.found.append(_item(self.clean, _code_from(self.clean, start), stop, -1))
        if self.clean[self.start : end].strip():
            start = _code_from(self.clean, self.start)
            self.found.append(_item(self.clean, start, end, self.body))
        self.start, self.body, self.above = end, -1, -1
        self.dropped = []
        self.counted, self.parentheses = end, 0

    def _directive(self, match: re.Match[bytes]) -> None:
        self.depth.directive(match["word"])
        if match["word"] == b"define":
            self.found.extend(_macro(match))
        if self.depth.level == 0 and self.body < 0:
            between = self.clean[self.counted : match.start()]
            self.parentheses += between.count(b"(") - between.count(b")")
            self.counted = match.end()
            if self.parentheses <= 0:
                if self.above < 0 and between.rstrip().endswith(b")"):
                    self.above = self.start
                if self.clean[self.start : match.start()].strip():
                    self.dropped.append((self.start, match.start()))
                self.start, self.parentheses = match.end(), 0

    def _declares_old_style(self, end: int) -> bool:
        """Whether ``;`` before *end* closes a K&R parameter declaration: ``f(a) int a; {``."""
        more = _DECLARATIONS.match(self.clean, end, end + 400)
        if more is None:
            return False
        return _is_old_style(self.clean[max(self.start, end - _LONGEST_HEAD) : more.end() - 1])


def _code_from(clean: bytes, at: int) -> int:
    found = _CODE.search(clean, at)
    return found.start() if found else at


def _is_function(head: bytes) -> bool:
    head = head[-_LONGEST_HEAD:]
    if _TYPE_MACRO.match(head) or _TYPE_WITH_ATTRIBUTE.search(head):
        return False
    return _FUNCTION_HEAD.search(head) is not None or _is_old_style(head)


def _is_old_style(head: bytes) -> bool:
    """Whether *head* is a K&R header: every listed parameter is declared after the list."""
    match = _KNR.search(head) if head.rstrip().endswith(b";") else None
    if match is None:
        return False
    names = set(_WORD.findall(match[1]))
    return bool(names) and names <= set(_WORD.findall(match[2]))


def _item(clean: bytes, start: int, end: int, body: int) -> Item:
    if body < 0:
        return Item("other", "", start, end, end)
    head = clean[start:body]
    if _is_function(head):
        lone = _LONE_MACRO.match(head)
        while lone and b"(" in head[lone.end() :]:
            start += lone.end()
            head = head[lone.end() :]
            lone = _LONE_MACRO.match(head)
        return Item("function", "", start, end, body)
    named = _TYPE_HEAD.search(head[-_LONGEST_HEAD:]) or _TYPE_WITH_ATTRIBUTE.search(
        head[-_LONGEST_HEAD:]
    )
    if named or _TYPE_MACRO.match(head[-_LONGEST_HEAD:]):
        name = named[1] if named else None
        return Item("type", (name or b"").decode("latin-1"), start, end, body)
    return Item("other", "", start, end, body)


def _macro(match: re.Match[bytes]) -> list[Item]:
    """The macro that a ``#define`` gives, where it can stand for code."""
    head = _MACRO.match(match["rest"])
    if not head:
        return []
    rest = match["rest"]
    if head[2] is None and not _CALL.search(rest, head.end()):
        return []
    body = match.start("rest") + head.end()
    return [Item("macro", head[1].decode("latin-1"), match.start(), match.end(), body)]
