"""The figures and pictures of the first page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lockmap.ask.who import folder_of
from lockmap.site.book import Book
from lockmap.site.charts import Bar
from lockmap.site.functions import distances
from lockmap.site.links import Links
from lockmap.site.structs import Field

_MOST_BARS = 24
_FAR = 20
_NO_VERDICT = frozenset({"", "not compared"})


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures."""

    acquisitions: int
    sections: int
    read: int
    write: int
    reached: int
    functions: int
    """Of the whole tree."""
    must: int
    ruled: int
    fields: int
    broken: int
    documented: int
    compared: int
    """Of the documented rules, those with a verdict."""


def overview(book: Book) -> Overview:
    """Count."""
    tables = book.tables
    sections = [s for s in tables.sections if s.lock == tables.lock]
    functions = tables.meta.get("functions", "")
    return Overview(
        sum(
            s.lock == tables.lock and s.op in {"acquire", "try"} and s.direct and not s.definition
            for s in tables.sites
        ),
        len(sections),
        sum(s.mode == "read" for s in sections),
        sum(s.mode == "write" for s in sections),
        len(tables.marked),
        int(functions) if functions.isascii() and functions.isdigit() else 0,
        sum(marked.must != "none" for marked in tables.marked.values()),
        sum(struct.ruled for struct in book.structs),
        sum(len(struct.fields) for struct in book.structs),
        sum(struct.broken for struct in book.structs),
        len(book.documented),
        sum(rule.verdict not in _NO_VERDICT for rule in book.documented),
    )


def ruled_fields(book: Book) -> list[Field]:
    """The fields that need a lock, those with most accesses first."""
    found = [field for struct in book.structs for field in struct.fields if field.ruled]
    return sorted(found, key=lambda f: (-len(f.accesses), f.struct, f.name))


def section_bars(book: Book, links: Links) -> list[Bar]:
    """Sections by subsystem and mode, most first."""
    counts: dict[str, Counter[str]] = {}
    for section in book.tables.sections:
        if section.lock == book.tables.lock:
            counts.setdefault(folder_of(section.file), Counter())[section.mode] += 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1].total(), item[0]))
    rows = [
        Bar(path, (of["read"], of["write"] + of["any"]), _url(book, links, path))
        for path, of in ordered[:_MOST_BARS]
    ]
    rest: Counter[str] = sum((of for _, of in ordered[_MOST_BARS:]), Counter())
    if rest:
        rows.append(
            Bar("all others", (rest["read"], rest["write"] + rest["any"]), "subsystems.html")
        )
    return rows


def distance_bars(book: Book) -> list[Bar]:
    """Functions by the calls between them and where the lock is taken."""
    counts: Counter[int] = Counter()
    for distance, number in distances(book.tables):
        counts[min(distance, _FAR)] += number
    return [
        Bar(f"{n} call{'s' * (n > 1)}{' or more' * (n == _FAR)}", (counts[n],), "functions.html")
        for n in sorted(counts)
    ]


def member_bars(book: Book, links: Links) -> list[Bar]:
    """Functions that are reached directly through a member of a struct, by member."""
    counts: Counter[str] = Counter()
    for marked in book.tables.marked.values():
        kind, _, member = marked.nearest.how.partition(" ")
        if kind == "callback":
            counts[member] += 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_BARS]
    found = []
    for member, number in ordered:
        struct, _, name = member.rpartition(".")
        target = book.catalog.fields.get((struct, name))
        found.append(Bar(member, (number,), links.url(*target) if target else ""))
    return found


def _url(book: Book, links: Links, path: str) -> str:
    page = book.catalog.folders.get(path)
    return links.url(page) if page else ""
