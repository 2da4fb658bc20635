"""What the search finds: every struct, field, folder, function and main page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lockmap.site.book import Book
from lockmap.site.search import Entry


def entries(book: Book, titles: Iterable[tuple[str, str]]) -> Iterator[Entry]:
    """All of them; *titles*: pages of the manual sort, and what they are called."""
    catalog, tables = book.catalog, book.tables
    for page, title in titles:
        yield Entry(title, "page", page, "", "", 0)
    for struct in book.structs:
        page = catalog.structs[struct.name]
        yield Entry(struct.name, "struct", page, "", f"{struct.total} accesses", 1)
        for field in struct.fields:
            rank = 1 if field.under else 2
            name = f"{struct.name}.{field.name}"
            yield Entry(name, "field", *catalog.fields[struct.name, field.name], "", rank)
    for folder in book.folders:
        where = f"{len(folder.sections)} sections"
        yield Entry(folder.path, "folder", catalog.folders[folder.path], "", where, 1)
    for key, marked in tables.marked.items():
        place = tables.functions[key]
        where = f"{place.file}:{place.line}"
        rank = 2 + marked.nearest.distance
        yield Entry(place.function, "function", *catalog.functions[key], where, rank)
