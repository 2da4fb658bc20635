"""reStructuredText as the kernel writes it: text as text, simple tables, literal blocks, comments.

Whatever comes out of a tree is hostile: it is shown, and never means anything to docutils.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Literal

from lockmap.escape import visible

_SPECIAL = re.compile(r"[\\*`|]|_(?![A-Za-z0-9])|:(?=\S)|(?<=[:\\]):|@(?=\w)")
"""What would be markup: references end in an underscore, literal blocks follow two colons."""
_COMMENT = 97
"""Columns of a comment, without its indent."""
_LONGEST_WORD = 60
"""Columns; a longer word is cut, so that no table gets as wide as somebody's comment."""
_NUMBERED = re.compile(r"(?:\d+|[A-Za-z]|[ivxlcdm]+|[IVXLCDM]+|#)[.)]$")
"""A first word that would begin a numbered list."""


@dataclass(frozen=True, slots=True)
class Markup:
    """Words that are markup already: ``:c:member:`!vm_start``` or ``[1]_``."""

    text: str


Inline = Markup | str
Cell = Sequence[Inline]
"""Parts of a cell, put together without blanks: words as they are, and markup."""


def role(name: Literal["member", "struct", "func", "type", "macro"], target: str) -> Markup:
    """A word in a role of the C domain that is not looked up, as process_addrs.rst has them."""
    if not re.fullmatch(r"[\w.>-]+", target):
        return Markup(escaped(target))
    return Markup(f":c:{name}:`!{target}`")


def escaped(text: str) -> str:
    """Text in one line that docutils shows letter by letter."""
    shown = visible(" ".join(text.split()))
    return _SPECIAL.sub(lambda match: "\\" + match[0], shown)


def width(text: str) -> int:
    """Columns of text, as docutils counts those of a table."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def wrapped(cell: Cell, columns: int) -> list[str]:
    """The lines of a cell; a word that is longer than *columns* makes a wider line."""
    lines: list[str] = []
    for word in _words(cell):
        if lines and width(lines[-1]) + 1 + width(word) <= columns:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return [_harmless(line) for line in lines]


def paragraph(cell: Cell, columns: int = 80) -> str:
    """A paragraph of text and markup."""
    return "\n".join(wrapped(cell, columns)) + "\n"


def table(heads: Sequence[str], rows: Sequence[Sequence[Cell]], widths: Sequence[int]) -> str:
    """A simple table: columns of *widths* that are wrapped there; the first never empty."""
    cells = [[wrapped(cell, columns) for cell, columns in zip(row, widths, strict=True)]
             for row in rows]  # fmt: skip
    found = [
        max([width(head), 1, *(width(line) for row in cells for line in row[column])])
        for column, head in enumerate(heads)
    ]
    rule = " ".join("=" * columns for columns in found)
    lines = [rule, _row(heads, found), rule]
    for row in cells:
        # Text in the first column begins a row: where it has more lines than one, docutils would
        # begin another, so that there it goes without being wrapped.
        first = [" ".join(row[0]) or "\\"]
        height = max(len(first), *(len(cell) for cell in row[1:])) if len(row) > 1 else 1
        lines += [
            _row([cell[at] if at < len(cell) else "" for cell in (first, *row[1:])], found)
            for at in range(height)
        ]
    return "\n".join([*lines, rule]) + "\n"


def titled(text: str, title: str) -> str:
    """A table with a title, as ``.. table:: Core fields``."""
    return f".. table:: {escaped(title)}\n\n{indented(text)}\n"


def heading(text: str, underline: str, *, over: bool = False) -> str:
    """A title of a section, with a rule of *underline*."""
    shown = escaped(text)
    rule = underline * width(shown)
    return f"{rule}\n{shown}\n{rule}\n" if over else f"{shown}\n{rule}\n"


def literal(lines: Sequence[str], indent: str = "\t") -> str:
    """A block of text that nothing is read in; to stand after ``::`` and a blank line."""
    return "".join(f"{indent}{plain_code(line)}".rstrip() + "\n" for line in lines)


def plain_code(line: str) -> str:
    """A line of code, its tabs kept."""
    return "\t".join(visible(part) for part in line.split("\t"))


def comment(lines: Sequence[str]) -> str:
    """What only a reader of the source sees; nothing in it is markup."""
    shown = [part for line in lines for part in _folded(visible(line).rstrip())]
    # A blank line right after the two dots would end the comment.
    return "..\n" + "".join(f"   {line or '.'}\n" for line in shown)


def _folded(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()))
    return wrap(line, _COMMENT, subsequent_indent=indent + "  ", break_long_words=False,
                break_on_hyphens=False) or [""]  # fmt: skip


def indented(text: str, by: str = "   ") -> str:
    """A block of lines, further to the right."""
    return "".join(f"{by}{line}\n" if line else "\n" for line in text.splitlines())


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    pairs = zip(cells, widths, strict=True)
    parts = [cell + " " * (columns - width(cell)) for cell, columns in pairs]
    return " ".join(parts).rstrip()


def _words(cell: Cell) -> list[str]:
    """What a cell is broken at: words of text, escaped, with the markup that touches them."""
    found: list[str] = []
    touching = False
    for part in cell:
        if isinstance(part, Markup):
            words, before, after = [part.text], True, True
        else:
            pieces = [p for word in part.split() for p in _cut(word)]
            words = [escaped(piece) for piece in pieces]
            before, after = not part[:1].isspace(), not part[-1:].isspace()
        if not words:
            touching = touching and not part[:1].isspace() if isinstance(part, str) else touching
            continue
        if touching and before and found:
            found[-1] += words.pop(0)
        found += words
        touching = after
    return found


def _cut(word: str) -> list[str]:
    return [word[at : at + _LONGEST_WORD] for at in range(0, len(word), _LONGEST_WORD)]


def _harmless(line: str) -> str:
    """A line that begins no list, title, option or block."""
    first = line.split(" ", 1)[0]
    if _NUMBERED.match(first):
        return f"{first[:-1]}\\{first[-1]}{line[len(first) :]}"
    if not line.strip("\\"):
        return f"\\ {line}"  # else the rule below a title
    plainly = line[0].isalnum() or line.startswith((":c:", "[", "\\"))
    return line if plainly else "\\" + line
