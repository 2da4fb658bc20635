"""doctor: what a map says of its own quality."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from map.sample import CONTEXTS, EXAMINED, make_data

from lockmap.map.examine.doctor import CHECKS
from lockmap.map.write import write_map

Run = Callable[..., Result]


def findings(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def found(lockmap: Run, map_file: Path, check: str) -> list[dict[str, Any]]:
    """What one check finds, without figures."""
    told = findings(lockmap("doctor", "--map", map_file, "--check", check, "--format", "jsonl"))
    return [f for f in told if f["verdict"] != "figure"]


def test_an_entry_point_that_is_reached_under_the_lock_is_told_with_its_way(
    lockmap: Run, map_file: Path
) -> None:
    many, one = found(lockmap, map_file, "entries")
    assert (many["count"], many["kind"], many["verdict"], many["message"]) == (
        *(1, "interrupt handler", "wrong edge"),
        "callback ops.fault",
    )
    assert one == {
        "check": "entries",
        "kind": "interrupt handler",
        "verdict": "wrong edge",
        "count": 1,
        "file": "drivers/x/x.c",
        "line": 7,
        "function": "x_fault",
        "message": "callback ops.fault; most doubtful: callback ops.fault to x_fault, mm/grow.c:44",
        "witness": [
            {"file": "mm/grow.c", "line": 4, "function": "grow", "how": "mmap_write_lock_killable"},
            {"file": "mm/grow.c", "line": 8, "function": "helper", "how": "call"},
            {"file": "mm/grow.c", "line": 44, "function": "x_fault", "how": "callback ops.fault"},
        ],
    }


def test_a_function_that_would_wait_for_the_lock_is_told_with_its_way(
    lockmap: Run, map_file: Path
) -> None:
    (one,) = found(lockmap, map_file, "takers")
    assert (one["function"], one["verdict"]) == ("grow", "second object or deadlock")
    assert [step["function"] for step in one["witness"]] == ["grow", "helper", "grow"]


def test_an_assertion_is_checked_against_its_callers(lockmap: Run, map_file: Path) -> None:
    (one,) = found(lockmap, map_file, "asserts")
    assert (one["function"], one["line"], one["verdict"]) == ("helper", 42, "contradiction")
    assert [(s["function"], s["line"], s["how"]) for s in one["witness"]] == [
        ("x_init", 20, "nothing held"),
        ("helper", 22, "call"),
    ]


def test_gaps_are_counted_by_cause_and_folder(lockmap: Run, map_file: Path) -> None:
    (gap,) = found(lockmap, map_file, "calls")
    assert (gap["kind"], gap["file"], gap["count"]) == (
        *("name that nothing defines", "drivers/x"),
        2,
    )
    assert {(f["kind"], f["file"]) for f in found(lockmap, map_file, "types")} == {
        ("macro", "fs"),
        ("macro", "fs/inode.c"),
    }
    assert {f["kind"] for f in found(lockmap, map_file, "reading")} == {
        *("function", "parse-error", "not-utf8"),
    }


def test_the_share_of_functions_is_told_by_distance_and_kind_of_call(
    lockmap: Run, tmp_path: Path, tree: Path
) -> None:
    data = make_data(tree)
    write_map(tmp_path / "m.db", replace(data, meta={**data.meta, "functions": "8"}), CONTEXTS)
    told = findings(
        lockmap("doctor", "--map", tmp_path / "m.db", "--check", "reach", "--format", "jsonl")
    )
    messages = {f["message"]: f["count"] for f in told}
    assert messages["distance 1: 12.5 %"] == 1
    assert messages["way callback: 12.5 %"] == 1
    assert messages["last call through a member: 12.5 %"] == 1
    assert any(m.startswith("ways through callback ops.fault, 1 of them") for m in messages)


def test_text_has_every_check_with_its_figures(lockmap: Run, map_file: Path) -> None:
    result = lockmap("doctor", "--map", map_file)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines if line.startswith(CHECKS)] == [*CHECKS]
    assert "reading: 2 of 3 functions of interest were read whole" in lines
    assert "calls: 2 of 9 calls lead nowhere: 2 of a name that nothing defines" in lines
    assert "sections: 1 of 1 sections are not balanced" in lines
    assert "      x_init (drivers/x/x.c:20) > helper (drivers/x/x.c:22)" in lines


def test_only_the_first_few_are_printed_unless_all_are_asked_for(
    lockmap: Run, tmp_path: Path, tree: Path
) -> None:
    gaps = tuple(("name that nothing defines", f"d{n}", 1) for n in range(9))
    contexts = replace(CONTEXTS, examined=replace(EXAMINED, call_gaps=gaps))
    write_map(tmp_path / "m.db", make_data(tree), contexts)
    words = ("doctor", "--map", tmp_path / "m.db", "--check", "calls")
    assert "  ... and 4 more: lockmap doctor --check calls --all" in lockmap(*words).stdout
    assert len(findings(lockmap(*words, "--all", "--format", "jsonl"))) == 9


def test_a_plain_map_is_asked_only_what_it_has(lockmap: Run, tmp_path: Path, tree: Path) -> None:
    data = make_data(tree)
    write_map(tmp_path / "m.db", replace(data, meta={**data.meta, "full": "0"}))
    result = lockmap("doctor", "--map", tmp_path / "m.db")
    assert result.exit_code == 0
    assert "not asked: types, calls, takers, faults, entries, asserts, reach" in result.stdout
    assert "sections: 1 of 1" in result.stdout


def test_what_a_tree_is_made_of_cannot_steer_the_terminal(
    lockmap: Run, tmp_path: Path, tree: Path
) -> None:
    evil = "\x1b[2J"
    contexts = replace(
        CONTEXTS,
        files=(f"mm/{evil}.c", f"drivers/{evil}.c"),
        functions=tuple((*f[:4], f"{f[4]}{evil}") for f in CONTEXTS.functions),
        examined=replace(
            EXAMINED, call_gaps=((evil, evil, 1),), entry_kinds=((evil, "never"),) * 2
        ),
    )
    data = make_data(tree)
    write_map(tmp_path / "m.db", replace(data, meta={**data.meta, "label": evil}), contexts)
    for form in ("text", "jsonl"):
        result = lockmap("doctor", "--map", tmp_path / "m.db", "--all", "--format", form)
        assert result.exit_code == 0
        assert "\x1b" not in result.stdout


@pytest.mark.parametrize("table", ["entry_point", "reach", "refused", "bare", "need", "asserted"])
def test_a_map_without_one_of_the_tables_is_damaged(
    lockmap: Run, map_file: Path, table: str
) -> None:
    connection = sqlite3.connect(map_file)
    connection.execute(f"DROP TABLE {table}")
    connection.commit()
    connection.close()
    result = lockmap("doctor", "--map", map_file)
    assert result.exit_code == 2
    assert "damaged" in result.stderr


def test_wrong_usage_and_unknown_locks(lockmap: Run, map_file: Path) -> None:
    assert lockmap("doctor", "--map", map_file, "--check", "nothing").exit_code == 2
    assert lockmap("doctor", "--map", map_file, "tree").exit_code == 2
    assert lockmap("doctor", "--map", map_file, "--lock", "unknown").exit_code == 1


def test_user_memory_that_is_accessed_under_the_lock_is_told_with_its_way(
    lockmap: Run, map_file: Path
) -> None:
    (one,) = found(lockmap, map_file, "faults")
    assert (one["function"], one["line"], one["kind"], one["verdict"]) == (
        *("helper", 43, "write", "second object or deadlock"),
    )
    assert [(s["function"], s["how"]) for s in one["witness"]] == [
        ("grow", "mmap_write_lock_killable"),
        ("helper", "call"),
        ("get_user", "may fault"),
    ]


@pytest.mark.parametrize(("other", "told"), [("get_user", ["helper", "x_fault"]), ("helper", [])])
def test_a_part_of_an_access_is_not_told_again(
    lockmap: Run, tmp_path: Path, tree: Path, other: str, told: list[str]
) -> None:
    faults = (("mmap_lock", 2, 43, other, "read", 0), ("mmap_lock", 3, 8, "put_user", "read", 0))
    write_map(
        tmp_path / "f.db",
        make_data(tree),
        replace(CONTEXTS, examined=replace(EXAMINED, faults=faults)),
    )
    assert [f["function"] for f in found(lockmap, tmp_path / "f.db", "faults")] == told
