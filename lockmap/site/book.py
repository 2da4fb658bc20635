"""Everything that the site shows, from one map, before a page is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lockmap.map.documented_records import DocumentedRule
from lockmap.map.read import Map
from lockmap.site.evidence import NOTHING_SHOWN, shown
from lockmap.site.folders import Folder, folders
from lockmap.site.functions import FunctionFolder, FunctionPage, function_folders
from lockmap.site.links import Catalog, Target
from lockmap.site.names import anchor, file_page, page_name
from lockmap.site.order import Edge, order
from lockmap.site.public import public_template
from lockmap.site.quality import Examined, examined
from lockmap.site.structs import Struct, structs
from lockmap.site.tables import Tables, load
from lockmap.site.ways import Ways


@dataclass(frozen=True)
class Book:
    """The site's content."""

    tables: Tables
    structs: tuple[Struct, ...]
    folders: tuple[Folder, ...]
    function_folders: tuple[FunctionFolder, ...]
    function_pages: tuple[FunctionPage, ...]
    edges: tuple[Edge, ...]
    examined: tuple[Examined, ...]
    documented: tuple[DocumentedRule, ...]
    catalog: Catalog
    objects: tuple[tuple[str, str, str, str], ...]
    """Name, type in the C domain, page and place: what other documents may refer to."""


def make_book(
    opened: Map,
    lock: str,
    source_url: str | None,
    documented: Iterable[DocumentedRule] = (),
    *,
    with_source: bool = True,
) -> Book:
    """Read the map.  Raises ``MapError``, and ``LockmapError`` for a wrong *source_url*."""
    tables = load(opened, lock)
    rules = tuple(documented)
    ways = Ways.of(tables)
    found_structs = structs(tables, _by_subject(rules))
    found_folders = folders(tables, ways)
    listed, pages = function_folders(tables)
    functions = _function_places(pages)
    catalog = Catalog(
        {struct.name: page_name("structs", struct.name) for struct in found_structs},
        {
            (struct.name, field.name): (
                page_name("structs", struct.name),
                anchor(struct.name, field.name),
            )
            for struct in found_structs
            for field in struct.fields
        },
        {
            (struct.name, field.name): page_name("structs", struct.name, field.name)
            for struct in found_structs
            for field in struct.fields
            if len(field.accesses) > struct.few
        },
        {folder.path: file_page("subsystems", folder.path) for folder in found_folders},
        functions,
        _by_place(tables, functions),
        {name: ("order", anchor("lock", name)) for name in tables.locks},
        shown(tables, found_folders, rules) if with_source else NOTHING_SHOWN,
        public_template(source_url, tables.meta.get("kernel", "")),
    )
    return Book(
        *(tables, found_structs, found_folders, listed, pages),
        order(opened, tables),
        examined(opened, tables),
        rules,
        catalog,
        _objects(found_structs, tables, catalog),
    )


def _function_places(pages: Sequence[FunctionPage]) -> dict[int, Target]:
    """The row of each function; of two with one name on a page, the later says its line, too."""
    found: dict[int, Target] = {}
    for page in pages:
        name = file_page("functions", page.folder, page.number)
        taken: set[str] = set()
        for at, row in enumerate(page.rows):
            place = anchor(row.place.function)
            if place in taken:
                place = anchor(row.place.function, str(row.place.line))
            if place in taken:
                place = anchor(row.place.function, str(row.place.line), str(at))
            taken.add(place)
            found[row.marked.key] = (name, place)
    return found


def _by_place(tables: Tables, functions: dict[int, Target]) -> dict[tuple[str, str], Target]:
    found: dict[tuple[str, str], Target] = {}
    for key, target in functions.items():
        place = tables.functions[key]
        found.setdefault((place.file, place.function), target)
    return found


def _objects(
    found: Sequence[Struct], tables: Tables, catalog: Catalog
) -> tuple[tuple[str, str, str, str], ...]:
    """Structs, fields and functions; of functions of one name, the nearest to the lock."""
    objects = []
    for struct in found:
        page = catalog.structs[struct.name]
        objects.append((struct.name, "struct", page, anchor(struct.name)))
        objects += [
            (f"{struct.name}.{f.name}", "member", *catalog.fields[struct.name, f.name])
            for f in struct.fields
        ]
    taken = {name for name, *_ in objects}
    for key in sorted(
        catalog.functions, key=lambda k: (tables.marked[k].nearest.distance, catalog.functions[k])
    ):
        name = tables.functions[key].function
        if name not in taken:
            taken.add(name)
            objects.append((name, "function", *catalog.functions[key]))
    return tuple(sorted(objects))


def _by_subject(rules: Iterable[DocumentedRule]) -> dict[str, tuple[DocumentedRule, ...]]:
    """The rules by what they are about."""
    found: dict[str, list[DocumentedRule]] = {}
    for rule in rules:
        found.setdefault(rule.subject, []).append(rule)
    return {subject: tuple(of) for subject, of in found.items()}
