"""File names of pages: plain where the name is, never out of the site, never two alike."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lockmap.site.names import anchor, file_page, page_name

ODD = [
    "..", ".", "", "a/b", "../../etc/passwd", "<script>", "]]>", "\u202eabc", "con", "nul.txt",
    "x" * 300, "A", "a", "a.html", "-", "~", "a~2", "a b", "\x00", "\udcff", "%2e%2e", ".hidden",
]  # fmt: skip


def test_a_plain_name_is_kept() -> None:
    assert page_name("structs", "vm_area_struct") == "structs/vm_area_struct"
    assert file_page("source", "mm/mmap.c") == "source/mm/mmap.c"
    assert file_page("functions", "include/linux", 2) == "functions/include/linux~2"


def test_odd_names_become_plain_ones_all_different() -> None:
    names = [page_name("room", odd) for odd in ODD]
    assert len({name.lower() for name in names}) == len(ODD)
    for name in names:
        assert name.startswith("room/")
        assert name == name.lower()
        assert all(part not in {"", ".", ".."} for part in name.split("/"))
        assert name.isascii()
        assert len(name) < 100


@given(st.lists(st.text(max_size=80), min_size=1, max_size=20))
def test_no_path_leads_out_or_gets_too_long(parts: list[str]) -> None:
    name = page_name("room", *parts)
    assert name.startswith("room/")
    assert len(name) <= 150
    assert not {"", ".", ".."} & set(name.split("/"))
    assert all(c.isalnum() or c in "_.-/~" for c in name)


@given(st.text(max_size=30), st.text(max_size=30))
def test_two_names_are_two_pages_where_case_does_not_count(a: str, b: str) -> None:
    if a != b:
        assert page_name("room", a).lower() != page_name("room", b).lower()


@given(st.text(), st.text())
def test_an_id_is_one_word(struct: str, field: str) -> None:
    place = anchor(struct, field)
    assert place.startswith("c.")
    assert all(c.isascii() and (c.isalnum() or c in "_.-") for c in place)


def test_an_id_of_c_is_the_one_that_the_c_domain_gives() -> None:
    assert anchor("vm_area_struct", "vm_flags") == "c.vm_area_struct.vm_flags"
