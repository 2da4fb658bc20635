"""What a comment is about: the function or struct that follows it, or the member beside it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from lockmap.documented.comments import Comment
from lockmap.syntax.items import Item, items
from lockmap.syntax.mask import Masks
from lockmap.syntax.split import Chunk, split, whole

_WORD = re.compile(rb"\s*(\w+)")
_GAP = re.compile(rb"[ \t]*(?:\r?\n[ \t]*){0,2}")
_NAME = re.compile(rb"\b([A-Za-z_]\w*)\s*\(")
_NO_NAME = frozenset({b"__attribute__", b"if", b"for", b"while", b"switch", b"sizeof", b"typeof"})
_MEMBER = re.compile(rb"(?:\(\s*\*\s*(\w+)\s*\)\s*\(|\b(\w+)\s*(?:\[[^\]]*\]\s*)*(?::[^;,]*)?\Z)")
_CALLBACK = re.compile(rb"\(\s*\*\s*(\w+)\s*\)\s*\(")
_ATTRIBUTE = re.compile(rb"\b__\w+(?:\s*\((?:[^()]|\([^()]*\))*\))?")
_TAG = re.compile(rb"\b(?:struct|union)\s+(\w+)\s*(?:__\w+\s*)*\Z")
_KERNEL_DOC = re.compile(
    r"/\*\*\s*\n?[ \t*]*(?:(struct|union|enum|typedef|define|DOC)\b:?\s*)?([\w.]*)"
)


@dataclass(frozen=True, slots=True)
class Owner:
    """What a comment is about."""

    kind: Literal["function", "members", "inside", "type", "file"]
    """``inside``: within a function's body; ``file``: nothing follows it."""
    name: str = ""
    """Of a function or struct; of the function that a comment stands in."""
    fields: tuple[str, ...] = ()
    """The members beside or after it."""
    calls: bool = False
    """Whether these point to functions."""
    callbacks: frozenset[str] = frozenset()
    """Of a struct: its members that point to functions."""


