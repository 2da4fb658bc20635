"""The site of the miniature kernel: true, whole, the same every time, nothing from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
import zlib
from html import unescape
from pathlib import Path

import pytest

from lockmap.errors import LockmapError
from lockmap.map.filters import Filter
from lockmap.map.read import Map
from website.check_links import LARGEST, problems
from website.conftest import MINI, make


def text_of(page: Path) -> str:
    """What a page says, without its markup."""
    html = page.read_text(encoding="utf-8")
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", html)))


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    assert list(problems(site)) == []


def test_no_file_is_large(site: Path) -> None:
    # Of another tree the tables are longer; the limits of each are tested where it is made.
    assert max(path.stat().st_size for path in site.rglob("*") if path.is_file()) < LARGEST


def test_the_same_map_gives_the_same_bytes(site: Path, mini_map: Path, tmp_path: Path) -> None:
    again = make(mini_map, tmp_path / "elsewhere" / "again", jobs=1)
    files = sorted(path.relative_to(site) for path in site.rglob("*") if path.is_file())
    assert files == sorted(p.relative_to(again) for p in again.rglob("*") if p.is_file())
    differing = [f for f in files if (site / f).read_bytes() != (again / f).read_bytes()]
    assert differing == []


def test_the_other_theme_is_whole_too(mini_map: Path, tmp_path: Path) -> None:
    pages = make(mini_map, tmp_path / "site", theme="alabaster")
    assert list(problems(pages)) == []
    assert "alabaster" in (pages / "structs/vm_area_struct.html").read_text()


def test_every_struct_and_folder_with_a_section_has_a_page(site: Path, opened: Map) -> None:
    for rule in opened.rules():
        assert (site / f"structs/{rule.struct}.html").exists()
    for section in opened.sections(Filter(lock="mmap_lock")):
        folder = section.file.rpartition("/")[0]
        assert section.function in text_of(site / f"subsystems/{folder}.html")


def test_a_field_is_shown_with_its_rule_and_its_accesses(site: Path, opened: Map) -> None:
    html = (site / "structs/mm_struct.html").read_text()
    for rule in opened.rules(Filter(struct="mm_struct")):
        row = re.search(rf'<tr id="c\.mm_struct\.{rule.field}".*?</tr>', html, re.DOTALL)
        assert row, rule.field
        assert rule.read_rule in row[0]
        assert rule.write_rule in row[0]


def test_source_lines_are_those_of_the_tree_with_the_state_before_them(
    site: Path, opened: Map
) -> None:
    html = (site / "source/mm/mlock.c.html").read_text()
    source = (MINI / "mm/mlock.c").read_text().expandtabs().split("\n")
    states = {s.line: s.state for s in opened.states(Filter(path="mm/mlock.c", lock="mmap_lock"))}
    rows = re.findall(r'<span id="L(\d+)">(.*?)\n?</span>', html, re.DOTALL)
    assert len(rows) > 20
    for number, row in rows:
        code = re.sub(r"^<a [^>]*>\d+</a>(<b[^>]*>[^<]*</b>)?(<u>[^<]*</u>)?", "", row)
        assert unescape(re.sub(r"</?i[^>]*>", "", code)) == source[int(number) - 1]
        shown = re.search(r'<b class="[^"]*" title="[^"]*">([^<]*)</b>', row)
        assert (shown[1] if shown else "") == states.get(int(number), "")


def test_a_function_under_the_lock_leads_back_to_its_caller(site: Path) -> None:
    html = (site / "functions/mm.html").read_text()
    rows = re.findall(r"<tr id=.*?</tr>", html, re.DOTALL)
    assert any('id="c.handle_mm_fault"' in row for row in rows)
    links = [link for row in rows for link in re.findall(r'href="([^"]*)"', row)]
    assert any(link.startswith("../functions/") for link in links)
    assert any(link.startswith("../source/") for link in links)
    assert any(link.startswith("https://elixir.bootlin.com/linux/v6.12/source/") for link in links)


def test_the_inventory_lists_structs_members_and_functions(site: Path) -> None:
    data = (site / "objects.inv").read_bytes()
    lines = zlib.decompress(data.split(b"\n", 4)[4]).decode().splitlines()
    assert "c" in {line.split(" ")[1].partition(":")[0] for line in lines}
    # A $ stands for the name itself.
    named = {
        tuple(line.split(" ")[:2]): line.split(" ")[3].replace("$", line.split(" ")[0])
        for line in lines
    }
    assert named["vm_area_struct.vm_flags", "c:member"].startswith("structs/vm_area_struct.html#")
    assert named["mm_struct", "c:struct"] == "structs/mm_struct.html#c.mm_struct"
    assert named["handle_mm_fault", "c:function"] == "functions/mm.html#c.handle_mm_fault"


def test_pages_of_ones_own_can_refer_to_the_map(mini_map: Path, tmp_path: Path) -> None:
    source = make(mini_map, tmp_path / "site").parent / "source"
    text = "My notes\n========\n\n:c:member:`vm_area_struct.vm_flags`, :c:func:`handle_mm_fault`.\n"
    (source / "notes.rst").write_text(f":orphan:\n\n{text}")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-D", f"lockmap_map={mini_map}"]
    done = subprocess.run(
        [*command, source, tmp_path / "html"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    notes = (tmp_path / "html/notes.html").read_text()
    assert 'href="structs/vm_area_struct.html#c.vm_area_struct.vm_flags"' in notes
    assert 'href="functions/mm.html#c.handle_mm_fault"' in notes
    assert list(problems(tmp_path / "html")) == []


def test_the_figures_of_the_first_page_are_those_of_the_map(site: Path, opened: Map) -> None:
    words = text_of(site / "index.html")
    sections = opened.sections(Filter(lock="mmap_lock"))
    assert f"{len(sections)} critical sections" in words
    assert f"{sum(s.mode == 'read' for s in sections)} for reading" in words


def test_a_tree_that_is_gone_is_said_and_can_be_named_or_left_out(
    mini_map: Path, tmp_path: Path
) -> None:
    with pytest.raises(LockmapError, match="the tree cannot be read"):
        make(mini_map, tmp_path / "a", tree=str(tmp_path / "gone"))
    pages = make(mini_map, tmp_path / "b", tree="none", source_url="")
    assert not (pages / "source").exists()
    assert list(problems(pages)) == []
    assert "elixir" not in (pages / "functions/mm.html").read_text()
