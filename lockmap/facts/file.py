"""The facts of one file: what triage tells, and the functions that matter, parsed.

This is the front door of the package: the records that it returns are offered here too.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable

from lockmap.facts.arms import preprocessor_arms
from lockmap.facts.loose import loose_call
from lockmap.facts.members import lock_members
from lockmap.facts.model import Function
from lockmap.facts.outlined import Packer
from lockmap.facts.place import Text
from lockmap.facts.read import read_item
from lockmap.facts.records import Arm, FileFacts, Interest, Loose, Named, Span, Triaged, Unit
from lockmap.facts.render import calls
from lockmap.facts.triage import Indexed, holds_any, index_text, is_binary, is_table
from lockmap.syntax.brackets import pairs
from lockmap.syntax.items import Item, items
from lockmap.syntax.mask import load_masks
from lockmap.syntax.naming import names_any, where_named
from lockmap.syntax.split import split, whole

__all__ = (
    "Arm",
    "FileFacts",
    "Interest",
    "Loose",
    "Named",
    "Span",
    "Triaged",
    "Unit",
    "preprocessor_arms",
    "read_file",
    "triage_file",
)

_PROTOTYPE_NAME = re.compile(rb"[^(=]*[\s*](\w+)\s*\(")
_PROTOTYPE = re.compile(rb"[A-Za-z_][\w \t]*[ \t*]+\Z")
_LONGEST_CHUNK = 1 << 22
"""Bytes of a chunk that are read: a hundred times the longest function of a kernel."""
_STATEMENT_WORDS = frozenset({b"return", b"else", b"do", b"case", b"goto", b"sizeof", b"typeof"})


def triage_file(
    data: bytes,
    interest: Interest,
    known: Callable[[], FileFacts | None] = lambda: None,
    into: Packer | None = None,
) -> Triaged:
    """Index *data*, and read the functions in it that matter, unless the facts are *known*.

    Its outline is added to *into*.
    """
    dull = is_binary(data) or (is_table(data) and not names_any(data, interest.read))
    if dull and into is not None:
        into.skip()
    if is_binary(data):
        problem = ("binary", 1, "holds NUL bytes: not C text")
        return Triaged(b"", b"", FileFacts(problems=(problem,)))
    if dull:
        return Triaged(b"", b"", FileFacts())
    found = index_text(data, into)
    if not holds_any(found.mentions, interest.read):
        facts = FileFacts(functions=found.functions)
    else:
        facts = known() or _read(data, found, interest)
    return Triaged(found.mentions.tobytes(), found.definitions.tobytes(), facts)


def read_file(data: bytes, interest: Interest) -> FileFacts:
    """Read the functions of *data* that hold a word of *interest*."""
    return _read(data, index_text(data), interest)


def _read(data: bytes, found: Indexed, interest: Interest) -> FileFacts:
    reader = _FileReader(data, found.clean, interest)
    reader.run()
    return reader.facts(found.functions)


class _FileReader:
    """Reads one file; lists grow as its chunks are read."""

    def __init__(self, data: bytes, clean: bytes, interest: Interest) -> None:
        self._data = data
        self._clean = clean
        self._interest = interest
        self._named = where_named(clean, interest.words)
        self._calls = _any_call(interest)
        self.units: list[Unit] = []
        self.spans: list[Span] = []
        self.loose: list[Loose] = []
        self.members: list[tuple[str, str, str]] = []
        self.unread: list[tuple[int, int, str]] = []
        self.problems: list[tuple[str, int, str]] = []
        self.named: list[Named] = []

    def run(self) -> None:
        """Read every chunk that holds a word of interest."""
        self._check_encoding()
        chunks = split(self._clean)
        starts = [chunk.start for chunk in chunks]
        named = self._named.among(self._interest.read)
        done = 0
        for place in named.starts:
            if place < done:
                continue
            chunk, _ = whole(self._clean, chunks, bisect_right(starts, place) - 1)
            done = chunk.end
            text = self._clean[chunk.start : chunk.end]
            if len(text) > _LONGEST_CHUNK:
                self._give_up(text, chunk.line)
                continue
            found = items(text)
            macros = sorted((i.start, i.end) for i in found if i.kind == "macro")
            line = chunk.line
            at = 0
            for item in sorted(found, key=lambda i: i.start):
                line += text.count(b"\n", at, item.start)
                at = item.start
                span = chunk.start + item.start, chunk.start + item.end
                if named.between(*span):
                    self._item(text, item, line, span, [] if item.kind == "macro" else macros)

    def _give_up(self, text: bytes, line: int) -> None:
        """Only list the lock calls of a chunk that no one can have written."""
        self.problems.append(("too-long", line, f"{len(text)} bytes without a }} in column 0"))
        place = Text(text)
        for match in self._calls.finditer(text):
            row, column = place.position(match.start())
            self.unread.append((line + row - 1, column, _called(match)))

    def _check_encoding(self) -> None:
        try:
            self._data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = self._data.count(b"\n", 0, error.start) + 1
            byte = self._data[error.start]
            message = f"byte 0x{byte:02x} is not UTF-8; read as Latin-1 where shown"
            self.problems.append(("not-utf8", line, message))

    def facts(self, functions: int) -> FileFacts:
        """What was read, with the preprocessor arms where they are needed."""
        needed = bool(self.units or self.loose)
        return FileFacts(
            functions,
            tuple(self.units),
            tuple(self.spans),
            tuple(self.loose),
            tuple(self.members),
            preprocessor_arms(self._clean) if needed else (),
            tuple(self.unread),
            tuple(self.problems),
            tuple(self.named),
        )

    def _item(
        self,
        text: bytes,
        item: Item,
        line: int,
        span: tuple[int, int],
        macros: list[tuple[int, int]],
    ) -> None:
        """Read *item*; *macros* are the spans of macros, which may be defined within it."""
        named = frozenset(self._named.between(*span))
        if item.kind in {"function", "macro"}:
            if self._may_operate(named):
                self._unit(text, item, line, macros)
            elif item.kind == "function":
                by = span[0] - item.start
                self.named.append(Named(line, item.start + by, item.body + by, item.end + by))
            return
        if named & self._interest.members and b"{" in text[item.start : item.end]:
            self.members += lock_members(text[item.start : item.end], self._interest.members)
        self._loose_calls(text, item, line, macros)

    def _may_operate(self, named: frozenset[bytes]) -> bool:
        """Whether a function may operate on a lock, by the words that are *named* in it."""
        if named & self._interest.keep:
            return True
        return any(named & a and named & b for a, b in self._interest.together)

    def _unit(self, text: bytes, item: Item, line: int, macros: list[tuple[int, int]]) -> None:
        function = read_item(text, item, load_masks())
        if function is not None:
            self.units.append(Unit(line, function))
            if function.kind == "function":
                span = Span(function.name, 1, function.end_line, function.whole, function.errors)
                self.spans.append(_moved(span, line))
        self._account(text, item, line, function, macros)

    def _account(
        self,
        text: bytes,
        item: Item,
        line: int,
        function: Function | None,
        macros: list[tuple[int, int]],
    ) -> None:
        """List the lock calls that the lexer sees and the facts do not hold."""
        flows = function.flows if function else ()
        seen = {call.at for flow in flows for step in flow.steps for call in calls(step.expr)}
        start = text.rfind(b"\n", 0, item.start) + 1
        place = Text(text[start : item.end])
        for match in self._calls.finditer(text, item.body, item.end):
            at = place.position(match.start() - start)
            if at in seen or _within(match.start(), macros) or _is_declared(text, match.start()):
                continue
            row, name = line + at[0] - 1, _called(match)
            call = None
            if name.encode() in self._interest.openers:  # whose lock it is, its argument tells
                close = pairs(text[: item.end], match.end() - 1).get(match.end() - 1, -1)
                call = loose_call(text, match.start(), close)
            if call is not None:
                self.loose.append(Loose(row, at[1], call))
            else:
                self.unread.append((row, at[1], name))

    def _loose_calls(
        self, text: bytes, item: Item, line: int, macros: list[tuple[int, int]]
    ) -> None:
        found = [
            m
            for m in self._calls.finditer(text, item.start, item.end)
            if not _within(m.start(), macros)
        ]
        if not found:
            return
        start = text.rfind(b"\n", 0, item.start) + 1
        place = Text(text[start : item.end])
        closers = pairs(text[: item.end], item.start)
        declared = _declared_at(text[item.start : item.end])
        for match in found:
            at = match.start()
            if at - item.start == declared:
                continue
            row, column = place.position(at - start)
            call = loose_call(text, at, closers.get(match.end() - 1, -1))
            if call is None:
                self.unread.append((line + row - 1, column, _called(match)))
            else:
                self.loose.append(Loose(line + row - 1, column, call))


def _moved(span: Span, line: int) -> Span:
    """*span*, whose lines count from its function's first, as lines of the file."""
    errors = tuple(line + e - 1 for e in span.errors)
    return Span(span.name, line, line + span.end_line - 1, span.whole, errors)


