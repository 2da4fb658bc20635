"""The parts of the main pages that come from the map: what ``.. lockmap:: NAME`` stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from lockmap.site.book import Book
from lockmap.site.charts import bars
from lockmap.site.graphs import Edge, Node, circle
from lockmap.site.links import Links
from lockmap.site.names import anchor, file_page
from lockmap.site.overview import (
    distance_bars,
    member_bars,
    overview,
    ruled_fields,
    section_bars,
)
from lockmap.site.render import Renderer
from lockmap.site.source_pages import STATE_WORDS
from lockmap.site.structs import others

MOST = 1000
"""Rows of one table of a main page."""
_DEEP = 2
"""Parts of the path of a subsystem that the main page lists."""
_WAYS = 12
"""Ways from one lock to another."""
_WORST = {"contradicts": 0, "code weaker": 1, "code stronger": 2, "agrees": 3}
"""Verdicts on documented rules: those to look at first."""
_Values = dict[str, Any]


def block(name: str, book: Book, render: Renderer, page: str) -> Markup:
    """The HTML of a block as it stands on *page*.  Raises ``KeyError`` for one we do not have."""
    values = BLOCKS[name](book, Links.of(book.catalog, page))
    return render.fill(f"blocks/{name}.html", page, **values)


def _overview(book: Book, _: Links) -> _Values:
    return {"o": overview(book)}


def _protected(book: Book, _: Links) -> _Values:
    return {"ruled": ruled_fields(book), "most": MOST}


def _charts(book: Book, links: Links) -> _Values:
    modes = (("for reading", "read"), ("for writing", "write"))
    count = (("functions", "count"),)
    members = member_bars(book, links)
    return {
        "sections": bars("Critical sections by subsystem", modes, section_bars(book, links)),
        "distances": bars(
            "Functions by calls from where the lock is taken", count, distance_bars(book)
        ),
        "members": members
        and bars("Functions by the member of a struct they are called through", count, members),
    }


def _structs(book: Book, _: Links) -> _Values:
    rows = [s for s in book.structs if s.concerned]
    rows.sort(key=lambda s: (-s.under, -s.total, s.name))
    listed = [(page, of[0].name, of[-1].name) for page, of in others(book.structs)]
    return {"rows": rows, "others": listed, "most": 2 * MOST}


def _subsystems(book: Book, _: Links) -> _Values:
    rows = [f for f in book.folders if f.path.count("/") < _DEEP]
    return {"rows": rows, "most": 2 * MOST}


def _functions(book: Book, _: Links) -> _Values:
    rows = book.function_folders
    pages = {folder.path: file_page("functions", folder.path) for folder in rows}
    return {"rows": rows, "pages": pages, "most": 3 * MOST}


def _order(book: Book, links: Links) -> _Values:
    ids = {(e.before, e.after): anchor("order", e.before, e.after) for e in book.edges}
    nodes = [
        Node(lock, lock, links.url(*book.catalog.locks[lock]), "", lock)
        for lock in book.tables.locks
    ]
    edges = [
        Edge(
            *(e.before, e.after, links.url("order", ids[e.before, e.after])),
            "call" if e.here else "pointer",
            f"{e.before} before {e.after}: {len(e.here)} places, {len(e.calls)} across calls",
        )
        for e in book.edges
    ]
    return {
        "graph": circle("Which lock is taken with which other held", nodes, edges),
        "edges": book.edges,
        "ids": ids,
        "states": STATE_WORDS,
        "most": _WAYS,
    }


def _locks(book: Book, _: Links) -> _Values:
    taken = Counter(s.lock for s in book.tables.sites if s.op in {"acquire", "try"} and s.direct)
    rows = []
    for lock in book.tables.locks:
        verdicts = Counter(s.paths for s in book.tables.sections if s.lock == lock)
        rows.append(
            {
                "name": lock,
                "id": anchor("lock", lock),
                "sites": taken[lock],
                "sections": verdicts.total(),
                "leaks": verdicts["leaks"],
                "unknown": verdicts["unknown"],
            }
        )
    return {"locks": rows}


def _documentation(book: Book, _: Links) -> _Values:
    rules = sorted(
        book.documented,
        key=lambda r: (_WORST.get(r.verdict, len(_WORST)), r.file, r.line, r.subject),
    )
    counts = Counter(
        "not understood" if rule.kind == "unread" else rule.verdict or "not compared"
        for rule in rules
    )
    return {
        "rules": rules,
        "verdicts": sorted(counts.items(), key=lambda item: (-item[1], item[0])),
        "most": MOST,
    }


def _broken(book: Book, _: Links) -> _Values:
    found = [
        (field, access)
        for struct in book.structs
        for field in struct.fields
        for access in field.accesses
        if access.violates
    ]
    return {"rows": found[:MOST], "hidden": max(len(found) - MOST, 0)}


def _diagnostics(book: Book, _: Links) -> _Values:
    return {
        "examined": book.examined,
        "diagnostics": book.tables.diagnostics,
        "most": MOST,
    }


def _scanned(book: Book, _: Links) -> _Values:
    meta = book.tables.meta
    names = {
        "kernel": "Linux",
        "revision": "git revision",
        "files": "files",
        "functions": "functions",
        "functions_read": "functions that name a lock's objects",
        "functions_whole": "of these, read whole",
        "accesses": "accesses of fields",
        "accesses_untyped": "accesses whose struct is not known",
        "locks": "locks",
        "lockmap": "lockmap",
    }
    rows = [(shown, _figure(meta[key])) for key, shown in names.items() if meta.get(key)]
    return {"rows": [*rows, ("lock of this site", book.tables.lock)]}


def _figure(text: str) -> str:
    return f"{int(text):,}" if text.isascii() and text.isdigit() else text


def _search(_: Book, __: Links) -> _Values:
    return {}


BLOCKS: Mapping[str, Callable[[Book, Links], _Values]] = {
    "overview": _overview,
    "protected": _protected,
    "charts": _charts,
    "structs": _structs,
    "subsystems": _subsystems,
    "functions": _functions,
    "order": _order,
    "locks": _locks,
    "documentation": _documentation,
    "broken": _broken,
    "diagnostics": _diagnostics,
    "scanned": _scanned,
    "search": _search,
}
