"""sites, sections, contracts, diagnostics: the rows asked for, in the form asked for."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from map.sample import make_data

from lockmap.cli.find_map import default_map_path
from lockmap.map.records import Access, Contract, Diagnostic, MapData, Rule, Section, Site
from lockmap.map.write import write_map

Run = Callable[..., Result]

RECORDS = {
    "sites": Site,
    "sections": Section,
    "contracts": Contract,
    "diagnostics": Diagnostic,
    "accesses": Access,
    "rules": Rule,
}


def objects(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(("command", "record"), RECORDS.items())
def test_json_lines_have_the_keys_of_the_contract(
    lockmap: Run, map_file: Path, command: str, record: type
) -> None:
    for row in objects(lockmap(command, map_file, "--format", "jsonl")):
        assert list(row) == [field.name for field in fields(record)]


def test_a_site_in_json(lockmap: Run, map_file: Path) -> None:
    (row,) = objects(lockmap("sites", map_file, "--op", "try", "--format", "jsonl"))
    assert row == {
        "file": "mm/grow.c",
        "line": 4,
        "column": 6,
        "function": "grow",
        "lock": "mmap_lock",
        "op": "try",
        "mode": "write",
        "api": "mmap_write_lock_killable",
        "argument": "mm",
        "direct": True,
        "definition": False,
        "condition": "",
    }


def test_a_section_in_json(lockmap: Run, map_file: Path) -> None:
    (row,) = objects(lockmap("sections", map_file, "--format", "jsonl"))
    assert row["release_lines"] == [10]
    assert row["mode_changes"] == [{"line": 7, "mode": "read"}]
    assert row["witness"] == [4, 6, 7, 8, 9]


@pytest.mark.parametrize(("command", "record"), RECORDS.items())
def test_csv_has_a_header_and_a_row_a_record(
    lockmap: Run, map_file: Path, command: str, record: type
) -> None:
    lines = list(csv.reader(io.StringIO(lockmap(command, map_file, "--format", "csv").stdout)))
    assert lines[0] == [field.name for field in fields(record)]
    rows = objects(lockmap(command, map_file, "--format", "jsonl"))
    assert len(lines) == 1 + len(rows)


def test_lists_in_csv(lockmap: Run, map_file: Path) -> None:
    text = lockmap("sections", map_file, "--format", "csv").stdout
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["witness"], row["mode_changes"], row["release_lines"]) == (
        "4 6 7 8 9",
        "7:read",
        "10",
    )


def test_a_piped_table_is_aligned_plain_text(lockmap: Run, map_file: Path) -> None:
    result = lockmap("sites", map_file, "--path", "mm", "--function", "grow")
    assert result.stdout == (
        "place           function  op         mode   call                          note\n"
        "mm/grow.c:4:6   grow      try        write  mmap_write_lock_killable(mm)\n"
        "mm/grow.c:7:2   grow      downgrade  write  mmap_write_downgrade(mm)\n"
        "mm/grow.c:10:2  grow      release    read   mmap_read_unlock(mm)\n"
    )


def test_a_long_cell_widens_only_its_own_row(lockmap: Run, tmp_path: Path, tree: Path) -> None:
    data = make_data(tree)
    long = replace(data.sites[0], function="f" * 100)
    write_map(tmp_path / "long.db", replace(data, sites=(long, data.sites[1])))
    lines = lockmap("sites", tmp_path / "long.db").stdout.splitlines()
    assert f"  {'f' * 100}  try" in lines[1]
    assert f"  grow{' ' * 56}  downgrade" in lines[2]


def test_a_leak_comes_with_its_path(lockmap: Run, map_file: Path) -> None:
    result = lockmap("sections", map_file, "--paths", "leaks")
    assert "write, read at 7" in result.stdout
    assert "path 4 > 6 > 7 > 8 > 9" in result.stdout


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ([], [12, 30, 4, 7, 10, 16]),
        (["--lock", "all"], [12, 9, 30, 4, 7, 10, 16]),
        (["--lock", "i_mmap"], [9]),
        (["--no-definitions"], [12, 4, 7, 10, 16]),
        (["--direct"], [30, 4, 7, 10, 16]),
        (["--indirect"], [12]),
        (["--mode", "read"], [30, 10, 16]),
        (["--op", "acquire", "--op", "try"], [12, 30, 4]),
        (["--path", "mm/*.c", "--function", "drop"], [16]),
    ],
)
def test_options_narrow_the_sites(
    lockmap: Run, map_file: Path, options: list[str], lines: list[int]
) -> None:
    rows = objects(lockmap("sites", map_file, "--format", "jsonl", *options))
    assert [row["line"] for row in rows] == lines


def test_the_lock_is_a_column_when_all_are_listed(lockmap: Run, map_file: Path) -> None:
    assert "i_mmap" in lockmap("sites", map_file, "--lock", "all").stdout
    assert " lock" not in lockmap("sites", map_file).stdout.splitlines()[0]


@pytest.mark.parametrize("command", RECORDS)
@pytest.mark.parametrize("form", ["table", "jsonl", "csv"])
def test_nothing_found_is_exit_1_and_a_word_on_stderr(
    lockmap: Run, map_file: Path, command: str, form: str
) -> None:
    result = lockmap(command, map_file, "--path", "no/such", "--format", form)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("lockmap: error: no ")


def test_an_unknown_lock_names_those_there_are(lockmap: Run, map_file: Path) -> None:
    result = lockmap("sites", map_file, "--lock", "mmap_lok")
    assert result.exit_code == 1
    assert "it has: mmap_lock" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["sites", "--op", "steal"],
        ["sections", "--paths", "some"],
        ["sites", "--format", "xml"],
        ["sites", "here", "--map", "there"],
        ["steal"],
    ],
)
def test_wrong_usage_is_exit_2(lockmap: Run, words: list[str]) -> None:
    result = lockmap(*words)
    assert result.exit_code == 2
    assert result.stderr


ESCAPE = "\x1b]0;owned\x07\x1b[2J\r\x08\x7f\x9b31m\u202e\n"


@pytest.fixture
def hostile(tmp_path: Path, tree: Path) -> Path:
    """A map whose every text tries to steer the terminal."""
    data = make_data(tree)

    def poison(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            replace(
                item,
                **{
                    f.name: ESCAPE
                    for f in fields(item)
                    if isinstance(getattr(item, f.name), str) and f.name not in {"lock", "cause"}
                },
            )
            for item in items
        )

    changed = {name: poison(getattr(data, name)) for name in RECORDS}
    path = tmp_path / "hostile.db"
    poisoned: MapData = replace(data, **changed)
    write_map(path, poisoned)
    return path


@pytest.mark.parametrize("command", RECORDS)
@pytest.mark.parametrize("form", ["table", "jsonl", "csv"])
def test_no_text_of_the_tree_reaches_the_terminal_raw(
    lockmap: Run, hostile: Path, command: str, form: str
) -> None:
    result = lockmap(command, hostile, "--format", form)
    assert result.exit_code == 0
    assert result.stdout
    assert all(char.isprintable() or char == "\n" for char in result.output)
    if form == "jsonl":
        assert any(ESCAPE in row.values() for row in objects(result))


def test_errors_are_escaped_as_well(lockmap: Run, tmp_path: Path) -> None:
    result = lockmap("sites", tmp_path / ESCAPE)
    assert result.exit_code == 2
    assert all(char.isprintable() or char == "\n" for char in result.output)


@pytest.mark.parametrize("command", ["sites", "sections", "contracts", "diagnostics"])
def test_the_tree_can_be_named_by_option_as_for_show(
    lockmap: Run, tree: Path, command: str
) -> None:
    write_map(default_map_path(tree), make_data(tree))
    assert lockmap(command, "--tree", tree).stdout == lockmap(command, tree).stdout
    assert lockmap(command, tree, "--tree", tree).exit_code == 2
