"""The Sphinx extension: blocks of the main pages, the many pages, the index, the C objects.

A project lists ``lockmap.site.extension`` in its ``conf.py`` and says which map it is of; then
``sphinx-build`` makes the whole site.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from lockmap import __version__
from lockmap.map.read import open_map
from lockmap.site.blocks import BLOCKS, block
from lockmap.site.book import Book, make_book
from lockmap.site.domain import MapDomain
from lockmap.site.entries import entries
from lockmap.site.pages import Pages
from lockmap.site.render import Renderer
from lockmap.site.search import manifest_script, shard_script, shards
from lockmap.site.shells import BODY, TITLE, shell_name, shells
from lockmap.site.tree import open_tree
from lockmap.site.write_pages import write_pages

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

PROGRESS = "lockmap-progress"
"""Event: a stage (``read``, ``pages``, ``index``), how much of it is done, of how much."""
TROUBLE = "lockmap-trouble"
"""Event: something that does not stop a build but should be known, in words."""
INDEX = "_search"
"""Folder of the index."""
_OPTIONS = (
    ("lockmap_map", ""),
    ("lockmap_lock", ""),
    ("lockmap_tree", ""),
    ("lockmap_source_url", "default"),
    ("lockmap_jobs", 1),
)


@dataclass(repr=False)
class Site:
    """One build: the book is read once, before the first document."""

    depths: set[int] = field(default_factory=set)
    book: Book | None = None
    render: Renderer | None = None
    known: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """What the C domain is to know."""

    def read(self, app: Sphinx, *_: Any) -> None:
        """Read the map, before the documents are."""
        config = app.config
        if not config.lockmap_map:
            raise ExtensionError("lockmap_map is not set: which map is this site of?")
        app.emit(PROGRESS, "read", 0, 1)
        url = config.lockmap_source_url
        with _no_collector(), open_map(Path(config.lockmap_map)) as opened:
            lock = config.lockmap_lock or opened.meta().get("default_lock", "")
            self.book = make_book(
                *(opened, lock, None if url == "default" else url, opened.documented()),
                with_source=config.lockmap_tree != "none",
            )
        self.render = Renderer(self.book.catalog, lock)
        self.known |= {name: (kind, page, place) for name, kind, page, place in self.book.objects}
        app.emit(PROGRESS, "read", 1, 1)

    def draw_shells(self, app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
        """Pages of the theme with nothing in them, one of each depth."""
        assert self.book is not None
        self.depths = {job.name.count("/") for job in Pages.of(self.book, None).jobs()}
        if app.config.lockmap_tree != "none":
            self.depths |= {
                p.name.count("/") for of in self.book.catalog.shown.pages.values() for p in of
            }
        for depth in sorted(self.depths):
            yield shell_name(depth), {"title": TITLE, "body": BODY}, "page.html"

    def finish(self, app: Sphinx, error: Exception | None) -> None:
        """Write the many pages and the index."""
        if error is not None or self.book is None:
            return
        folder = Path(app.outdir)
        found = shells(folder, self.depths)

        def tell(done: int, of: int) -> None:
            app.emit(PROGRESS, "pages", done, of)

        config = app.config
        with open_map(Path(config.lockmap_map)) as opened:
            if config.lockmap_tree == "none":
                jobs = list(Pages.of(self.book, None).jobs())
                troubles = write_pages(folder, jobs, found, config.lockmap_jobs, tell)
            else:
                with open_tree(opened, config.lockmap_tree) as tree:
                    jobs = list(Pages.of(self.book, tree).jobs())
                    troubles = write_pages(folder, jobs, found, config.lockmap_jobs, tell)
        for trouble in troubles:
            app.emit(TROUBLE, trouble)
        with _no_collector():
            self._index(app, folder / INDEX)

    def _index(self, app: Sphinx, folder: Path) -> None:
        assert self.book is not None
        titles = [(name, node.astext()) for name, node in sorted(app.env.titles.items())]
        made = shards(entries(self.book, titles))
        folder.mkdir()
        (folder / "index.js").write_text(manifest_script(made), encoding="utf-8")
        for number, shard in enumerate(made):
            text = shard_script(number, shard)
            (folder / f"index-{number}.js").write_text(text, encoding="utf-8")
        app.emit(PROGRESS, "index", 1, 1)


@contextmanager
def _no_collector() -> Iterator[None]:
    """A million rows, none of them garbage: looking through them takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Block(SphinxDirective):
    """``.. lockmap:: NAME``: a part of the site that comes from the map."""

    required_arguments = 1
    site: ClassVar[Site]

    def run(self) -> list[nodes.Node]:
        """Put the HTML there."""
        name = self.arguments[0]
        if name not in BLOCKS:
            raise self.error(f"there is no block {name}; there are: {', '.join(BLOCKS)}")
        assert self.site.book is not None
        assert self.site.render is not None
        html = block(name, self.site.book, self.site.render, self.env.docname)
        return [nodes.raw("", str(html), format="html")]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Called by Sphinx."""
    site = Site()
    for name, default in _OPTIONS:
        app.add_config_value(name, default, "")
    app.add_event(PROGRESS)
    app.add_event(TROUBLE)
    # Classes of their own, so that nothing of a build is left to the next one of a process.
    app.add_directive("lockmap", type("Block", (Block,), {"site": site}))
    app.add_domain(type("Objects", (MapDomain,), {"known": site.known}), override=True)
    app.connect("builder-inited", _prepare)
    app.connect("env-before-read-docs", site.read)
    app.connect("html-collect-pages", site.draw_shells)
    app.connect("build-finished", site.finish)
    return {"version": __version__, "parallel_read_safe": False, "parallel_write_safe": True}


def _prepare(app: Sphinx) -> None:
    """Our files beside the theme's; our search in the place of Sphinx's, which would be huge."""
    app.config.html_static_path.append(str(Path(__file__).parent / "static"))
    app.add_css_file("lockmap.css")
    app.add_js_file("lockmap.js", loading_method="defer")
    app.builder.search = False  # type: ignore[attr-defined]
