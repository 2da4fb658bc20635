"""Pages that a theme drew around nothing, into which thousands of ours are put.

A theme takes some milliseconds a page, for what is the same on all: only links differ, and only
by how deep the page lies.  So one page of each depth is drawn, and filled again and again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from markupsafe import escape

from lockmap.errors import LockmapError
from lockmap.site.pages import Body

TITLE, BODY = "lockmapshelltitle", "lockmapshellbody"
"""What stands in a shell where the title and the body go."""


@dataclass(frozen=True, slots=True)
class Shell:
    """The text around a page, cut where something goes in: title or body."""

    pieces: tuple[tuple[str, str], ...]
    """Text, and what follows it: ``title``, ``body`` or nothing."""

    def filled(self, body: Body) -> str:
        """The whole page."""
        values = {"title": str(escape(body.title)), "body": str(body.html), "": ""}
        return "".join(f"{text}{values[then]}" for text, then in self.pieces)


def shell_name(depth: int) -> str:
    """A page to draw, in as many folders."""
    return "/".join(["lockmap-shell"] * (depth + 1))


def shells(folder: Path, depths: Iterable[int]) -> dict[int, Shell]:
    """Take the shells out of the folder that they were drawn in."""
    found = {}
    for depth in sorted(depths, reverse=True):
        path = folder / f"{shell_name(depth)}.html"
        found[depth] = _cut(path.read_text(encoding="utf-8"))
        path.unlink()
        if depth:
            path.parent.rmdir()
    return found


def _cut(text: str) -> Shell:
    # A theme's template leaves blanks that would be in every page.
    text = re.sub(r"\s*\n\s*", "\n", text)
    pieces: list[tuple[str, str]] = []
    marks = {TITLE: "title", BODY: "body"}
    while True:
        at = {text.find(mark): mark for mark in marks if mark in text}
        if not at:
            pieces.append((text, ""))
            break
        first = min(at)
        pieces.append((text[:first], marks[at[first]]))
        text = text[first + len(at[first]) :]
    if sum(then == "body" for _, then in pieces) != 1:
        raise LockmapError("the theme shows the body of a page not once", "use another --theme")
    return Shell(tuple(pieces))
