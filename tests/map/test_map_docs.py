"""``docs/reference/map.md`` describes the schema there is, and its queries work."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from lockmap.map.schema import APPLICATION_ID, SCHEMA_VERSION
from lockmap.map.write import write_map
from map.sample import make_data, make_tree

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "map.md").read_text()
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    write_map(tmp_path / "map.db", make_data(make_tree(tmp_path / "tree")))
    opened = sqlite3.connect(tmp_path / "map.db")
    yield opened
    opened.close()


def documented() -> dict[str, set[str]]:
    """Columns by table, from the headings and the words in code in the tables under them."""
    found: dict[str, set[str]] = {}
    for part in PAGE.split("\n### ")[1:]:
        heading, _, text = part.partition("\n")
        for table in heading.split(", "):
            # Where a heading is of several tables, each has a row of its own.
            several = rf"^\| `{table}` \| (.*?) \|" if ", " in heading else r"(?!)"
            named = re.search(several, text, re.MULTILINE)
            cells = [named[1]] if named else re.findall(r"^\| (`.*?`) \|", text, re.MULTILINE)
            found[table] = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
            found[table] |= {"section", "ordinal"} if named else set()
    return found


def test_every_table_and_column_is_documented(connection: sqlite3.Connection) -> None:
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    there = {
        name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")}
        for (name,) in tables
    }
    said = documented()
    # The page of meta also lists the keys.
    said["meta"] -= set(documented_keys())
    assert said == there


def documented_keys() -> list[str]:
    return re.findall(r"^\| `(root|revision|default_lock|full)` \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize("query", QUERIES, ids=[query[:40] for query in QUERIES])
def test_the_queries_give_answers(connection: sqlite3.Connection, query: str) -> None:
    assert connection.execute(query).fetchall()


def test_the_numbers_are_right() -> None:
    assert f"`PRAGMA user_version`, now {SCHEMA_VERSION})" in PAGE
    assert f"`PRAGMA application_id` is {APPLICATION_ID}," in PAGE
    assert APPLICATION_ID.to_bytes(4, "big") == b"LOCK"
