"""``lockmap who``: which locks a field is accessed under, and by whom."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from map.sample import access, make_data

from lockmap.map.write import write_map

Run = Callable[..., Result]

PAGE = """\
mm_struct.map_count
  read under: mmap_lock write; so 9 of 10 that tell, of 12 in all
  not written, as far as the map knows
  see also: mm_struct.__map_count

Accesses of shared objects, by how mmap_lock is held
  access  for read  for write  not held  all
  read           2          1         1    4
  write          -          1         -    1

The same by folder
  folder       for read  for write  not held  all
  mm                  2          1         -    3
  drivers/net         -          1         -    1
  fs/proc             -          -         1    1

Accesses of objects that are not shared yet (init) or no longer (teardown)
  access      not held  all
  init write         1    1

Accesses that break the rule: 1
  mm/grow.c:8:2: grow: the rule for read

Who writes it: 1 function
  place                  function  accesses  lock       lines
  drivers/net/tun/t.c:3  tun       1 write   for write  3

Who reads it or takes its address: 2 functions
  place           function  accesses  lock                 lines
  mm/grow.c:8     grow      3 reads   for read, for write  8 9
  fs/proc/me.c:1  me        1 read    not held             1
"""


@pytest.fixture
def counted(tmp_path: Path, tree: Path) -> Path:
    """A map in which mm_struct.map_count is accessed in many ways."""
    data = make_data(tree)
    rule = data.rules[0]
    made = (
        access(8, "map_count", "read", "read", violates="read"),
        access(9, "map_count", "read", "read"),
        access(9, "map_count", "read", "write", column=30),
        access(3, "map_count", "write", "write", file="drivers/net/tun/t.c", function="tun"),
        access(1, "map_count", "read", "none", file="fs/proc/me.c", function="me"),
        access(20, "map_count", "write", "none", function="idle", phase="init"),
    )
    other = replace(rule, field="__map_count", support=(), violations=())
    write_map(tmp_path / "counted.db", replace(data, accesses=made, rules=(rule, other)))
    return tmp_path / "counted.db"


def test_a_page_tells_rule_counts_violations_and_accessors(lockmap: Run, counted: Path) -> None:
    result = lockmap("who", "mm_struct.map_count", "--map", counted)
    assert (result.exit_code, result.stdout) == (0, PAGE)


@pytest.mark.parametrize(
    ("support", "rule", "line"),
    [
        (("write", 3, 4, 9), "mmap_lock write", "written under: mmap_lock write; so 3 of 4 that"),
        (("write", 0, 4, 9), "unclear", "written under: unclear; 4 of 9 tell"),
        (("write", 4, 4, 4), "init only", "written in new objects only; so 4 of 4 that tell"),
        (("address", 2, 2, 2), "mmap_lock read", "not written, its address taken under: mmap_lock"),
    ],
)
def test_how_it_is_written_is_told_in_words(
    lockmap: Run, tmp_path: Path, tree: Path, support: Any, rule: str, line: str
) -> None:
    data = make_data(tree)
    made = replace(data.rules[0], write_rule=rule, support=(support,))
    write_map(tmp_path / "r.db", replace(data, rules=(made,)))
    assert f"\n  {line}" in lockmap("who", "map_count", "--map", tmp_path / "r.db").stdout


@pytest.mark.parametrize("field", ["map_count", "struct mm_struct.map_count"])
def test_the_struct_can_be_left_out_where_only_one_has_the_field(
    lockmap: Run, counted: Path, field: str
) -> None:
    assert lockmap("who", field, "--map", counted).stdout == PAGE


def test_a_field_of_several_structs_asks_which(lockmap: Run, tmp_path: Path, tree: Path) -> None:
    data = make_data(tree)
    twin = replace(data.rules[0], struct="sb", support=())
    write_map(tmp_path / "two.db", replace(data, rules=(*data.rules, twin)))
    result = lockmap("who", "map_count", "--map", tmp_path / "two.db")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "2 structs have a field map_count" in result.stderr
    assert "name one: mm_struct.map_count, sb.map_count" in result.stderr


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ("mm_struct.map_cont", "did you mean mm_struct.map_count"),
        ("mm_strct.map_count", "did you mean mm_struct.map_count?"),
        ("map_cuont", "did you mean map_count"),
        ("mm_struct.zzz", "lockmap rules --struct mm_struct"),
        ("zzz", "only fields are that are accessed"),
    ],
)
def test_an_unknown_field_is_exit_1_with_the_closest(
    lockmap: Run, counted: Path, field: str, hint: str
) -> None:
    result = lockmap("who", field, "--map", counted)
    assert (result.exit_code, result.stdout) == (1, "")
    assert hint in result.stderr


def test_all_locks_get_a_page_each(lockmap: Run, counted: Path) -> None:
    shown = lockmap("who", "map_count", "--map", counted, "--lock", "all").stdout
    first, second = shown.split("\n\nmm_struct.map_count\n")
    assert "by how i_mmap is held" in first
    assert f"mm_struct.map_count\n{second}" == PAGE


def test_long_lists_are_cut_and_say_so(lockmap: Run, counted: Path) -> None:
    shown = lockmap("who", "map_count", "--map", counted, "--most", "1").stdout
    assert "  2 others         -          1         1    2\n" in shown
    assert "  and 1 more function (--most 0)\n" in shown
    assert lockmap("who", "map_count", "--map", counted, "--most", "0").stdout == PAGE


def test_json_has_the_same_with_keys(lockmap: Run, counted: Path) -> None:
    (line,) = lockmap("who", "map_count", "--map", counted, "--format", "jsonl").stdout.splitlines()
    answer = json.loads(line)
    assert answer["rule"]["read_rule"] == "mmap_lock write"
    assert {"access": "read", "phase": "normal", "folder": "mm", "held": "read", "number": 2} in (
        answer["counts"]
    )
    assert answer["accessors"][0]["function"] == "grow"


def test_a_map_that_steers_the_terminal_is_harmless(
    lockmap: Run, tmp_path: Path, tree: Path
) -> None:
    evil = "\x1b[2J\x07\n\u202e"
    data = make_data(tree)
    rule = replace(data.rules[0], struct=evil, field=evil, read_rule=evil, documented=evil)
    made = access(8, evil, "read", "read", struct=evil, file=evil, function=evil, violates=evil)
    write_map(tmp_path / "evil.db", replace(data, rules=(rule,), accesses=(made,)))
    for field in (f"{evil}.{evil}", evil, "x"):
        for form in ("text", "jsonl"):
            result = lockmap("who", field, "--map", tmp_path / "evil.db", "--format", form)
            assert result.exit_code in {0, 1}
            assert all(char.isprintable() or char == "\n" for char in result.output)
