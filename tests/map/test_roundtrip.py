"""What is written is read back, and equal data gives equal bytes."""

from __future__ import annotations

import sqlite3
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lockmap.map.filters import Filter
from lockmap.map.read import open_map
from lockmap.map.records import (
    Access,
    Contract,
    Diagnostic,
    FileRow,
    LineState,
    MapData,
    Mode,
    Op,
    Section,
    Site,
    Span,
    Verdict,
)
from lockmap.map.rows import FLAT, LISTS, columns
from lockmap.map.schema import create
from lockmap.map.write import write_map
from map.sample import make_data, make_tree

LINES = st.integers(0, 60)
# Everything Unicode has but surrogates; those are a test of their own.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
# Few names, so that rows meet in files and functions.
NAME = st.sampled_from(["a.c", "mm/b.c", "mm/b c.c"])


def rows(record: type, **special: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Tuples of any such record."""
    by_type = {"str": TEXT, "int": LINES, "bool": st.booleans()}
    by_type |= {
        name: st.sampled_from(get_args(words))
        for name, words in (("Op", Op), ("Mode", Mode), ("Verdict", Verdict))
    }
    strategies = {f.name: by_type.get(str(f.type), TEXT) for f in fields(record)}
    strategies |= {name: NAME for name in ("file", "function") if name in strategies}
    return st.lists(st.builds(record, **(strategies | special)), max_size=6).map(tuple)


MAPS = st.builds(
    MapData,
    meta=st.dictionaries(TEXT, TEXT, max_size=4),
    sites=rows(Site),
    sections=rows(
        Section,
        release_lines=st.lists(LINES, max_size=4).map(tuple),
        mode_changes=st.lists(st.tuples(LINES, TEXT), max_size=3).map(tuple),
        cost=st.lists(TEXT, max_size=3).map(tuple),
        witness=st.lists(LINES, max_size=4).map(tuple),
    ),
    contracts=rows(Contract),
    states=st.lists(
        st.builds(
            LineState,
            file=NAME,
            function=NAME,
            line=st.integers(1, 9),
            lock=st.sampled_from(["x", "y"]),
            state=st.sampled_from(["-", "R", "W?"]),
        ),
        max_size=30,
    ).map(tuple),
    spans=rows(Span),
    diagnostics=rows(Diagnostic),
    files=rows(FileRow),
    # Nothing says which lock these maps are about.
    accesses=rows(
        Access,
        held=st.just("unknown"),
        locks=st.lists(st.tuples(st.sampled_from(["x", "y"]), TEXT), max_size=3).map(tuple),
    ),
)


def read_back(path: Path) -> MapData:
    with open_map(path) as opened:
        return MapData(
            meta=opened.meta(),
            sites=opened.sites(),
            sections=opened.sections(),
            contracts=opened.contracts(),
            states=opened.states(),
            spans=opened.spans(),
            diagnostics=opened.diagnostics(),
            files=opened.files(),
            accesses=opened.accesses(),
            rules=opened.rules(),
        )


def in_any_order(data: MapData) -> dict[str, Any]:
    lists = [field.name for field in fields(MapData) if field.name != "meta"]
    return {"meta": data.meta} | {name: sorted(getattr(data, name), key=repr) for name in lists}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(MAPS)
def test_every_record_comes_back(tmp_path: Path, data: MapData) -> None:
    path = tmp_path / "map.db"
    write_map(path, data)
    assert in_any_order(read_back(path)) == in_any_order(data)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(MAPS, st.randoms())
def test_the_order_of_records_does_not_change_the_bytes(
    tmp_path: Path, data: MapData, random: Any
) -> None:
    def shuffled(items: tuple[Any, ...]) -> tuple[Any, ...]:
        copy = list(items)
        random.shuffle(copy)
        return tuple(copy)

    other = replace(
        data,
        meta=dict(shuffled(tuple(data.meta.items()))),
        **{f.name: shuffled(getattr(data, f.name)) for f in fields(data) if f.name != "meta"},
    )
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    write_map(first, data)
    write_map(second, other)
    assert first.read_bytes() == second.read_bytes()


def test_listings_are_in_the_order_of_file_and_line(tmp_path: Path) -> None:
    write_map(tmp_path / "map.db", make_data(make_tree(tmp_path / "tree")))
    with open_map(tmp_path / "map.db") as opened:
        listings: tuple[tuple[Any, ...], ...] = (
            opened.sites(),
            opened.contracts(),
            opened.spans(),
            opened.diagnostics(),
        )
        places = [(section.file, section.acquire_line) for section in opened.sections()]
    assert places == sorted(places)
    for listing in listings:
        assert list(listing) == sorted(listing, key=lambda item: (item.file, item.line))


def test_a_path_that_is_not_utf8_is_stored_escaped(tmp_path: Path) -> None:
    data = make_data(make_tree(tmp_path / "tree"))
    odd = replace(data.sites[0], file="mm/\udcff.c")
    write_map(tmp_path / "map.db", replace(data, sites=(odd,)))
    with open_map(tmp_path / "map.db") as opened:
        assert opened.sites()[0].file == "mm/\\udcff.c"


def test_equal_states_of_adjacent_lines_are_one_row(tmp_path: Path) -> None:
    states = tuple(LineState("a.c", "f", n, "l", "R" if n > 4 else "-") for n in range(1, 1000))
    empty = MapData({}, (), (), (), states, (), ())
    write_map(tmp_path / "map.db", empty)
    connection = sqlite3.connect(tmp_path / "map.db")
    found = connection.execute("SELECT first_line, last_line, state FROM line_state").fetchall()
    connection.close()
    assert found == [(1, 4, "-"), (5, 999, "R")]


@pytest.mark.parametrize("record", [*FLAT, Section])
def test_the_tables_have_the_fields_of_the_records(record: type) -> None:
    connection = sqlite3.connect(":memory:")
    create(connection)
    table = FLAT.get(record, "section")
    found = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    connection.close()
    assert [name for name in found if name != "key"] == list(columns(record))


def test_every_list_of_a_section_has_its_table() -> None:
    listed = {f.name for f in fields(Section) if str(f.type).startswith("tuple")}
    assert listed == set(LISTS)


@pytest.mark.parametrize(
    ("wanted", "lines"),
    [
        (Filter(), [4, 7, 9, 10, 12, 16, 30]),
        (Filter(path="mm"), [4, 7, 10, 16]),
        (Filter(path="./mm/"), [4, 7, 10, 16]),
        (Filter(path="."), [4, 7, 9, 10, 12, 16, 30]),
        (Filter(path="mm/grow.c"), [4, 7, 10, 16]),
        (Filter(path="mm/gro"), []),
        (Filter(path="m"), []),
        (Filter(path="arch/*/tlb.c"), [12]),
        (Filter(path="'; DROP TABLE site; --"), []),
        (Filter(function="grow", lock="mmap_lock"), [4, 7, 10]),
        (Filter(function="dr*"), [16]),
        (Filter(lock="i_mmap"), [9]),
        (Filter(op=("try", "downgrade")), [4, 7]),
        (Filter(mode=("read",), definition=False), [10, 16]),
        (Filter(direct=False), [12]),
        (Filter(definition=True), [30]),
    ],
)
def test_filters_narrow_the_sites(tmp_path: Path, wanted: Filter, lines: list[int]) -> None:
    write_map(tmp_path / "map.db", make_data(make_tree(tmp_path / "tree")))
    with open_map(tmp_path / "map.db") as opened:
        assert sorted(site.line for site in opened.sites(wanted)) == lines


def test_sections_are_narrowed_with_their_lists(tmp_path: Path) -> None:
    data = make_data(make_tree(tmp_path / "tree"))
    write_map(tmp_path / "map.db", data)
    with open_map(tmp_path / "map.db") as opened:
        assert opened.sections(Filter(paths=("leaks",))) == (data.sections[0],)
        assert opened.sections(Filter(lock="i_mmap")) == (data.sections[1],)


@pytest.mark.parametrize(
    ("wanted", "lock", "lines"),
    [
        (Filter(), "", [6, 8, 15, 20]),
        (Filter(told=True), "", [6, 8, 20]),
        (Filter(told=False), "", [15]),
        (Filter(path="mm", function="grow"), "", [6, 8]),
        (Filter(path="fs/*.c"), "", [15]),
        (Filter(struct="mm_*", field="total_vm"), "", [6]),
        (Filter(access=("write", "readwrite")), "", [6, 20]),
        (Filter(held=("write", "none")), "", [6, 20]),
        (Filter(held=("none",)), "i_mmap", [6, 8, 15, 20]),
        (Filter(phase=("init",)), "", [20]),
        (Filter(follows=False), "", [8]),
    ],
)
def test_filters_narrow_the_accesses(
    tmp_path: Path, wanted: Filter, lock: str, lines: list[int]
) -> None:
    write_map(tmp_path / "map.db", make_data(make_tree(tmp_path / "tree")))
    with open_map(tmp_path / "map.db") as opened:
        assert sorted(access.line for access in opened.accesses(wanted, lock)) == lines


def test_accesses_and_rules_come_back(tmp_path: Path) -> None:
    data = make_data(make_tree(tmp_path / "tree"))
    write_map(tmp_path / "map.db", data)
    with open_map(tmp_path / "map.db") as opened:
        assert sorted(opened.accesses(), key=repr) == sorted(data.accesses, key=repr)
        assert opened.rules() == data.rules
        assert opened.rules(Filter(field="total_vm")) == data.rules[1:]
        assert opened.rules(Filter(path="fs")) == ()


def test_a_filter_on_what_a_table_lacks_is_a_defect(tmp_path: Path) -> None:
    write_map(tmp_path / "map.db", make_data(make_tree(tmp_path / "tree")))
    with open_map(tmp_path / "map.db") as opened, pytest.raises(ValueError, match="lock"):
        opened.spans(Filter(lock="mmap_lock"))


def test_the_schema_explains_itself_in_the_sqlite3_shell(tmp_path: Path) -> None:
    write_map(tmp_path / "map.db", make_data(make_tree(tmp_path / "tree")))
    connection = sqlite3.connect(tmp_path / "map.db")
    tables = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")
    undocumented = [name for name, sql in tables if "\n  -- " not in sql or "STRICT" not in sql]
    connection.close()
    assert undocumented == []
