"""The parts of which pages are made: addresses, colours, the index, graphs, folders."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockmap.errors import LockmapError
from lockmap.site.charts import Bar, bars
from lockmap.site.colour import coloured
from lockmap.site.folder import MARK, site_folder
from lockmap.site.graphs import Edge, Node, circle, layered
from lockmap.site.public import public_template
from lockmap.site.search import Entry, manifest_script, shard_script, shards


def test_a_released_kernel_is_linked_to_elixir() -> None:
    expected = "https://elixir.bootlin.com/linux/v6.12.117/source/{file}#L{line}"
    assert public_template(None, "6.12.117") == expected
    assert "v6.13-rc2/" in public_template(None, "6.13-rc2")


@pytest.mark.parametrize("version", ["", "6.12.0-mine", "next-2026", "6.12'onclick='x"])
def test_any_other_kernel_is_not(version: str) -> None:
    assert public_template(None, version) == ""


def test_a_template_of_ones_own() -> None:
    assert public_template("", "6.12") == ""
    own = "https://git.example/{version}/{file}?l={line}"
    assert public_template(own, "6.1") == "https://git.example/6.1/{file}?l={line}"


@pytest.mark.parametrize(
    "template", ["javascript:alert(1)//{file}", "https://x/{path}", "https://x/", "//x/{file}"]
)
def test_a_template_that_is_no_address_is_refused(template: str) -> None:
    with pytest.raises(LockmapError):
        public_template(template, "6.12")


def test_comments_strings_and_words_are_coloured() -> None:
    lines = coloured(["if (x) /* one", 'two */ return "a<b"; // end', "#define X 1"])
    assert lines[0] == "<i class=k>if</i> (x) <i class=c>/* one</i>"
    assert lines[1].startswith("<i class=c>two */</i> <i class=k>return</i> <i class=s>")
    assert "a&lt;b" in lines[1]
    assert lines[2] == "<i class=p>#define X 1</i>"


@given(st.lists(st.text(st.characters(exclude_characters="\n")), max_size=8))
def test_colours_keep_the_lines_and_let_nothing_through(lines: list[str]) -> None:
    found = coloured(lines)
    assert len(found) == len(lines)
    for html in found:
        assert "<" not in re.sub(r"</?i( class=[cspk])?>", "", html)
        assert html.count("<i ") == html.count("</i>")


def _entry(name: str, kind: str = "function", rank: int = 5) -> Entry:
    return Entry(name, kind, "functions/x", f"c.{name}", "", rank)  # type: ignore[arg-type]


def test_a_name_is_found_by_its_beginning_and_by_its_words() -> None:
    found = shards([_entry("ext4_filemap_fault"), _entry("vm_area_struct.vm_flags", "field", 1)])

    def names(key: str, *, inside: bool) -> set[str]:
        fitting = [s for s in found if s.inside == inside and key.startswith(s.key)]
        return {entry.name for shard in fitting for entry in shard.entries}

    assert "ext4_filemap_fault" in names("ext4", inside=False)
    assert "ext4_filemap_fault" in names("filemap", inside=True)
    assert "vm_area_struct.vm_flags" in names("vm_flags", inside=False)


def test_shards_stay_small_and_lose_nothing() -> None:
    entries = [_entry(f"get_{number:05}") for number in range(9000)]
    found = shards(entries)
    whole = [shard for shard in found if not shard.inside]
    assert {entry.name for shard in whole for entry in shard.entries} == {e.name for e in entries}
    assert max(len(shard.entries) for shard in found) <= 1500


def test_a_shard_is_a_call_with_json() -> None:
    found = shards([_entry("</script>\u202e")])
    assert manifest_script(found).startswith("lockmapShards([")
    text = shard_script(0, found[0])
    match = re.fullmatch(r"lockmapShard\(0,(.*)\);\n", text)
    assert match
    assert json.loads(match[1])[2][0][0] == "</script>\\u202e"


def test_a_graph_draws_each_node_and_edge_once() -> None:
    nodes = [Node(n, n, f"{n}.html", "", n) for n in "abc"]
    edges = [
        Edge("a", "b", "x.html", "call", "a calls b"),
        Edge("b", "c", "", "pointer", "b calls c"),
        Edge("c", "a", "", "call", "a loop"),
    ]
    for drawn in (layered("t", nodes, edges), circle("t", nodes, edges)):
        assert drawn.count("lm-node") == 3
        assert drawn.count('class="lm-edge') == 3
        assert drawn.count('href="a.html"') == 1


def test_a_chart_says_its_numbers_in_words() -> None:
    drawn = bars("Sections", (("reading", "read"), ("writing", "write")), [Bar("mm", (3, 2), "")])
    assert "<title>mm: 3 reading, 2 writing</title>" in drawn


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(LockmapError, match="not empty"), site_folder(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]


def test_a_failed_build_leaves_the_old_site(tmp_path: Path) -> None:
    with site_folder(tmp_path) as places:
        places.html.mkdir()
        (places.html / "index.html").write_text("old")
    with pytest.raises(RuntimeError), site_folder(tmp_path) as places:
        places.html.mkdir()
        raise RuntimeError
    assert (tmp_path / "html/index.html").read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {MARK, "html", "source"}


def test_a_link_in_the_folder_is_replaced_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("")
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / MARK).write_text("")
    (folder / "html").symlink_to(outside)
    with site_folder(folder) as places:
        places.html.mkdir()
    assert (outside / "kept").exists()
    assert not (folder / "html").is_symlink()
