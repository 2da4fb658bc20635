"""A page of text: headings, lines and words in colour where a person looks."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TextIO

from lockmap.cli.output import STYLES, prepared, use_colour
from lockmap.escape import visible

_BOLD, _DIM = "1", "2"
_GAP = 2


@dataclass(slots=True)
class Page:
    """Writes to standard output; whatever could steer a terminal is shown escaped."""

    stream: TextIO = field(default_factory=lambda: prepared(sys.stdout))
    colour: bool = False
    _begun: bool = False

    def __post_init__(self) -> None:
        self.colour = use_colour(self.stream)

    def title(self, text: str) -> None:
        """The first line of an answer, a blank line before it if it is not the first."""
        if self._begun:
            self._write("")
        self._write(self._styled(text, _BOLD))

    def heading(self, text: str) -> None:
        """The head of a part of an answer."""
        self._write("")
        self._write(self._styled(text, _BOLD))

    def line(self, text: str, indent: int = 2) -> None:
        """A line of a part."""
        self._write(" " * indent + visible(text))

    def quiet(self, text: str, indent: int = 2) -> None:
        """A line that is less than the others: source text, what was left out."""
        self._write(" " * indent + self._styled(text, _DIM))

    def table(self, rows: Sequence[Sequence[str]], indent: int = 2, *, numbers: int = 0) -> None:
        """Cells in columns, the first row the heads; the last *numbers* columns to the right."""
        shown = [[visible(cell) for cell in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
        first_number = len(widths) - numbers
        for index, row in enumerate(shown):
            cells = []
            for at, (cell, width) in enumerate(zip(row, widths, strict=True)):
                pad = " " * (width - len(cell))
                style = _DIM if index == 0 else STYLES.get(cell, "")
                text = f"\x1b[{style}m{cell}\x1b[0m" if self.colour and style and cell else cell
                cells.append(pad + text if at >= first_number else text + pad)
            self._write((" " * indent + (" " * _GAP).join(cells)).rstrip())

    def end(self) -> None:
        """A broken pipe must show here, where it is handled, not at exit."""
        self.stream.flush()

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{visible(text)}\x1b[0m" if self.colour else visible(text)

    def _write(self, line: str) -> None:
        self._begun = True
        self.stream.write(line.rstrip() + "\n")


def plural(number: int, word: str, words: str = "") -> str:
    """``1 call``, ``2 calls``, ``1,024 calls``."""
    return f"{number:,} {word if number == 1 else words or word + 's'}"
