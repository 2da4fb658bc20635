"""Where things stand: pages of the site, places in them, and the public cross-referencer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup, escape

from lockmap.map.read_functions import FunctionPlace
from lockmap.site.evidence import Shown
from lockmap.site.html import breakable, escaped, safe

Target = tuple[str, str]
"""A page and the id of a place in it (empty: the page as a whole)."""


@dataclass(frozen=True)
class Catalog:
    """The pages of the site by what they are about."""

    structs: Mapping[str, str]
    fields: Mapping[tuple[str, str], Target]
    """By struct and field: the row of the field."""
    details: Mapping[tuple[str, str], str]
    """By struct and field: the page of its own, if it has one."""
    folders: Mapping[str, str]
    functions: Mapping[int, Target]
    """By key."""
    by_place: Mapping[tuple[str, str], Target]
    """By file and name of a function."""
    locks: Mapping[str, Target]
    shown: Shown
    public: str
    """Template of the address of a line elsewhere, with ``{file}`` and ``{line}``; or empty."""


@dataclass(frozen=True)
class Links:
    """Links from one page; every text is escaped, every address is ours or of the template."""

    catalog: Catalog
    up: str
    """From the page's folder to the top: ``../../``."""

    @classmethod
    def of(cls, catalog: Catalog, page: str) -> Links:
        """Those from *page*."""
        return cls(catalog, "../" * page.count("/"))

    def url(self, page: str, place: str = "") -> str:
        """The address of a place; the names of both are ours, and need no escaping."""
        return f"{self.up}{page}.html{'#' + place if place else ''}"

    def to(self, target: Target | None, shown: Markup) -> Markup:
        """A link, or the text alone where there is nothing to lead to."""
        if target is None:
            return shown
        return escaped(f'<a href="{self.url(*target)}">{shown}</a>')

    def struct(self, name: str) -> Markup:
        """A struct."""
        page = self.catalog.structs.get(name)
        return self.to((page, "") if page else None, breakable(name))

    def field(self, struct: str, name: str, text: str = "") -> Markup:
        """``STRUCT.FIELD``, or *text*."""
        target = self.catalog.fields.get((struct, name))
        return self.to(target, breakable(text or f"{struct}.{name}"))

    def folder(self, path: str, text: str = "") -> Markup:
        """A folder of the tree."""
        page = self.catalog.folders.get(path)
        return self.to((page, "") if page else None, breakable(text or path))

    def function(self, place: FunctionPlace) -> Markup:
        """A function of the tables."""
        target = self.catalog.functions.get(place.key) if place.key is not None else None
        return self.to(target, breakable(place.function))

    def named(self, file: str, name: str) -> Markup:
        """A function by its file and name."""
        return self.to(self.catalog.by_place.get((file, name)), breakable(name))

    def lock(self, name: str) -> Markup:
        """A lock."""
        return self.to(self.catalog.locks.get(name), safe(name))

    def how(self, how: str) -> Markup:
        """How something is called: ``callback STRUCT.FIELD`` with a link to the struct."""
        kind, _, member = how.partition(" ")
        struct, _, name = member.rpartition(".")
        page = self.catalog.structs.get(struct) if kind == "callback" else None
        if page is None:
            return breakable(how)
        target = self.catalog.fields.get((struct, name), (page, ""))
        return escaped(f"callback {self.to(target, breakable(member))}")

    def place(self, file: str, line: int, text: str = "") -> Markup:
        """``FILE:LINE``, to the lines shown here, and beside it to the public ones."""
        page = self.catalog.shown.page(file, line)
        own = self.to((page, f"L{line}") if page else None, breakable(text or f"{file}:{line}"))
        return escaped(f'<span class="lm-place">{own}{self.public(file, line)}</span>')

    def line(self, file: str, line: int) -> Markup:
        """The number of a line alone, where the file is said beside it."""
        page = self.catalog.shown.page(file, line)
        return self.to((page, f"L{line}") if page else None, safe(str(line)))

    def public(self, file: str, line: int) -> Markup:
        """The arrow to the public cross-referencer; nothing where the kernel is not there."""
        address = self.public_url(file, line)
        if not address:
            return Markup("")
        return escaped(
            f'<a class="lm-out" href="{escape(address)}" aria-label="elsewhere">&#8599;</a>'
        )

    def public_url(self, file: str, line: int) -> str:
        """The address there."""
        if not self.catalog.public:
            return ""
        path = quote(file.encode("utf-8", "surrogatepass"), safe="/")
        return self.catalog.public.replace("{file}", path).replace("{line}", str(line))
