"""Reading more of the tree on demand: the functions of a file that mention or define a name."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from lockmap.facts.arms import preprocessor_arms
from lockmap.facts.file import Unit
from lockmap.facts.read import read_item
from lockmap.facts.records import Arm
from lockmap.program.index import Names
from lockmap.program.kept import Kept
from lockmap.program.memory import FileMemory
from lockmap.syntax.items import Item, items
from lockmap.syntax.lex import blank, places
from lockmap.syntax.mask import load_masks
from lockmap.syntax.split import Chunk, split, whole

T = TypeVar("T")
_KEPT_TEXTS = 256
_STRUCT_HEAD = re.compile(
    rb"[ \t]*(?:(?:typedef|static|const)[ \t]+)*(?:struct|union)[ \t\r\n]+"
    rb"(?:__\w+[ \t]*\([ \t\w()]*\)[ \t\r\n]*)?(\w+)\b[^;(){}=]*\{"
)
_BRACES = re.compile(rb"[{}]")
_LAST_BRACE = re.compile(rb"^\}[^\n]*", re.MULTILINE)
_MOST_STRUCT_BYTES = 1 << 16
_ASSIGNS = re.compile(rb"[^=!<>]=[^=]|<<=|>>=|\+\+|--")


@dataclass(slots=True)
class Sources:
    """The tree's text behind the index.

    Texts are cached, some at a time; what was read from them is kept.
    """

    read: Callable[[str], bytes]
    index: Names
    before: Mapping[str, FileMemory] = field(default_factory=dict)
    """What an earlier scan read from files that are the same now."""
    memory: dict[str, FileMemory] = field(default_factory=dict)
    """The same for every file that this scan asked for something."""
    kept: Kept = field(default_factory=Kept)
    """What texts told before, perhaps others than who asks here."""
    noted: Callable[[str], object] = str
    """Told of every file that is asked for something, whether it is read or was before."""
    _clean: dict[str, tuple[bytes, list[Chunk]]] = field(default_factory=dict)

    def _of(self, path: str) -> FileMemory:
        """What is known of a file."""
        known = self.memory.get(path)
        if known is None:
            known = self.before.get(path, FileMemory())
            self.memory[path] = known
        return known

    def raw(self, path: str) -> bytes:
        """The bytes of a file; empty when it cannot be read."""
        self.noted(path)
        return self.kept.text(path, self.read)

    def told(self, path: str, reading: Callable[[bytes], T]) -> T:
        """What *reading*, which looks at nothing else, makes of a text: not to be changed."""
        self.noted(path)
        return self.kept.told(reading, path, "", lambda: reading(self.raw(path)))

    def told_of(self, path: str, name: str, reading: Callable[[bytes, str], T]) -> T:
        """What *reading*, which looks at nothing else, makes of *name* in a text."""
        self.noted(path)
        return self.kept.told(reading, path, name, lambda: reading(self.raw(path), name))

    def clean(self, path: str) -> bytes:
        """The text of a file with comments and literals blank; empty when it cannot be read."""
        return self._chunks(path)[0]

    def _chunks(self, path: str) -> tuple[bytes, list[Chunk]]:
        known = self._clean.get(path)
        if known is None:
            text = blank(self.raw(path))
            known = text, split(text)
            if len(self._clean) >= _KEPT_TEXTS:
                self._clean.pop(next(iter(self._clean)))
            self._clean[path] = known
        return known

    def condition(self, path: str, line: int) -> str:
        """The innermost preprocessor condition around a line; empty where there is none."""
        known = self._of(path)
        if known.arms is None:
            known.arms = self.told(path, _arms)
        around = [a for a in known.arms if a.first < line < a.last]
        return max(around, key=lambda a: a.first).condition if around else ""

    def units_with(self, path: str, name: str) -> list[Unit]:
        """The functions and macros of *path* whose text holds the word *name*."""
        known = self._of(path)
        lines = known.mentioning.get(name)
        if lines is None:
            found = self._items(path, _bytes(name))
            lines = known.mentioning[name] = [self._unit(path, *item) for item in found]
        return known.of_lines(lines)

    def definitions(self, path: str, name: str) -> list[Unit]:
        """The functions and macros called *name* that *path* defines."""
        known = self._of(path)
        lines = known.defining.get(name)
        if lines is None:
            word = _bytes(name.removeprefix("sys_"))
            heads = [
                (line, text, item)
                for line, text, item in self._items(path, word)
                if item.kind in {"function", "macro"} and _holds(text, word, item.start, item.body)
            ]
            units = known.of_lines([self._unit(path, *head) for head in heads])
            lines = known.defining[name] = [u.line for u in units if u.function.name == name]
        return known.of_lines(lines)

    def members(
        self, path: str, struct: str, read: Callable[[bytes], list[tuple[str, str]]]
    ) -> list[tuple[str, str]]:
        """(name, type) of the members that *path* gives *struct*, as *read* from its text."""
        known = self._of(path).members
        if struct not in known:
            text = self.type_item(path, struct)
            known[struct] = read(text) if text else []
        return known[struct]

    def matched(
        self, path: str, what: str, find: Callable[[str], list[str] | None]
    ) -> list[str] | None:
        """What *find* finds in *path*, which the words *what* tell from other searches."""
        known = self._of(path).matched
        if what not in known:
            known[what] = find(path)
        return known[what]

    def assigning_macros(self, path: str, name: str) -> list[Unit]:
        """The function-like macros called *name* that *path* defines, if they assign at all."""
        raw, word = self.raw(path), name.encode("latin-1", "replace")
        if word + b"(" not in raw:
            return []
        body = re.compile(
            rb"define[ \t]+%s\((?:[^\n\\]|\\\r?\n|\\)*" % re.escape(word)
        )  # begins with letters: that is found fast
        if not any(_ASSIGNS.search(text) for text in body.findall(raw)):
            return []
        return [u for u in self.definitions(path, name) if u.function.kind == "macro"]

    def type_item(self, path: str, name: str) -> bytes:
        """The text of ``struct name { ... }`` (or union) in *path*; empty where there is none.

        Found in the raw text and cleaned alone: a struct is a small part of a large header.
        """
        return self.told_of(path, name, _type_item)

    def _items(self, path: str, word: bytes) -> list[tuple[int, bytes, Item]]:
        found: list[tuple[int, bytes, Item]] = []
        if word not in self.raw(path):
            return found
        clean, chunks = self._chunks(path)
        starts = [c.start for c in chunks]
        done = 0
        for place in places(clean, word):
            if place < done:
                continue
            chunk, _ = whole(clean, chunks, bisect_right(starts, place) - 1)
            text = clean[chunk.start : chunk.end]
            for item in items(text):
                if _holds(text, word, item.start, item.end):
                    line = chunk.line + text.count(b"\n", 0, item.start)
                    found.append((line, text, item))
            done = chunk.end
        return found

    def _unit(self, path: str, line: int, text: bytes, item: Item) -> int:
        """Parse *item*; its line, under which what became of it is known."""
        units = self._of(path).units
        if line not in units:
            function = read_item(text, item, load_masks())
            units[line] = None if function is None else Unit(line, function)
        return line


def _arms(raw: bytes) -> tuple[Arm, ...]:
    return preprocessor_arms(blank(raw))


def _type_item(raw: bytes, name: str) -> bytes:
    start = _struct_head(raw, name.encode("latin-1", "replace"))
    if start < 0:
        return b""
    text = blank(raw[start : start + _MOST_STRUCT_BYTES])
    depth = 0
    for brace in _BRACES.finditer(text):
        depth += 1 if brace[0] == b"{" else -1
        if depth == 0:
            return text[: brace.end()] + b";"
    end = _LAST_BRACE.search(text)  # where arms of an #if have braces of their own
    return text[: end.end()] if end else b""


def _bytes(name: str) -> bytes:
    return name.encode("latin-1", "replace")


def _holds(text: bytes, word: bytes, start: int, end: int) -> bool:
    return next(places(text, word, start, end), -1) >= 0


def _struct_head(raw: bytes, name: bytes) -> int:
    """Offset of the line on which ``struct name {`` begins; -1 where there is none."""
    at = raw.find(name)
    while at >= 0:
        line = raw.rfind(b"\n", 0, at) + 1
        for start in (line, raw.rfind(b"\n", 0, max(0, line - 1)) + 1):
            match = _STRUCT_HEAD.match(raw, start)
            if match is not None and match[1] == name:
                return start
        at = raw.find(name, at + len(name))
    return -1
