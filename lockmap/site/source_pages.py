"""The pages that show lines of the tree, with the lock state in the margin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from lockmap.escape import visible
from lockmap.map.records import Span
from lockmap.site.colour import coloured
from lockmap.site.evidence import SourcePage, Window
from lockmap.site.html import escaped, safe
from lockmap.site.links import Links
from lockmap.site.tables import Tables
from lockmap.site.tree import TAB, Tree

MOST = 850_000
"""Bytes of the lines of one page."""
_WIDEST = 400
"""Characters of a line that are shown."""
_C = (".c", ".h", ".S")
_OVERHEAD = 90
"""Bytes around one line, about."""

STATE_WORDS = {
    "R": "held for reading",
    "W": "held for writing",
    "H": "held, in a mode not known",
    "R/W": "held, in a mode that depends on the path",
    "R?": "held for reading on some paths",
    "W?": "held for writing on some paths",
    "R/W?": "held on some paths",
    "H?": "held on some paths",
    "c": "as the caller left it",
    "-": "not held: what the caller held was dropped",
    "-?": "dropped on some paths",
    "x": "no followed path comes here",
}


@dataclass(frozen=True)
class Margins:
    """What stands beside the lines of each file."""

    states: Mapping[str, Mapping[int, str]]
    """Of the site's lock, by file and line."""
    marks: Mapping[str, Mapping[int, str]]
    """``>`` works on the lock, ``~`` a callee does, ``!`` breaks a rule."""
    spans: Mapping[str, tuple[Span, ...]]

    @classmethod
    def of(cls, tables: Tables) -> Margins:
        """Sort the rows of the map by file."""
        states = {
            file: {row.line: row.state for row in rows if row.lock == tables.lock}
            for file, rows in tables.states.items()
        }
        marks: dict[str, dict[int, str]] = {}
        for access in tables.accesses:
            if access.violates:
                marks.setdefault(access.file, {})[access.line] = "!"
        for site in tables.sites:
            if site.lock == tables.lock:
                of = marks.setdefault(site.file, {})
                if site.direct or site.line not in of:
                    of[site.line] = ">" if site.direct else "~"
        spans: dict[str, list[Span]] = {}
        for span in tables.spans:
            spans.setdefault(span.file, []).append(span)
        return cls(states, marks, {file: tuple(of) for file, of in spans.items()})


def source_body(page: SourcePage, tree: Tree, margins: Margins, links: Links) -> tuple[Markup, str]:
    """The windows of a page as HTML, and what is wrong with the file in words."""
    lines, trouble = tree.lines(page.file)
    count = sum(window.last - window.first + 1 for window in page.windows)
    widest = _WIDEST
    while True:
        body = Markup("\n").join(
            _window(page.file, window, lines, margins, links, widest) for window in page.windows
        )
        if len(body.encode("utf-8", "replace")) < MOST or widest < 2 * TAB:
            return body, trouble
        widest = min(widest // 2, max(MOST // count - _OVERHEAD, TAB))


def _window(
    file: str, window: Window, lines: list[bytes], margins: Margins, links: Links, widest: int
) -> Markup:
    states, marks = margins.states.get(file, {}), margins.marks.get(file, {})
    numbers = range(window.first, window.last + 1)
    texts = [_text(lines, number, widest) for number in numbers]
    rows = [
        f'<span id="L{number}"><a href="#L{number}">{number}</a>'
        f"{_margin(states.get(number, ''), marks.get(number, ''))}{code}\n</span>"
        for number, code in zip(numbers, _coloured(file, texts), strict=True)
    ]
    starting = [s for s in margins.spans.get(file, ()) if window.first <= s.line <= window.last]
    heads = Markup(", ").join(
        Markup('<a href="#L{}">{}</a>{}').format(
            span.line, safe(span.function), _reached(file, span, links)
        )
        for span in starting
    )
    title = Markup("<p>Functions of interest: {}</p>").format(heads) if starting else Markup("")
    code = escaped("".join(rows))
    label = f"Lines {window.first} to {window.last}"
    return Markup(
        '{}<div class="lm-code" role="region" tabindex="0" aria-label="{}"><pre>{}</pre></div>'
    ).format(title, label, code)


def _coloured(file: str, texts: list[str]) -> list[str]:
    """Documents are no C."""
    return coloured(texts) if file.endswith(_C) else [str(safe(text)) for text in texts]


def _reached(file: str, span: Span, links: Links) -> Markup:
    target = links.catalog.by_place.get((file, span.function))
    if target is None:
        return Markup("")
    return Markup(' (<a href="{}">how it is reached</a>)').format(links.url(*target))


def _margin(state: str, mark: str) -> str:
    shown = ""
    if state:
        words = STATE_WORDS.get(state, "")
        kind = {"R": "r", "W": "w", "H": "w", "-": "n"}.get(state[:1], "")
        shown = f'<b class="{kind}" title="{escape(words)}">{safe(state)}</b>'
    elif mark:
        shown = "<b></b>"
    return shown + (f"<u>{escape(mark)}</u>" if mark else "")


def _text(lines: list[bytes], number: int, widest: int) -> str:
    if number > len(lines):
        return ""
    text = lines[number - 1].decode("utf-8", "backslashreplace").rstrip("\r").expandtabs(TAB)
    text = visible(text)
    return text if len(text) <= widest else f"{text[:widest]} ..."
