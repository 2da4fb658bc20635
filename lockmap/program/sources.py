"""Reading more of the tree on demand: the functions of a file that mention or define a name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lockmap.facts.file import Arm, Unit, preprocessor_arms
from lockmap.facts.read import read_item
from lockmap.program.index import NameIndex
from lockmap.syntax.items import Item, items
from lockmap.syntax.lex import blank
from lockmap.syntax.mask import load_masks
from lockmap.syntax.split import split, whole

_KEPT_TEXTS = 64


@dataclass(slots=True)
class Sources:
    """The tree's text behind the index.  Texts are cached, a few at a time."""

    read: Callable[[str], bytes]
    index: NameIndex
    _clean: dict[str, bytes] = field(default_factory=dict)
    _arms: dict[str, tuple[Arm, ...]] = field(default_factory=dict)
    _units: dict[tuple[str, int], Unit | None] = field(default_factory=dict)

    def clean(self, path: str) -> bytes:
        """The text of a file with comments and literals blank; empty when it cannot be read."""
        known = self._clean.get(path)
        if known is None:
            try:
                known = blank(self.read(path))
            except (OSError, ValueError):
                known = b""
            if len(self._clean) >= _KEPT_TEXTS:
                self._clean.pop(next(iter(self._clean)))
            self._clean[path] = known
        return known

    def condition(self, path: str, line: int) -> str:
        """The innermost preprocessor condition around a line; empty where there is none."""
        if path not in self._arms:
            self._arms[path] = preprocessor_arms(self.clean(path))
        around = [a for a in self._arms[path] if a.first < line < a.last]
        return max(around, key=lambda a: a.first).condition if around else ""

    def units_with(self, path: str, name: str) -> list[Unit]:
        """The functions and macros of *path* whose text holds the word *name*."""
        pattern = re.compile(rb"\b%s\b" % re.escape(name.encode("latin-1", "replace")))
        return [u for u in (self._unit(path, *found) for found in self._items(path, pattern)) if u is not None]

    def definitions(self, path: str, name: str) -> list[Unit]:
        """The functions and macros called *name* that *path* defines."""
        word = name.removeprefix("sys_").encode("latin-1", "replace")
        pattern = re.compile(rb"\b%s\b" % re.escape(word))
        heads = [
            (line, text, item)
            for line, text, item in self._items(path, pattern)
            if item.kind in {"function", "macro"} and pattern.search(text, item.start, item.body)
        ]
        units = [self._unit(path, *head) for head in heads]
        return [u for u in units if u is not None and u.function.name == name]

    def type_item(self, path: str, name: str) -> bytes:
        """The text of ``struct name { ... }`` (or union) in *path*; empty where there is none."""
        pattern = re.compile(rb"\b(?:struct|union)[ \t\n]+%s\b[^;(){}=]*\{" % re.escape(name.encode()))
        for _, text, item in self._items(path, pattern):
            if item.kind == "type" and item.name == name:
                return text[item.start : item.end]
        return b""

    def _items(self, path: str, pattern: re.Pattern[bytes]) -> list[tuple[int, bytes, Item]]:
        clean = self.clean(path)
        found: list[tuple[int, bytes, Item]] = []
        if not pattern.search(clean):
            return found
        chunks = split(clean)
        index = 0
        while index < len(chunks):
            if not pattern.search(clean, chunks[index].start, chunks[index].end):
                index += 1
                continue
            chunk, index = whole(clean, chunks, index)
            text = clean[chunk.start : chunk.end]
            for item in items(text):
                if pattern.search(text, item.start, item.end):
                    line = chunk.line + text.count(b"\n", 0, item.start)
                    found.append((line, text, item))
        return found

    def _unit(self, path: str, line: int, text: bytes, item: Item) -> Unit | None:
        key = (path, line)
        if key not in self._units:
            function = read_item(text, item, load_masks())
            self._units[key] = None if function is None else Unit(line, function)
        return self._units[key]
