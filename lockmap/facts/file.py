"""The facts of one file: what triage tells, and the functions that matter, parsed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

import msgspec
from tree_sitter import Node

from lockmap.facts.declare import declarator_name, type_text
from lockmap.facts.expressions import Expressions
from lockmap.facts.model import Call, Function
from lockmap.facts.place import Text
from lockmap.facts.read import function_name, read_item
from lockmap.facts.render import calls
from lockmap.facts.triage import cover, definitions, holds_code, mentions
from lockmap.syntax.grammar import c_parser
from lockmap.syntax.items import Item, items
from lockmap.syntax.lex import blank
from lockmap.syntax.mask import closing, load_masks
from lockmap.syntax.parse import parse_function
from lockmap.syntax.split import split, whole

_CONDITIONAL = re.compile(
    rb"^[ \t]*#[ \t]*(if|ifdef|ifndef|else|elif|endif)\b((?:[^\n\\]|\\.)*)", re.MULTILINE | re.DOTALL
)
_GUARD_NAME = re.compile(r"_*[A-Z0-9_]*_H_*\Z")


class Interest(msgspec.Struct, frozen=True):
    """The words by which functions are chosen.  A word is an identifier, as bytes."""

    read: frozenset[bytes]
    """A function that has one is parsed, and counts for the share read whole."""
    keep: frozenset[bytes]
    """A function that has one has its facts kept: it may operate on a lock."""
    together: tuple[tuple[frozenset[bytes], frozenset[bytes]], ...]
    """(common words, words of their surroundings): a function that has one of each has its
    facts kept (``rwsem`` means something only beside ``anon_vma``)."""
    members: frozenset[bytes]
    """Struct members that are locks: who declares one is noted."""
    calls: frozenset[bytes]
    """Lock functions: each occurrence as a call is accounted for."""


class Unit(msgspec.Struct, frozen=True, array_like=True):
    """A function and the line of the file its text begins at."""

    line: int
    function: Function


class Span(msgspec.Struct, frozen=True, array_like=True):
    """Where a function that was read stands, and how well it was read."""

    name: str
    line: int
    end_line: int
    whole: bool
    errors: tuple[int, ...]


class Loose(msgspec.Struct, frozen=True, array_like=True):
    """A call outside any function: in an initialiser or a definer macro."""

    line: int
    column: int
    call: Call


class Arm(msgspec.Struct, frozen=True, array_like=True):
    """Lines under a preprocessor condition, its text as written (``!`` for ``#else``)."""

    first: int
    last: int
    condition: str


class FileFacts(msgspec.Struct, frozen=True, array_like=True):
    """Everything that is kept of one file."""

    functions: int = 0
    units: tuple[Unit, ...] = ()
    spans: tuple[Span, ...] = ()
    loose: tuple[Loose, ...] = ()
    members: tuple[tuple[str, str, str], ...] = ()
    """(struct, member, type) of members that are locks."""
    arms: tuple[Arm, ...] = ()
    unread: tuple[tuple[int, int, str], ...] = ()
    """(line, column, name) of lock functions named as calls, of which no fact was made."""
    problems: tuple[tuple[str, int, str], ...] = ()
    """(kind, line, message)."""


@dataclass(frozen=True, slots=True)
class Triaged:
    """A file's index entries and its facts."""

    mentions: bytes
    definitions: bytes
    facts: FileFacts


def triage_file(data: bytes, interest: Interest) -> Triaged:
    """Index *data*, and read the functions in it that matter."""
    if b"\0" in data[:8192]:
        return Triaged(b"", b"", FileFacts(problems=(("binary", 1, "holds NUL bytes: not C text"),)))
    if not holds_code(data) and not _names_any(data, interest.calls | interest.members):
        return Triaged(b"", b"", FileFacts())
    words, index = mentions(data)
    functions, defined = definitions(data)
    if words.isdisjoint(interest.read):
        facts = FileFacts(functions=functions)
    else:
        facts = read_file(data, interest, functions)
    return Triaged(index.tobytes(), defined.tobytes(), facts)


def _names_any(data: bytes, words: frozenset[bytes]) -> bool:
    return any(part in data for part in _cover(words)) and any(word in data for word in words)


@cache
def _cover(words: frozenset[bytes]) -> tuple[bytes, ...]:
    return cover(words)


def read_file(data: bytes, interest: Interest, functions: int = 0) -> FileFacts:
    """Read the functions of *data* that hold a word of *interest*."""
    reader = _FileReader(data, interest)
    reader.run()
    return reader.facts(functions)


class _FileReader:
    """Reads one file; lists grow as its chunks are read."""

    def __init__(self, data: bytes, interest: Interest) -> None:
        self._data = data
        self._clean = blank(data)
        self._interest = interest
        self._read = _any_word(interest.read)
        self._keep = _any_word(interest.keep)
        self._together = [(_any_word(a), _any_word(b)) for a, b in interest.together]
        self._members = _any_word(interest.members)
        self._calls = _any_word(interest.calls, rb"[ \t\n]*\(")
        self.units: list[Unit] = []
        self.spans: list[Span] = []
        self.loose: list[Loose] = []
        self.members: list[tuple[str, str, str]] = []
        self.unread: list[tuple[int, int, str]] = []
        self.problems: list[tuple[str, int, str]] = []

    def run(self) -> None:
        """Read every chunk that holds a word of interest."""
        try:
            self._data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = self._data.count(b"\n", 0, error.start) + 1
            self.problems.append(("not-utf8", line, f"byte 0x{self._data[error.start]:02x} is not UTF-8; read as Latin-1 where shown"))
        chunks = split(self._clean)
        index = 0
        while index < len(chunks):
            if not self._read.search(self._clean, chunks[index].start, chunks[index].end):
                index += 1
                continue
            chunk, index = whole(self._clean, chunks, index)
            text = self._clean[chunk.start : chunk.end]
            line = chunk.line
            at = 0
            for item in items(text):
                line += text.count(b"\n", at, item.start)
                at = item.start
                if self._read.search(text, item.start, item.end):
                    self._item(text, item, line)

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
        )

    def _item(self, text: bytes, item: Item, line: int) -> None:
        masks = load_masks()
        if item.kind in {"function", "macro"}:
            if self._may_operate(text, item):
                self._unit(text, item, line)
            elif item.kind == "function":
                self._glance(text, item, line)
            return
        if item.kind == "type" or b"{" in text[item.start : item.end]:
            self._type_members(text, item)
        if self._calls.search(text, item.start, item.end):
            self._loose_calls(text, item, line, masks)

    def _may_operate(self, text: bytes, item: Item) -> bool:
        if self._keep.search(text, item.start, item.end):
            return True
        return any(
            a.search(text, item.start, item.end) and b.search(text, item.start, item.end)
            for a, b in self._together
        )

    def _unit(self, text: bytes, item: Item, line: int) -> None:
        function = read_item(text, item, load_masks())
        if function is None:
            return
        self.units.append(Unit(line, function))
        if function.kind == "function":
            end = line + function.end_line - 1
            self.spans.append(Span(function.name, line, end, function.whole, tuple(line + e - 1 for e in function.errors)))
        self._account(text, item, line, function)

    def _glance(self, text: bytes, item: Item, line: int) -> None:
        """Parse a function only to know whether it can be read whole."""
        masks = load_masks()
        head = text[item.start : item.body]
        readings = parse_function(text[item.start : item.end], item.body - item.start, masks)
        whole_now = all(r.whole for r in readings)
        end = line + text.count(b"\n", item.start, item.end)
        named = readings[0].function
        if named is not None:
            place = Text(text[item.start : item.end])
            name = function_name(named, place)
            rule = masks.definer(place.word(named.start_byte).encode())
            name = (rule.prefix if rule else "") + name.rpartition(" ")[2]
        else:
            name = head.partition(b"(")[0].split()[-1].decode("latin-1") if head.partition(b"(")[0].split() else ""
        errors = () if whole_now else (line,)
        self.spans.append(Span(name, line, end, whole_now, errors))

    def _account(self, text: bytes, item: Item, line: int, function: Function) -> None:
        """List the lock calls that the lexer sees and the facts do not hold."""
        seen = {
            call.at
            for flow in function.flows
            for step in flow.steps
            for call in calls(step.expr)
        }
        start = text.rfind(b"\n", 0, item.start) + 1
        place = Text(text[start : item.end])
        for match in self._calls.finditer(text, item.body, item.end):
            at = place.position(match.start() - start)
            if at in seen or _is_declared(text, match.start()):
                continue
            self.unread.append((line + at[0] - 1, at[1], match[0].rstrip(b"( \t\n").decode("latin-1")))

    def _type_members(self, text: bytes, item: Item) -> None:
        """Note the struct members of *item* that are locks."""
        if not self._members.search(text, item.start, item.end):
            return
        place = Text(text[item.start : item.end])
        tree = c_parser().parse(load_masks().attributes(text[item.start : item.end]))
        stack: list[tuple[Node, str]] = [(tree.root_node, "")]
        while stack:
            node, owner = stack.pop()
            if node.type in {"struct_specifier", "union_specifier"}:
                name = node.child_by_field_name("name")
                owner = place.of(name) if name else owner or _typedef_name(node, place)
            if node.type == "field_declaration":
                for child in node.children_by_field_name("declarator"):
                    member = declarator_name(child, place)[0]
                    if member.encode() in self._interest.members:
                        self.members.append((owner, member, type_text(node, child, place)))
            stack.extend((c, owner) for c in node.children if c.is_named)

    def _loose_calls(self, text: bytes, item: Item, line: int, masks: object) -> None:
        for match in self._calls.finditer(text, item.start, item.end):
            if _is_prototype(text[item.start : match.start()]):
                continue
            close = closing(text, match.end() - 1)
            if close < 0:
                continue
            source = b"void m(void)\n{\n" + text[match.start() : close + 1] + b";\n}"
            function = read_item(source, Item("function", "", 0, len(source), source.index(b"{")), load_masks())
            call = next((c for s in function.flows[0].steps for c in calls(s.expr)), None) if function and function.flows else None
            at_line = line + text.count(b"\n", item.start, match.start())
            column = match.start() - text.rfind(b"\n", 0, match.start())
            if call is None:
                self.unread.append((at_line, column, match[0].rstrip(b"( \t\n").decode("latin-1")))
            else:
                self.loose.append(Loose(at_line, column, call))


