"""The many pages: one a struct, field, folder, part of the functions, part of a source file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from markupsafe import Markup

from lockmap.escape import visible
from lockmap.site.book import Book
from lockmap.site.evidence import SourcePage
from lockmap.site.folders import Folder, parents
from lockmap.site.function_rows import function_rows
from lockmap.site.functions import FunctionPage
from lockmap.site.links import Links
from lockmap.site.names import anchor, file_page
from lockmap.site.render import Renderer
from lockmap.site.source_pages import Margins, source_body
from lockmap.site.structs import Field, Struct, others
from lockmap.site.way_graph import way_graph

if TYPE_CHECKING:
    from lockmap.site.tree import Tree

PART = 1500
"""Accesses on one page."""
_MOST_MEMBERS, _MOST_CALLBACKS = 50, 25


@dataclass(frozen=True, slots=True)
class Body:
    """A page but for what the theme puts around it."""

    title: str
    html: Markup
    trouble: str = ""
    """What is wrong with its source, in words."""


@dataclass(frozen=True, slots=True)
class Job:
    """A page that can be made."""

    name: str
    make: Callable[[], Body]


@dataclass(frozen=True)
class Pages:
    """Makes the pages of a book."""

    book: Book
    render: Renderer
    margins: Margins
    tree: Tree | None
    """Where the lines of the source pages come from."""
    with_functions: frozenset[str]
    """Folders that hold functions which may run under the lock."""

    @classmethod
    def of(cls, book: Book, tree: Tree | None) -> Pages:
        """Prepare what all pages need."""
        render = Renderer(book.catalog, book.tables.lock)
        listed = frozenset(folder.path for folder in book.function_folders)
        return cls(book, render, Margins.of(book.tables), tree, listed)

    def jobs(self) -> Iterator[Job]:
        """Every page, in a fixed order."""
        for struct in self.book.structs:
            name = self.book.catalog.structs[struct.name]
            yield Job(name, partial(self.struct, name, struct))
            for field in struct.fields:
                yield from self._fields(field)
        for name, listed in others(self.book.structs):
            yield Job(name, partial(self.others, name, listed))
        for folder in self.book.folders:
            name = self.book.catalog.folders[folder.path]
            yield Job(name, partial(self.folder, name, folder))
        for page in self.book.function_pages:
            name = file_page("functions", page.folder, page.number)
            yield Job(name, partial(self.functions, name, page))
        if self.tree is not None:
            for of in self.book.catalog.shown.pages.values():
                for part in of:
                    yield Job(part.name, partial(self.source, part))

    def struct(self, name: str, struct: Struct) -> Body:
        """Fields, rules, evidence."""
        ids = {field.name: anchor(struct.name, field.name) for field in struct.fields}
        details = self.book.catalog.details
        html = self.render.fill(
            "struct.html",
            name,
            struct=struct,
            id=anchor(struct.name),
            ids=ids,
            evidence={key: f"#{place}.evidence" for key, place in ids.items()},
            details={f.name: details.get((struct.name, f.name), "") for f in struct.fields},
            documents=bool(self.book.documented),
            most=struct.few,
        )
        return Body(f"struct {visible(struct.name)}", html)

    def _fields(self, field: Field) -> Iterator[Job]:
        first = self.book.catalog.details.get((field.struct, field.name))
        if first is None:
            return
        count = -(-len(field.accesses) // PART)
        names = [first, *(f"{first}~{n}" for n in range(2, count + 1))]
        for number in range(1, count + 1):
            yield Job(names[number - 1], partial(self.field, names, number, field))

    def field(self, names: list[str], number: int, field: Field) -> Body:
        """All accesses of a field, or a part of them."""
        name = names[number - 1]
        html = self.render.fill(
            "field.html",
            name,
            field=field,
            rows=field.accesses[(number - 1) * PART : number * PART],
            number=number,
            pages=len(names),
            pager=self.render.pager(name, names, number),
        )
        return Body(f"{visible(field.struct)}.{visible(field.name)}", html)

    def others(self, name: str, listed: tuple[Struct, ...]) -> Body:
        """Structs that the lock has nothing to do with."""
        return Body("Other structs", self.render.fill("others.html", name, rows=listed))

    def folder(self, name: str, folder: Folder) -> Body:
        """All that a subsystem does with the lock."""
        functions = file_page("functions", folder.path)
        html = self.render.fill(
            "folder.html",
            name,
            folder=folder,
            above=parents(folder.path) if "/" in folder.path else (),
            functions=functions if folder.path in self.with_functions else "",
            graph=way_graph(self.book, folder, Links.of(self.book.catalog, name)),
            functions_by_key=self.book.tables.functions,
            most_members=_MOST_MEMBERS,
            most_callbacks=_MOST_CALLBACKS,
        )
        return Body(visible(folder.path), html)

    def functions(self, name: str, page: FunctionPage) -> Body:
        """A part of the functions that may run under the lock."""
        names = [file_page("functions", page.folder, n) for n in range(1, page.pages + 1)]
        targets = self.book.catalog.functions
        html = self.render.fill(
            "functions.html",
            name,
            page=page,
            rows=function_rows(
                ((row, targets[row.marked.key][1]) for row in page.rows),
                Links.of(self.book.catalog, name),
            ),
            pager=self.render.pager(name, names, page.number),
        )
        part = f", part {page.number}" if page.pages > 1 else ""
        return Body(f"Functions of {visible(page.folder)}{part}", html)

    def source(self, page: SourcePage) -> Body:
        """Lines of a file."""
        assert self.tree is not None
        links = Links.of(self.book.catalog, page.name)
        body, trouble = source_body(page, self.tree, self.margins, links)
        names = [part.name for part in self.book.catalog.shown.pages[page.file]]
        html = self.render.fill(
            "source.html",
            page.name,
            page=page,
            above=parents(page.file),
            body=body,
            trouble=trouble,
            public=links.public_url(page.file, page.windows[0].first),
            pager=self.render.pager(page.name, names, page.number),
        )
        return Body(visible(page.file), html, trouble and f"{page.file}: {trouble}")
