"""``lockmap graph``: the graph on standard output or in a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from map.sample import CONTEXTS, make_data

from lockmap.map.write import write_map

Run = Callable[..., Result]


def test_the_graph_around_a_node_is_json(lockmap: Run, map_file: Path) -> None:
    result = lockmap("graph", "--map", map_file, "--around", "x_fault", "--radius", "1")
    assert (result.exit_code, result.stderr) == (0, "")
    data = json.loads(result.stdout)
    assert {node["label"] for node in data["nodes"]} == {
        *("x_fault", "helper", "ops.fault", "drivers/x/x.c", "mmap_lock"),
    }
    assert data["graph"]["around"] == "x_fault"


@pytest.mark.parametrize(
    ("form", "start"), [("json", "{"), ("graphml", "<?xml"), ("dot", "digraph lockmap {")]
)
def test_a_file_holds_what_standard_output_would(
    lockmap: Run, map_file: Path, tmp_path: Path, form: str, start: str
) -> None:
    words = ("graph", "--map", map_file, "--format", form)
    shown = lockmap(*words).stdout
    assert shown.startswith(start)
    result = lockmap(*words, "--output", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "out").read_text(encoding="utf-8") == shown
    assert "nodes, " in result.stderr


def test_what_is_left_out_is_said(lockmap: Run, map_file: Path) -> None:
    result = lockmap("graph", "--map", map_file, "--distance", "1")
    assert "left out: 1 functions further than 1 calls" in result.stderr
    cut = lockmap("graph", "--map", map_file, "--around", "x_fault", "--most", "3")
    assert "left out: 2 nodes" in cut.stderr


def test_a_file_that_cannot_be_written_is_exit_2_and_nothing_is_left(
    lockmap: Run, map_file: Path, tmp_path: Path
) -> None:
    for place in (tmp_path / "no" / "folder", tmp_path):
        result = lockmap("graph", "--map", map_file, "--output", place)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"cannot write {place}" in result.stderr
    assert not list(tmp_path.glob(".*tmp"))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--around", "nothing"], 1),
        (["--lock", "nothing"], 1),
        (["--radius", "-1"], 2),
        (["--format", "svg"], 2),
    ],
)
def test_wrong_words_are_exit_1_or_2(
    lockmap: Run, map_file: Path, words: list[str], code: int
) -> None:
    result = lockmap("graph", "--map", map_file, *words)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr


@pytest.mark.parametrize("form", ["json", "graphml", "dot"])
def test_a_map_that_steers_the_terminal_is_harmless(
    lockmap: Run, tmp_path: Path, tree: Path, form: str
) -> None:
    evil = "\x1b]0;owned\x07\n\u202e"
    data = make_data(tree)
    hostile = replace(
        data,
        meta=data.meta | {"kernel": evil},
        sites=tuple(replace(s, api=evil, function=evil) for s in data.sites),
        sections=tuple(replace(s, function=evil, object=evil, id=evil) for s in data.sections),
        contracts=tuple(replace(c, text=evil) for c in data.contracts),
        accesses=tuple(replace(a, struct=evil) for a in data.accesses),
    )
    contexts = replace(
        CONTEXTS,
        files=(f"mm/{evil}.c", "drivers/x/x.c"),
        hows=("call", f"callback {evil}.{evil}"),
        functions=((1, 0, 3, 30, evil), (2, 0, -5, 2**62, evil), *CONTEXTS.functions[2:]),
        members=((evil, evil), ("a", "b")),
    )
    write_map(tmp_path / "evil.db", hostile, contexts)
    for words in ([], ["--around", evil], ["--around", "x_fault", "--radius", "3"]):
        result = lockmap("graph", "--map", tmp_path / "evil.db", "--format", form, *words)
        assert result.exit_code == 0
        assert all(char.isprintable() or char == "\n" for char in result.output)
