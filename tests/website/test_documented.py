"""Documented rules on the pages, whoever reads them from the map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from map.sample import CONTEXTS, FILE, make_data, make_tree

from lockmap.map.read import Map, open_map
from lockmap.map.write import write_map
from lockmap.site.blocks import block
from lockmap.site.book import make_book
from lockmap.site.pages import Pages
from lockmap.site.render import Renderer


@dataclass(frozen=True)
class Said:
    """A documented rule."""

    kind: str
    subject: str
    read: str = ""
    write: str = ""
    needs: str = ""
    source: str = "comment"
    file: str = FILE
    line: int = 1
    words: str = "<b>protected</b> by mmap_lock"
    verdict: str = "contradicts"
    follow: int = 3
    total: int = 4
    violations: tuple[tuple[str, int, str], ...] = ((FILE, 8, "grow"),)


RULES = (
    Said("field", "mm_struct.total_vm", write="mmap_lock write", verdict="agrees"),
    Said("field", "mm_struct.map_count", read="mmap_lock read", line=21),
    Said("function", "helper", needs="mmap_lock write"),
)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Map]:
    """The sample map."""
    write_map(tmp_path / "small.db", make_data(make_tree(tmp_path / "linux")), CONTEXTS)
    with open_map(tmp_path / "small.db") as found:
        yield found


def test_a_field_shows_what_is_said_of_it_with_its_verdict_and_place(opened: Map) -> None:
    book = make_book(opened, "mmap_lock", None, RULES)
    (struct,) = (s for s in book.structs if s.name == "mm_struct")
    html = str(Pages.of(book, None).struct("structs/mm_struct", struct).html)
    assert '<span class="lm-verdict agrees">agrees</span>' in html
    assert "write: mmap_lock write" in html
    assert "&lt;b&gt;protected&lt;/b&gt;" in html
    assert "not read" not in html
    assert f'href="../source/{FILE}.html#L21"' in html


def test_the_worst_come_first_on_the_page_of_documentation(opened: Map) -> None:
    book = make_book(opened, "mmap_lock", None, RULES)
    html = str(block("documentation", book, Renderer(book.catalog, "mmap_lock"), "documentation"))
    assert html.index("map_count") < html.index("total_vm")
    assert "call: mmap_lock write" in html
    assert "3 of 4" in html
    assert f'href="source/{FILE}.html#L8"' in html


def test_a_map_that_holds_none_says_so(opened: Map) -> None:
    book = make_book(opened, "mmap_lock", None)
    html = str(block("documentation", book, Renderer(book.catalog, "mmap_lock"), "documentation"))
    assert "holds no documented rules" in html
