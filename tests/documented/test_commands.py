"""``lockmap doccheck`` and ``lockmap rules --agreement`` on a small tree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from scan.trees import scan_tree, write_tree

from documented.test_agreement import CALLERS, HEADER, MAKEFILE, WRITE
from lockmap.cli.main import cli

WRONG = CALLERS.format(**WRITE).replace(
    "Called with mmap_lock held for writing.", "mmap_lock must not be held."
)
BESIDE = "/* Beware of mmap_lock. */\nint other(struct mm_struct *mm)\n{\n\treturn 0;\n}\n"


@pytest.fixture
def map_file(tmp_path: Path) -> str:
    files = {"Makefile": MAKEFILE, "include/linux/mm.h": HEADER, "mm/a.c": WRONG + BESIDE}
    scan_tree(write_tree(tmp_path / "k", files), tmp_path, full=True)
    return str(tmp_path / "map.db")


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


def test_a_contradiction_is_printed_with_its_place_and_ends_with_1(map_file: str) -> None:
    done = run("doccheck", map_file)
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert lines[0] == "mm/a.c:1:4: contradicts: written: called with: mmap_lock none"
    assert lines[1] == "    comment: mmap_lock must not be held."
    assert "      mm/a.c:10 first: held: mmap_lock write" in lines
    assert lines[-1] == "2 rules: 1 contradicts, 1 unread"


def test_without_a_contradiction_it_ends_with_0(map_file: str) -> None:
    done = run("doccheck", map_file, "--kind", "unread")
    assert (done.exit_code, done.output.splitlines()[0]) == (0, "mm/a.c:16:14: unread: other: ")


def test_every_rule_as_json_lines_with_its_evidence(map_file: str) -> None:
    done = run("doccheck", map_file, "--format", "jsonl", "--all")
    rows = [json.loads(line) for line in done.output.splitlines()]
    assert [row["kind"] for row in rows] == ["function", "unread"]
    site = {"file": "mm/a.c", "line": 10, "function": "first", "held": "mmap_lock write"}
    assert rows[0]["sites"] == [site]
    assert rows[0]["agreements"][0]["verdict"] == "contradicts"


def test_a_map_without_functions_has_nothing_to_check(tmp_path: Path) -> None:
    files = {"Makefile": MAKEFILE, "mm/a.c": WRONG}
    scan_tree(write_tree(tmp_path / "k", files), tmp_path)
    assert run("doccheck", str(tmp_path / "map.db")).exit_code == 1


def test_rules_by_their_agreement(tmp_path: Path) -> None:
    header = HEADER.replace("map_count;", "\n\tmap_count; /* protected by mmap_lock */")
    text = CALLERS.format(**WRITE)
    files = {"Makefile": MAKEFILE, "include/linux/mm.h": header, "mm/a.c": text}
    scan_tree(write_tree(tmp_path / "k", files), tmp_path, full=True)
    done = run("rules", str(tmp_path / "map.db"), "--agreement", "agrees")
    assert done.exit_code == 0
    (row,) = done.output.splitlines()[1:]
    assert row.startswith("mm_struct.map_count")
    assert row.endswith("agrees     read: mmap_lock either, write: mmap_lock write")