class Owners:
    """The items of one file, split off where they are asked for."""

    def __init__(self, text: bytes, clean: bytes, masks: Masks) -> None:
        self._text = text
        self._clean = clean
        self._masks = masks
        self._chunks = split(clean)
        self._starts = [chunk.start for chunk in self._chunks]

    def of(self, comment: Comment) -> Owner:
        """What *comment* is about."""
        first = max(0, bisect_right(self._starts, comment.start) - 1)
        if not self._chunks:
            return Owner("file")
        chunk, after = whole(self._clean, self._chunks, first)
        # A cut may lie within an item that began before.
        while first > 0 and self._clean[chunk.start : comment.start].count(b"}") > self._clean[
            chunk.start : comment.start
        ].count(b"{"):
            first -= 1
            chunk, after = whole(self._clean, self._chunks, first)
        for item in self._items(chunk):
            if item.kind == "macro":
                continue
            if item.start <= comment.start < item.end and item.body < item.end:
                return self._within(item, comment)
            if item.start >= comment.end:
                return self._before(item, comment)
            if item.start <= comment.start < item.end:
                head = self._clean[item.start : item.end]
                name = self._function_name(head) if _declares(head) else ""
                return Owner("function", name) if name else Owner("file")
        for item in self._items(self._chunks[after]) if after < len(self._chunks) else ():
            if item.kind != "macro":
                return self._before(item, comment)
        return Owner("file")

    def _items(self, chunk: Chunk) -> Iterator[Item]:
        for item in items(self._clean[chunk.start : chunk.end]):
            at = chunk.start
            yield Item(item.kind, item.name, item.start + at, item.end + at, item.body + at)

    def _before(self, item: Item, comment: Comment) -> Owner:
        """*comment* stands before *item*."""
        between = self._clean[comment.end : item.start]
        named = _KERNEL_DOC.match(comment.text) if comment.is_kernel_doc else None
        if between.strip() and not named:
            return Owner("file")
        gap = _GAP.match(between)
        assert gap is not None
        if item.kind == "type":
            near = named or gap.end() == len(between)
            return self._struct(item) if near else Owner("file")
        head = self._clean[item.start : min(item.body, item.start + 2000)]
        name = self._function_name(head)
        if not name or not (item.kind == "function" or _declares(head)):
            return Owner("file")
        if named and not named[1] and named[2]:
            return Owner("function", name) if named[2] in {name, name[4:]} else Owner("file")
        return Owner("function", name) if gap.end() == len(between) else Owner("file")

    def _within(self, item: Item, comment: Comment) -> Owner:
        if item.kind == "function" or comment.start < item.body:
            name = self._function_name(self._clean[item.start : item.body])
            return Owner("inside" if comment.start > item.body else "function", name)
        if item.kind != "type":
            return Owner("file")
        return self._member(item, comment)

    def _member(self, item: Item, comment: Comment) -> Owner:
        """The members of the struct *item* that *comment* stands beside, or before."""
        struct = self._struct_at(item, comment.start)
        clean = self._clean
        line = clean.rfind(b"\n", 0, comment.start) + 1
        before = clean[max(line, item.body + 1) : comment.start]
        if before.strip() and not before.rstrip().endswith((b"{", b"}")):
            # Beside a declaration, or between its words.
            end = clean.rfind(b";", item.body, comment.start) + 1
            if clean[end : comment.start].strip():
                end = clean.find(b";", comment.start, item.end) + 1
        else:
            end = self._next_end(item, comment.end)
        names, calls = self._declared(item, end)
        return Owner("members", struct, names, calls)

    def _struct(self, item: Item) -> Owner:
        found = _CALLBACK.findall(self._clean, item.body, item.end)
        name = item.name or self._typedef(item)
        callbacks = frozenset(name.decode("latin-1") for name in found)
        return Owner("type", name, callbacks=callbacks) if name else Owner("file")

    def _typedef(self, item: Item) -> str:
        """The name of a struct without a tag: that of its typedef."""
        if not self._clean[item.start : item.body].lstrip().startswith(b"typedef"):
            return ""
        end = self._clean[self._clean.rfind(b"}", item.body, item.end) + 1 : item.end]
        return next(declared_names(end.rstrip(b"; \t\r\n")), "")

    def _next_end(self, item: Item, at: int) -> int:
        """Where the declaration after *at* ends; 0: it has members of its own, or there is none."""
        match = re.compile(rb"[;{}]").search(self._clean, at, item.end)
        return match.end() if match and match[0] == b";" else 0

    def _declared(self, item: Item, end: int) -> tuple[tuple[str, ...], bool]:
        """The names of the declaration that ends before *end*, behind its semicolon.

        And whether it is a pointer to a function.
        """
        if not end:
            return (), False
        start = max(self._clean.rfind(mark, item.body, end - 1) for mark in (b";", b"{", b"}")) + 1
        text = re.sub(rb"^[ \t]*#[^\n]*$", b"", self._clean[start : end - 1], flags=re.MULTILINE)
        return tuple(declared_names(text)), _CALLBACK.search(text) is not None

    def _struct_at(self, item: Item, at: int) -> str:
        """The struct whose members stand at *at*: inner ones with a tag stand for themselves."""
        names = [item.name or self._typedef(item)]
        for match in re.compile(rb"[{}]").finditer(self._clean, item.body + 1, at):
            if match[0] == b"}":
                names = names[:-1] or names
                continue
            head = self._clean[max(item.start, match.start() - 200) : match.start()]
            tag = _TAG.search(head)
            names.append(tag[1].decode("latin-1") if tag else names[-1])
        return names[-1]

    def _function_name(self, head: bytes) -> str:
        return function_name(head, self._masks)


def declared_names(text: bytes) -> Iterator[str]:
    """The members that a declaration without its semicolon gives."""
    text = _ATTRIBUTE.sub(b"", text).strip()
    parts = [text] if b"(" in text else text.split(b",")
    for part in parts:
        match = _MEMBER.search(part.strip())
        if match:
            yield (match[1] or match[2]).decode("latin-1")


def function_name(head: bytes, masks: Masks) -> str:
    """The function that a header names; ``sys_NAME`` for macros that define one."""
    for match in _NAME.finditer(head):
        name = match[1]
        if name in _NO_NAME or name.decode("latin-1") in masks.data.attribute_calls:
            continue
        definer = masks.definer(name)
        if definer is None:
            return name.decode("latin-1")
        inner = _WORD.match(head, match.end())
        return definer.prefix + inner[1].decode("latin-1") if inner else ""
    return ""


def _declares(head: bytes) -> bool:
    """Whether a header without a body declares a function rather than something else."""
    return b"=" not in head and head.rstrip().endswith(b";") and b"(" in head


__all__: Sequence[str] = ("Owner", "Owners", "declared_names", "function_name")
