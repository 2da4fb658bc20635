"""A map may come from anybody: it is refused with a reason, and nothing in it runs."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from lockmap.errors import MapError
from lockmap.map.read import open_map
from lockmap.map.schema import SCHEMA_VERSION
from lockmap.map.write import write_map
from map.sample import make_data, make_tree


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_map(tmp_path / "map.db", make_data(make_tree(tmp_path / "tree")))
    return tmp_path / "map.db"


def read_all(path: Path) -> None:
    with open_map(path) as opened:
        opened.meta()
        opened.locks()
        opened.sites()
        opened.sections()
        opened.contracts()
        opened.states()
        opened.spans()
        opened.diagnostics()
        opened.files()
        opened.accesses()
        opened.rules()


def refused(path: Path, match: str) -> None:
    with pytest.raises(MapError, match=match) as caught:
        read_all(path)
    assert "lockmap scan" in caught.value.hint


def test_nothing_there(tmp_path: Path) -> None:
    refused(tmp_path / "none.db", "there is no map")


@pytest.mark.parametrize("content", [b"", b"text", os.urandom(5000), b"SQLite format 3\0"])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "map.db").write_bytes(content)
    refused(tmp_path / "map.db", "not a map")


def test_a_folder_and_a_fifo(tmp_path: Path) -> None:
    refused(tmp_path, "not a map")
    os.mkfifo(tmp_path / "fifo")
    # Opening it would wait for a writer for ever.
    refused(tmp_path / "fifo", "not a map")


def test_a_database_of_another_program(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE site (file)")
    connection.close()
    refused(tmp_path / "other.db", "not a map")


def test_another_schema_version(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    refused(path, f"schema version {SCHEMA_VERSION + 1}; this lockmap reads version")


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_truncated_map(path: Path, keep: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    refused(path, r"damaged: it has \d+ of \d+ bytes")


@pytest.mark.parametrize("seed", range(40))
def test_random_damage_is_an_error_or_harmless_but_never_a_traceback(path: Path, seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(path.read_bytes())
    for _ in range(chance.choice([1, 20, 400])):
        data[chance.randrange(100, len(data))] = chance.randrange(256)
    path.write_bytes(data)
    try:
        read_all(path)
    except MapError as error:
        assert "damaged" in str(error) or "not a map" in str(error)


def doctor(path: Path, *statements: str) -> None:
    """Change a map as an attacker with SQLite's help can."""
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_view_in_place_of_a_table_is_refused(path: Path) -> None:
    doctor(
        path,
        "ALTER TABLE site RENAME TO real_site",
        "CREATE VIEW site AS SELECT * FROM real_site",
    )
    refused(path, "damaged: not the tables of a map: .*site")


def test_a_generated_column_is_refused(path: Path) -> None:
    doctor(path, "ALTER TABLE site ADD COLUMN evil TEXT AS (hex(zeroblob(900000000)))")
    refused(path, "not the tables of a map: site")


def test_a_table_without_type_checks_is_refused(path: Path) -> None:
    doctor(
        path,
        "DROP TABLE contract",
        "CREATE TABLE contract (file, line, function, lock, text)",
    )
    refused(path, "not the tables of a map: contract")


def test_views_and_triggers_of_other_names_play_no_part(path: Path) -> None:
    doctor(
        path,
        "CREATE VIEW mine AS SELECT load_extension('evil.so')",
        "CREATE TRIGGER t AFTER INSERT ON site BEGIN DELETE FROM site; END",
    )
    read_all(path)


def test_a_value_of_another_type_is_refused(path: Path) -> None:
    sql = "SELECT sql FROM sqlite_schema WHERE name = 'contract'"
    connection = sqlite3.connect(path)
    (strict,) = connection.execute(sql).fetchone()
    connection.close()
    # Take STRICT away, put a wrong value in, and put STRICT back.
    edit = "UPDATE sqlite_schema SET sql = ? WHERE name = 'contract'"
    for text, statement in (
        (strict.replace(" STRICT", ""), None),
        (strict, "INSERT INTO contract VALUES (x'00ff', 'many', 3, 4, 5)"),
    ):
        connection = sqlite3.connect(path)
        if statement:
            connection.execute(statement)
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(edit, (text,))
        connection.commit()
        connection.close()
    refused(path, "damaged")


def test_text_that_is_not_utf8_is_refused(path: Path) -> None:
    doctor(path, "INSERT INTO diagnostic VALUES (CAST(x'ff' AS TEXT), 1, '', '', '')")
    refused(path, "damaged")


def test_a_huge_text_is_refused(path: Path) -> None:
    doctor(path, "INSERT INTO diagnostic VALUES (hex(zeroblob(2000000)), 1, '', '', '')")
    refused(path, "damaged: .*too big")


@pytest.mark.parametrize(("first", "last"), [(1, 10**15), (9, 1), (-(2**63), 2**63 - 1)])
def test_a_run_of_lines_without_end_is_refused(path: Path, first: int, last: int) -> None:
    doctor(path, f"INSERT INTO line_state VALUES ('a.c', 'f', 'l', {first}, {last}, 'R')")
    refused(path, "damaged: line_state has a run")


@pytest.mark.parametrize(
    "spell",
    [lambda p: p.with_name("a?b#c%41 d.db"), lambda p: p.with_name(os.fsdecode(b"\xff.db"))],
)
def test_any_file_name_will_do(path: Path, spell: Callable[[Path], Path]) -> None:
    odd = spell(path)
    path.rename(odd)
    read_all(odd)


def test_reading_leaves_no_trace(path: Path) -> None:
    before = path.read_bytes(), path.stat().st_mtime_ns, sorted(path.parent.iterdir())
    read_all(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns, sorted(path.parent.iterdir())) == before
