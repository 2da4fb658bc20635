"""Positions: from byte offsets of a function's text to lines and columns."""

from __future__ import annotations

from bisect import bisect_right

from tree_sitter import Node

from lockmap.facts.model import Position
from lockmap.syntax.lex import line_starts


class Text:
    """A function's text as written (comments blank, nothing masked), and its lines."""

    def __init__(self, clean: bytes) -> None:
        self.clean = clean
        self._starts = line_starts(clean)

    def position(self, offset: int) -> Position:
        """(line, column) of a byte offset, both from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, offset: int) -> int:
        """Line of a byte offset, from 1."""
        return bisect_right(self._starts, offset)

    def of(self, node: Node) -> str:
        """What is really written where *node* stands, on one line."""
        return self.between(node.start_byte, node.end_byte)

    def between(self, start: int, end: int) -> str:
        """The text of a span, with runs of blanks as one space."""
        return " ".join(
            self.clean[start:end].decode("utf-8", "replace").replace("\\\n", " ").split()
        )

    def word(self, offset: int) -> str:
        """The identifier that begins at *offset*, as written; empty where none does."""
        end = offset
        clean = self.clean
        while end < len(clean) and (clean[end : end + 1].isalnum() or clean[end] == 95):
            end += 1
        return clean[offset:end].decode("latin-1")
