"""The functions that may run under the lock, by folder."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lockmap.map.read_functions import FunctionPlace
from lockmap.site.tables import Marked, Tables

MOST = 600
"""Functions on one page."""


@dataclass(frozen=True, slots=True)
class Row:
    """A function that may run under the lock."""

    place: FunctionPlace
    marked: Marked
    caller: FunctionPlace
    """Who calls it, on the likeliest way."""


@dataclass(frozen=True, slots=True)
class FunctionPage:
    """Functions of one folder: all, or some of many."""

    folder: str
    number: int
    """From 1."""
    pages: int
    total: int
    """Functions of the folder."""
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class FunctionFolder:
    """How many functions of a folder may run under the lock."""

    path: str
    total: int
    must: int
    nearest: int
    """The shortest distance of one of them."""


def function_folders(tables: Tables) -> tuple[tuple[FunctionFolder, ...], tuple[FunctionPage, ...]]:
    """The folders that hold such functions, and their pages."""
    rows: dict[str, list[Row]] = {}
    # In the order of file and line, as the tables are.
    for key, place in tables.functions.items():
        marked = tables.marked.get(key)
        if marked is not None:
            folder = place.file.rpartition("/")[0] or "."
            caller = tables.functions[marked.nearest.caller]
            rows.setdefault(folder, []).append(Row(place, marked, caller))
    folders = []
    pages: list[FunctionPage] = []
    for path in sorted(rows):
        of = rows[path]
        must = sum(row.marked.must != "none" for row in of)
        nearest = min(row.marked.nearest.distance for row in of)
        folders.append(FunctionFolder(path, len(of), must, nearest))
        count = -(-len(of) // MOST)
        for number in range(1, count + 1):
            part = tuple(of[(number - 1) * MOST : number * MOST])
            pages.append(FunctionPage(path, number, count, len(of), part))
    return tuple(folders), tuple(pages)


def distances(tables: Tables) -> tuple[tuple[int, int], ...]:
    """(calls from the function that takes the lock, functions that are reached by so many)."""
    return tuple(sorted(Counter(m.nearest.distance for m in tables.marked.values()).items()))
