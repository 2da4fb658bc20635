"""The comments of a C text that name a lock, as sentences that know where they stand."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lockmap.documented.mentions import Vocabulary

_LONGEST = 1 << 14
"""Bytes of one comment that are looked at."""
_DECORATION = re.compile(r"[ \t]*(?:/\*+!?|//+|\*+(?!/))?[ \t]?")
_NEW_UNIT = re.compile(
    r"\s*(?:@[\w.\->]+\s*:|[A-Z][A-Za-z ]{2,20}:(?:\s|$)|[-*+•]\s|\(?\d{1,2}[.)]\s|\(?[a-z]\)\s"
    r"|[\w().]+\(\)\s+-\s)"
)
_BULLET = re.compile(r"\s*(?:[-*+•]|\(?\w{1,2}[.)])\s")
_SENTENCE_END = re.compile(r"(?<=[.!?;])(?<!e\.g\.)(?<!i\.e\.)(?<!vs\.)(?<!etc\.)\s")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, or line comments that stand together: byte offsets in its file."""

    start: int
    end: int
    text: str
    """Latin-1, so that a character is a byte."""

    @property
    def is_kernel_doc(self) -> bool:
        """Whether it begins as kernel-doc does."""
        return self.text.startswith("/**") and not self.text.startswith("/***")


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words with single blanks; *offsets* of each character in the file."""

    text: str
    offsets: tuple[int, ...]
    section: str
    """What the kernel-doc line that it belongs to begins with: ``@vma``, ``Context``; or empty."""


def comments(text: bytes, clean: bytes, places: Sequence[int]) -> Iterator[Comment]:
    """The comments of *text* in which one of *places* lies; *clean*: see ``syntax.lex.blank``."""
    done = -1
    for place in places:
        if place < done or clean[place : place + 1].strip():
            continue
        found = _around(text, clean, place)
        if found is None:
            continue
        start, end = found
        done = end
        yield Comment(start, end, text[start : min(end, start + _LONGEST)].decode("latin-1"))


def _around(text: bytes, clean: bytes, place: int) -> tuple[int, int] | None:
    line = text.rfind(b"\n", 0, place) + 1
    slashes = text.find(b"//", line, place)
    while slashes >= 0 and clean[slashes : slashes + 1] != b" ":
        slashes = text.find(b"//", slashes + 2, place)
    opened = text.rfind(b"/*", 0, place)
    while opened >= 0 and clean[opened : opened + 1] != b" ":
        opened = text.rfind(b"/*", 0, opened)
    if opened >= 0:
        closed = text.find(b"*/", opened + 2)
        if closed < 0:
            return opened, len(text)
        if closed + 2 > place:
            return None if _in_literal(clean, opened) else (opened, closed + 2)
    if slashes < 0:
        return None  # a literal
    return _line_comments(text, slashes)


def _in_literal(clean: bytes, at: int) -> bool:
    """Whether *at* lies between quotes, which stay when what is between them is blanked."""
    line = clean.rfind(b"\n", 0, at) + 1
    return clean.count(b'"', line, at) % 2 == 1


def _line_comments(text: bytes, start: int) -> tuple[int, int]:
    """The line comment at *start* with those on the lines before and after it."""

    def of_line(begin: int) -> bool:
        return text[begin:].lstrip(b" \t")[:2] == b"//" if begin < len(text) else False

    end = text.find(b"\n", start)
    end = len(text) if end < 0 else end
    alone = not text[text.rfind(b"\n", 0, start) + 1 : start].strip()
    while alone:
        before = text.rfind(b"\n", 0, max(0, text.rfind(b"\n", 0, start))) + 1
        if before >= start or not _is_line_comment(text, before):
            break
        start = text.index(b"//", before)
    while end < len(text) and _is_line_comment(text, end + 1):
        after = text.find(b"\n", end + 1)
        end = len(text) if after < 0 else after
    return start, end


def _is_line_comment(text: bytes, begin: int) -> bool:
    return text[begin : begin + 200].lstrip(b" \t").startswith(b"//")


def sentences(comment: Comment) -> Iterator[Sentence]:
    """The sentences of *comment*, in order."""
    section = ""
    for unit in _units(comment):
        text = "".join(c for c, _ in unit)
        if not text:
            section = ""  # a blank line
            continue
        head = re.match(r"\s*(@[\w.\->]+|Context|Return|Returns|Note|Locking)\s*:", text)
        if head:
            section = head[1]
        elif re.match(r"\s*[A-Z][\w ]{2,20}:", text):
            section = ""
        start = 0
        for end in [*(m.start() for m in _SENTENCE_END.finditer(text)), len(text)]:
            yield from _squeezed(unit[start:end], section)
            start = end


def _units(comment: Comment) -> Iterator[list[tuple[str, int]]]:
    """Lines that belong together, without decoration, as (character, offset)."""
    unit: list[tuple[str, int]] = []
    at = comment.start
    bullet = -1
    for line in comment.text.splitlines(keepends=True):
        lead = _DECORATION.match(line)
        begin = lead.end() if lead else 0
        body = line[begin:].rstrip()
        if body.endswith("*/"):
            body = body[:-2].rstrip("* \t")
        indent = len(body) - len(body.lstrip())
        new = _NEW_UNIT.match(body)
        if not body.strip() or new or indent <= bullet:
            bullet = indent if _BULLET.match(body) else -1
            if unit:
                yield unit
            if not body.strip():
                yield []
            unit = []
        if body.strip():
            unit += [(c, at + begin + n) for n, c in enumerate(body)]
            unit.append((" ", at + begin + len(body)))
        at += len(line)
    if unit:
        yield unit


def _squeezed(unit: Sequence[tuple[str, int]], section: str) -> Iterator[Sentence]:
    kept: list[tuple[str, int]] = []
    for char, at in unit:
        blank = char.isspace()
        if not blank or (kept and kept[-1][0] != " "):
            kept.append((" " if blank else char, at))
    while kept and kept[-1][0] == " ":
        kept.pop()
    if kept:
        yield Sentence("".join(c for c, _ in kept), tuple(at for _, at in kept), section)


def line_and_column(starts: Sequence[int], offset: int) -> tuple[int, int]:
    """Where *offset* stands, both from 1; *starts*: see ``syntax.lex.line_starts``."""
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


def names_a_lock(comment: Comment, words: Vocabulary) -> bool:
    """Whether *comment* names a lock that has a specification."""
    return words.names(comment.text)