def _typedef_name(node: Node, place: Text) -> str:
    parent = node.parent
    named = parent.child_by_field_name("declarator") if parent is not None and parent.type == "type_definition" else None
    return place.of(named) if named is not None else ""


def _any_word(words: frozenset[bytes], tail: bytes = b"\\b") -> re.Pattern[bytes]:
    """A pattern for any of *words* as a whole identifier."""
    return re.compile(rb"\b(?:%s)%s" % (b"|".join(sorted(words)) or rb"(?!)", tail))


def _is_prototype(before: bytes) -> bool:
    """Whether a name after *before* (the item so far) is being declared, not called."""
    return b"(" not in before and b"=" not in before and bool(before.strip())


def _is_declared(text: bytes, at: int) -> bool:
    """Whether the name at *at* follows a type on its line: a local prototype."""
    before = text[text.rfind(b"\n", 0, at) + 1 : at].split()
    return bool(before) and before[0] in {b"extern"}


def preprocessor_arms(clean: bytes) -> tuple[Arm, ...]:
    """The preprocessor arms of a file; a header's include guard is no condition."""
    found: list[Arm] = []
    stack: list[tuple[int, str, str]] = []  # (first line, condition, earlier conditions)
    line, at = 1, 0
    for match in _CONDITIONAL.finditer(clean):
        line += clean.count(b"\n", at, match.start())
        at = match.start()
        word = match[1]
        text = " ".join(match[2].decode("utf-8", "replace").replace("\\", " ").split())
        if word in (b"else", b"elif", b"endif"):
            if not stack:
                continue
            first, condition, before = stack.pop()
            if condition:
                found.append(Arm(first, line, condition))
            if word != b"endif":
                negated = f"!({before})" if before else ""
                now = negated if word == b"else" else f"{negated} && {text}" if negated else text
                stack.append((line, now, f"{before} || {text}" if word == b"elif" and before else before))
            continue
        condition = f"!{text}" if word == b"ifndef" else text
        if word == b"ifndef" and _GUARD_NAME.match(text) and line < 60:
            condition = ""
        stack.append((line, condition, condition))
    return tuple(found)


__all__ = ("Expressions", "FileFacts", "Interest", "Literal", "Triaged", "read_file", "triage_file")
