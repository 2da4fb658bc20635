"""The site in a real browser, from files: getting about, searching, filtering, clicking a graph.

Skipped where there is no Chromium or no driver for it; ``.ci/run`` installs both.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
    "--disable-sync", "--disable-component-update",
)  # fmt: skip
PAGES = [
    "index.html", "structs.html", "structs/mm_struct.html", "subsystems.html",
    "subsystems/mm.html", "functions.html", "functions/mm.html", "source/mm/mlock.c.html",
    "order.html", "documentation.html", "quality.html", "search.html",
]  # fmt: skip
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with api.sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield found
        found.close()


class Window:
    """A page of the site in a browser that has no network; remembers all that went wrong."""

    def __init__(self, page: Any, site: Path) -> None:
        self.page, self.site = page, site
        self.wrong: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("requestfailed", lambda request: self.wrong.append(f"failed: {request.url}"))
        page.on("request", self._asked)

    def _said(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.wrong.append(message.text)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(("file:", "data:")):
            self.wrong.append(f"asked for {request.url}")

    def go(self, page: str) -> Any:
        self.page.goto(f"file://{self.site}/{page}")
        return self.page

    @property
    def at(self) -> str:
        """Which page of the site this is, with the place in it."""
        parts = urlsplit(self.page.url)
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        return os.path.relpath(parts.path, self.site) + fragment


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def window(browser: Any, site: Path) -> Iterator[Window]:
    context = browser.new_context(viewport=DESK, offline=True)
    found = Window(context.new_page(), site)
    yield found
    context.close()
    assert found.wrong == []


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_no_page_is_wider_than_the_screen_or_complains(
    browser: Any, site: Path, scheme: str, size: dict[str, int]
) -> None:
    context = browser.new_context(viewport=size, color_scheme=scheme, offline=True)
    window = Window(context.new_page(), site)
    for name in PAGES:
        page = window.go(name)
        over = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert over <= 0, name
    context.close()
    assert window.wrong == []


def test_from_the_overview_to_a_line_of_source(window: Window) -> None:
    page = window.go("index.html")
    page.get_by_role("link", name="Structs", exact=True).first.click()
    page.get_by_role("link", name="mm_struct", exact=True).click()
    assert window.at == "structs/mm_struct.html"
    page.locator("tr#c\\.mm_struct\\.locked_vm th a").click()
    assert page.locator("details#c\\.mm_struct\\.locked_vm\\.evidence").evaluate("e => e.open")
    details = page.locator("details#c\\.mm_struct\\.locked_vm\\.evidence")
    details.locator("td .lm-place a").first.click()
    assert window.at.startswith("source/")
    line = page.locator(f"[id='{urlsplit(page.url).fragment}']")
    assert line.is_visible()


@pytest.mark.parametrize(
    ("query", "name", "leads_to"),
    [
        ("locked_vm", "mm_struct.locked_vm", "structs/mm_struct.html#c.mm_struct.locked_vm"),
        ("handle_mm_fault", "handle_mm_fault", "functions/mm.html#c.handle_mm_fault"),
        ("mm_fault", "handle_mm_fault", "functions/mm.html#c.handle_mm_fault"),
        ("struct vm_area_struct", "vm_area_struct", "structs/vm_area_struct.html"),
        ("drivers/infiniband", "drivers/infiniband", "subsystems/drivers/infiniband.html"),
        ("infiniband", "drivers/infiniband", "subsystems/drivers/infiniband.html"),
        ("lock order", "Lock order", "order.html"),
    ],
)
def test_search_finds_it_and_leads_there(
    window: Window, query: str, name: str, leads_to: str
) -> None:
    page = window.go("index.html")
    page.locator("input[name=q]").first.fill(query)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=*")
    page.get_by_role("list").get_by_role("link", name=name, exact=True).first.click()
    assert window.at == leads_to


def test_search_says_how_many_it_found(window: Window) -> None:
    page = window.go("search.html")
    page.get_by_label("Name of a struct").fill("mm_")
    status = page.locator("#lm-status")
    api.expect(status).to_contain_text("results")
    page.get_by_label("Name of a struct").fill("no_such_thing_at_all")
    api.expect(status).to_contain_text("Nothing is called so")


def test_a_table_is_filtered_and_says_so(window: Window) -> None:
    page = window.go("functions/mm.html")
    rows = page.locator(".lm-table tbody tr:visible")
    before = rows.count()
    page.get_by_label("Filter functions").fill("fault")
    api.expect(page.locator(".lm-filter [aria-live]").first).to_contain_text(f"of {before}")
    assert 0 < rows.count() < before
    assert all("fault" in text.lower() for text in rows.all_text_contents())


def test_a_table_is_sorted_by_its_heads_with_the_keyboard(window: Window) -> None:
    page = window.go("structs.html")
    head = page.get_by_role("button", name="accesses", exact=True)
    head.focus()
    page.keyboard.press("Enter")
    numbers = page.locator(".lm-table tbody td:nth-child(4)").all_text_contents()
    found = [int(number.replace(",", "")) for number in numbers]
    assert found == sorted(found)
    assert page.locator("th[aria-sort=ascending]").count() == 1


def test_a_node_and_an_arrow_of_a_graph_lead_on(window: Window) -> None:
    page = window.go("order.html")
    page.locator("svg.lm-graph a:has(rect.lm-node)", has_text="mmap_lock").click()
    assert window.at == "order.html#c.lock.mmap_lock"
    arrow = page.locator("svg.lm-graph a:has(path.lm-edge)").first
    target = arrow.get_attribute("href")
    arrow.focus()
    page.keyboard.press("Enter")
    assert window.at == target


def test_a_bar_of_a_chart_leads_to_its_subsystem(window: Window) -> None:
    page = window.go("index.html")
    page.locator(".lm-chart a", has_text="kernel").first.locator("text").first.click()
    assert window.at == "subsystems/kernel.html"


def test_the_keyboard_comes_past_a_link_to_the_content(window: Window) -> None:
    page = window.go("structs/mm_struct.html")
    for _ in range(6):
        page.keyboard.press("Tab")
        if "skip" in page.evaluate("document.activeElement.textContent.toLowerCase()"):
            break
    else:
        pytest.fail("no link to the content")
    page.keyboard.press("Enter")
    assert page.url.endswith("#furo-main-content")


def test_what_is_marked_can_be_read_in_light_and_dark(
    browser: Any, site: Path, scheme: str
) -> None:
    context = browser.new_context(viewport=DESK, color_scheme=scheme, offline=True)
    window = Window(context.new_page(), site)
    for name, marks in (
        ("structs/mm_struct.html", ".lm-held, .lm-rule, .lm-none, small, .lm-bad, article a"),
        ("source/mm/mlock.c.html", ".lm-code b, .lm-code u, .lm-code i, .lm-code a"),
        ("order.html", ".lm-note"),
    ):
        poor = window.go(name).evaluate(CONTRAST, marks)
        assert poor == [], name
    context.close()


CONTRAST = """
(marks) => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return Array.from(canvas.getImageData(0, 0, 1, 1).data);
  };
  const light = (c) => {
    const [r, g, b] = c.slice(0, 3).map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c[3] === 255) return c;
    }
    return [255, 255, 255, 255];
  };
  const poor = new Set();
  for (const e of document.querySelectorAll(marks)) {
    if (!e.textContent.trim() || !e.checkVisibility()) continue;
    const style = getComputedStyle(e);
    const a = light(rgb(style.color)), b = light(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.add(`${e.tagName}.${e.className} ${style.color} ${ratio.toFixed(2)}`);
  }
  return Array.from(poor);
}
"""
