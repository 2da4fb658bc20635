"""Which lines of the tree the site shows: whole functions of interest, windows around the rest."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lockmap.map.documented_records import DocumentedRule
from lockmap.site.folders import Folder
from lockmap.site.names import file_page
from lockmap.site.tables import Tables

AROUND = 2
"""Lines before and after one that is evidence by itself."""
NEAR = 1
"""The same for where a function begins, and where it is called: of these there are very many."""
PAGE_LINES = 3000
"""Lines on one page, at least: a function is not cut for less than ``_LONGEST``."""
_LONGEST = 6000


@dataclass(frozen=True, slots=True)
class Window:
    """Lines that are shown one after another."""

    first: int
    last: int
    """Inclusive."""


@dataclass(frozen=True, slots=True)
class SourcePage:
    """The windows of a file: all, or some of many."""

    file: str
    name: str
    """Of the page."""
    number: int
    """From 1."""
    pages: int
    windows: tuple[Window, ...]


@dataclass(frozen=True)
class Shown:
    """Where each line that is shown stands."""

    pages: Mapping[str, tuple[SourcePage, ...]]
    """By file."""
    starts: Mapping[str, tuple[tuple[int, int, int], ...]]
    """By file: first and last line of each window, and the index of its page."""

    def page(self, file: str, line: int) -> str:
        """The page that shows a line; empty where none does."""
        starts = self.starts.get(file)
        if not starts:
            return ""
        at = bisect_right(starts, (line, 1 << 60, 0)) - 1
        if at < 0 or starts[at][1] < line:
            return ""
        return self.pages[file][starts[at][2]].name


NOTHING_SHOWN = Shown({}, {})


def shown(
    tables: Tables, folders: Iterable[Folder], documented: Sequence[DocumentedRule] = ()
) -> Shown:
    """Plan the pages."""
    wanted: dict[str, list[tuple[int, int]]] = {}
    said = [(rule.file, rule.line) for rule in documented]
    said += [place[:2] for rule in documented for place in rule.violations]
    around = (_around(place) for place in said if place[1] > 0)
    for file, first, last in (*_wanted(tables, folders), *around):
        if first > 0 and first <= last < first + (1 << 20):
            wanted.setdefault(file, []).append((first, last))
    pages: dict[str, tuple[SourcePage, ...]] = {}
    starts = {}
    for file in sorted(wanted):
        parts = list(_parts(_merged(wanted[file])))
        pages[file] = tuple(
            SourcePage(file, file_page("source", file, n), n, len(parts), tuple(part))
            for n, part in enumerate(parts, 1)
        )
        starts[file] = tuple(
            (window.first, window.last, index)
            for index, part in enumerate(parts)
            for window in part
        )
    return Shown(pages, starts)


def _wanted(tables: Tables, folders: Iterable[Folder]) -> Iterator[tuple[str, int, int]]:
    """File, first and last line."""
    for span in tables.spans:
        yield span.file, span.line, span.end_line
    single: set[tuple[str, int]] = {(access.file, access.line) for access in tables.accesses}
    single |= {(site.file, site.line) for site in tables.sites}
    single |= {(put.file, put.line) for put in tables.puts}
    single |= {(d.file, d.line) for d in tables.diagnostics}
    single |= {(c.file, c.line) for c in tables.contracts}
    for folder in folders:
        for member in folder.members:
            single |= {(s.file, s.line) for s in (member.way.steps if member.way else ())}
    # Line 0 means a file, or even a folder, as a whole.
    yield from (_around(place) for place in single if place[1] > 0)
    for marked in tables.marked.values():
        place = tables.functions[marked.key]
        caller = tables.functions[marked.nearest.caller].file
        for file, line in ((place.file, place.line), (caller, marked.nearest.line)):
            yield file, max(line - NEAR, 1), line + NEAR


def _around(place: tuple[str, int]) -> tuple[str, int, int]:
    file, line = place
    return file, max(line - AROUND, 1), line + AROUND


def _merged(windows: list[tuple[int, int]]) -> list[Window]:
    """Without overlaps, in order; long ones are cut."""
    merged: list[list[int]] = []
    for first, last in sorted(windows):
        if merged and first <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    return [
        Window(start, min(start + _LONGEST - 1, last))
        for first, last in merged
        for start in range(first, last + 1, _LONGEST)
    ]


def _parts(windows: list[Window]) -> Iterator[list[Window]]:
    """The windows of one page after the other."""
    part: list[Window] = []
    lines = 0
    for window in windows:
        length = window.last - window.first + 1
        if part and lines + length > PAGE_LINES:
            yield part
            part, lines = [], 0
        part.append(window)
        lines += length
    if part:
        yield part
