"""The kernel-doc comment of a function, and a ``Context:`` section put into it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

_HEAD_LINES = 6
"""A function's head may be so many lines long, before its name."""
_CONTEXT = re.compile(rb"^\s*\*\s*@?context\s*:", re.IGNORECASE)
_RETURN = re.compile(rb"^\s*\*\s*@?returns?\s*:", re.IGNORECASE)
_EMPTY = re.compile(rb"^\s*\*\s*$")
_END = re.compile(rb"^([ \t]*)\*+/\s*$")
_COLUMNS = 80


@dataclass(frozen=True, slots=True)
class Comment:
    """A kernel-doc comment, by numbers of lines from 0."""

    first: int
    """The line with ``/**``."""
    last: int
    """The line with the end of the comment."""


def comment_of(lines: Sequence[bytes], function: str, line: int) -> Comment | None:
    """The kernel-doc comment right above the function that stands on *line* (from 1).

    None where there is none, or it is that of something else.
    """
    at = line - 2
    if not 0 <= at < len(lines):
        return None
    for _ in range(_HEAD_LINES):
        if at < 0 or _END.match(lines[at]):
            break
        # A line of the head: the type that the function returns, or a word for the compiler.
        if re.search(rb"[;}#/*]", lines[at].replace(b" *", b"").rstrip()) or not lines[at].strip():
            return None
        at -= 1
    if at < 0 or not _END.match(lines[at]):
        return None
    last = at
    while at > 0 and not lines[at].lstrip().startswith(b"/*"):
        at -= 1
    if lines[at].strip() != b"/**" or at + 1 >= last:
        return None
    name = re.escape(function.encode())
    if not re.match(rb"^\s*\*\s*(?:function\s+)?%s\s*(?:\(.*?\))?\s*[-:]" % name, lines[at + 1]):
        return None
    return Comment(at, last)


def has_context(lines: Sequence[bytes], comment: Comment) -> bool:
    """Whether it says in which context the function runs."""
    return any(_CONTEXT.match(line) for line in lines[comment.first : comment.last])


def with_context(
    lines: Sequence[bytes], comment: Comment, sentences: Sequence[str]
) -> tuple[int, list[bytes]]:
    """Where (a line from 0) a ``Context:`` section goes, and its lines.

    Before what the function returns, as the kernel's guide has it, else at the end.
    """
    match = _END.match(lines[comment.last])
    indent = (match[1] if match else b" ").decode("ascii")
    end = b"\r\n" if lines[comment.last].endswith(b"\r\n") else b"\n"
    lead = f"{indent}* Context: "
    text = wrap(
        " ".join(sentences),
        _COLUMNS,
        initial_indent=lead,
        subsequent_indent=f"{indent}*" + " " * (len(lead) - len(indent) - 1),
        break_long_words=False,
        break_on_hyphens=False,
    )
    added = [line.encode() + end for line in text]
    empty = f"{indent}*".encode() + end
    for at in range(comment.first + 2, comment.last):
        if _RETURN.match(lines[at]):
            return at, [*added, empty] if _EMPTY.match(lines[at - 1]) else added
    if _EMPTY.match(lines[comment.last - 1]):
        return comment.last, added
    return comment.last, [empty, *added]