def _any_call(interest: Interest) -> re.Pattern[bytes]:
    """A pattern for the calls to account for, up to the parenthesis that makes them calls."""
    gap = rb"(?:[ \t\r\n]|\\\r?\n)*+\("
    nothing = rb"(?!)"
    named = b"|".join(sorted(interest.calls)) or nothing
    openers = b"|".join(sorted(interest.openers)) or nothing
    members = b"|".join(sorted(interest.members)) or nothing
    # The member stands in the same parentheses, perhaps behind others: f(&get(x)->mmap_sem).
    inside = rb"(?=(?:[^;{}()]|\([^;{}()]*\)){0,200}?\b(?:%s)\b)" % members
    return re.compile(rb"\b(?:(?:%s)%s|(?:%s)%s%s)" % (named, gap, openers, gap, inside))


def _called(match: re.Match[bytes]) -> str:
    name = re.match(rb"\w+", match[0])
    return name[0].decode("latin-1") if name else ""


def _within(at: int, spans: list[tuple[int, int]]) -> bool:
    """Whether *at* lies in one of *spans*, which are in order and apart."""
    index = bisect_right(spans, (at, at + 1)) - 1
    return index >= 0 and spans[index][0] <= at < spans[index][1]


def _declared_at(item: bytes) -> int:
    """Offset of the name that *item* declares as a function; -1 where it declares none.

    ``int f(void);`` declares one, ``x = f();`` and ``DEFINE(f(x))`` do not: before the first
    parenthesis (of no attribute) stand a type and a name, and nothing else.
    """
    match = _PROTOTYPE_NAME.match(load_masks().attributes(item))
    return match.start(1) if match else -1


def _is_declared(text: bytes, at: int) -> bool:
    """Whether the name at *at* follows a type on its line: a local prototype."""
    before = text[text.rfind(b"\n", max(0, at - 200), at) + 1 : at][-200:].lstrip()
    words = before.split()
    if not words or words[0] in _STATEMENT_WORDS:
        return False
    return _PROTOTYPE.fullmatch(before) is not None and b"*" not in words[0]
