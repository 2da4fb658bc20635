"""Lock order as people draw it: a lock a line, indented below the one that is taken before it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lockmap.documented.mentions import Vocabulary

_LINE = re.compile(
    r"^(?P<lead>(?:[ \t]*(?:/\*+|\*+(?!/)))?)(?P<indent>[ \t]*)(?P<rest>\S.*?)\s*(?:\*/)?$"
)
_NAME = re.compile(
    r"(?P<arrow>->\s?|&)?(?P<name>[A-Za-z_]\w*(?:(?:->|\.|::)\w+)*(?: (?:locks?|or \w+)\b)*)"
    r"(?:\s+\(.*|,.*)?\s*$"
)
_LOCKISH = re.compile(r"lock|sem\b|mutex|vma_start_write|_key$", re.IGNORECASE)
_TAB = 8
_FEWEST = 2
"""Lines of a drawing, one of which is below another."""
_MOST = 200
_LONGEST = 80
_Line = tuple[int, str, int, str]
"""Indent, name, where it stands, the line."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One lock is taken before another."""

    before: str
    """The name of its specification, or its words in brackets."""
    after: str
    at: int
    """Where the second stands in the text."""
    words: str

    @property
    def subject(self) -> str:
        """``mmap_lock > i_mmap_rwsem``."""
        return f"{self.before} > {self.after}"


def edges_of_lines(text: str, words: Vocabulary) -> Iterator[Edge]:
    """The edges of the drawings in *text*, a comment or a literal block.

    A drawing counts that names some lock with a specification, and puts a line below another.
    """
    drawing: list[_Line] = []
    at = 0
    for line in text.splitlines(keepends=True):
        parsed = _lock_line(line, words) or _below(line, drawing)
        if parsed is None:
            if line.strip(" \t*/\r\n") and not _continues(line, drawing):
                yield from _edges(drawing)
                drawing = []
        else:
            indent, name, start, shown = parsed
            drawing.append((indent, name, at + start, shown))
        at += len(line)
    yield from _edges(drawing)


def _continues(line: str, drawing: list[_Line]) -> bool:
    """Whether *line* goes on with the remark of the one before: it is indented far."""
    match = _LINE.match(line.rstrip("\r\n"))
    return bool(drawing) and match is not None and _width(match["indent"]) > drawing[-1][0] + 8


def _below(line: str, drawing: list[_Line]) -> _Line | None:
    """A line without the name of a lock, where it stands in a drawing all the same."""
    match = _LINE.match(line.rstrip("\r\n"))
    if match is None or not drawing or _continues(line, drawing):
        return None
    indent = _width(match["indent"])
    if indent <= drawing[0][0] or len(match["rest"]) > _LONGEST:
        return None
    name = match["rest"].removeprefix("->").split(" (")[0].strip()
    return indent, f"[{name}]", match.start("rest"), match["rest"]


def _lock_line(line: str, words: Vocabulary) -> _Line | None:
    match = _LINE.match(line.rstrip("\r\n"))
    if match is None:
        return None
    named = _NAME.match(match["rest"])
    if named is None or not (named["arrow"] or _LOCKISH.search(named["name"])):
        return None
    name = named["name"].strip()
    if len(name.split()) > 3:
        return None
    return _width(match["indent"]), _canonical(name, words), match.start("rest"), match["rest"]


def _width(indent: str) -> int:
    return len(indent.expandtabs(_TAB))


def _canonical(name: str, words: Vocabulary) -> str:
    found = [m for m in words.mentions(name) if m.known]
    return found[0].locks[0] if len(found) == 1 and len(found[0].locks) == 1 else f"[{name}]"


def _edges(drawing: list[_Line]) -> Iterator[Edge]:
    if len(drawing) < _FEWEST or not any(not name.startswith("[") for _, name, _, _ in drawing):
        return
    above: list[tuple[int, str, str]] = []
    for indent, name, at, shown in drawing[:_MOST]:
        while above and above[-1][0] >= indent:
            above.pop()
        if above and above[-1][1] != name:
            yield Edge(above[-1][1], name, at, f"{above[-1][2]} > {shown}")
        above.append((indent, name, shown))
