"""functions, callbacks: the rows asked for, and the way to each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from map.sample import CONTEXTS, make_data, site

from lockmap.map.context_records import UNREACHED
from lockmap.map.write import write_map

Run = Callable[..., Result]


def names(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [json.loads(line)["function"] for line in result.stdout.splitlines()]


def test_a_function_has_its_way_from_the_acquisition(lockmap: Run, map_file: Path) -> None:
    result = lockmap("functions", "--map", map_file, "--function", "x_fault", "--format", "jsonl")
    (line,) = result.stdout.splitlines()
    assert json.loads(line) == {
        "file": "drivers/x/x.c",
        "line": 7,
        "function": "x_fault",
        "modes": ["write"],
        "must": "none",
        "distance": 2,
        "via": "callback",
        "witness": [
            {"file": "mm/grow.c", "line": 4, "function": "grow", "how": "mmap_write_lock_killable"},
            {"file": "mm/grow.c", "line": 8, "function": "helper", "how": "call"},
            {"file": "mm/grow.c", "line": 44, "function": "x_fault", "how": "callback ops.fault"},
        ],
        "lock": "mmap_lock",
        "faults": [],
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ["x_fault", "helper"]),
        (["--path", "mm"], ["helper"]),
        (["--must", "write"], ["helper"]),
        (["--distance", "1"], ["helper"]),
        (["--via", "callback"], ["x_fault"]),
        (["--may-fault"], ["helper"]),
        (["--mode", "write", "--function", "h*"], ["helper"]),
    ],
)
def test_functions_can_be_narrowed_down(
    lockmap: Run, map_file: Path, options: list[str], expected: list[str]
) -> None:
    assert names(lockmap("functions", "--map", map_file, "--format", "jsonl", *options)) == expected


def test_the_table_shows_the_way_in_names(lockmap: Run, map_file: Path) -> None:
    result = lockmap("functions", "--map", map_file, "--via", "callback")
    assert "grow > helper > x_fault" in result.stdout
    assert lockmap("functions", "--map", map_file, "--mode", "read").exit_code == 1


def test_callbacks_are_listed_by_member_and_function(lockmap: Run, map_file: Path) -> None:
    result = lockmap("callbacks", "--map", map_file, "--struct", "ops", "--field", "f*")
    assert result.stdout.splitlines()[1].split() == ["drivers/x/x.c:60", "ops.fault", "x_fault"]
    assert names(lockmap("callbacks", "--map", map_file, "--format", "jsonl")) == [
        "x_fault",
        "x_init",
    ]


@pytest.mark.parametrize(
    "command", ["functions", "callbacks", "accesses", "rules", "why", "who", "driver"]
)
def test_a_map_without_them_says_how_to_make_one(
    lockmap: Run, tmp_path: Path, tree: Path, command: str
) -> None:
    data = make_data(tree)
    write_map(tmp_path / "plain.db", replace(data, meta={**data.meta, "full": "0"}))
    asked = {"why": ["grow"], "who": ["brk"], "driver": ["mm"]}.get(command, [])
    result = lockmap(command, *asked, "--map", tmp_path / "plain.db")
    assert result.exit_code == 1
    assert "made without accesses" in result.stderr
    assert "lockmap scan TREE" in result.stderr


def test_a_way_may_begin_where_a_function_downgrades_what_its_caller_holds(
    lockmap: Run, tmp_path: Path, tree: Path
) -> None:
    data = make_data(tree)
    sites = (site(41, "downgrade", "read", "mmap_write_downgrade", function="helper"),)
    reached = replace(CONTEXTS, contexts={"mmap_lock": ((3, 0, *(1, 2, 44, 1, 2), *UNREACHED),)})
    write_map(tmp_path / "d.db", replace(data, sites=sites), reached)
    result = lockmap("functions", "--map", tmp_path / "d.db", "--format", "jsonl")
    (row,) = map(json.loads, result.stdout.splitlines())
    assert [(s["line"], s["function"], s["how"]) for s in row["witness"]] == [
        (41, "helper", "mmap_write_downgrade"),
        (44, "x_fault", "callback ops.fault"),
    ]
