"""``lockmap show``: the source with its margin."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from map.sample import CONTEXTS, EXAMINED, SOURCE, make_data

from lockmap.cli.find_map import default_map_path
from lockmap.map.records import LineState
from lockmap.map.write import write_map

Run = Callable[..., Result]

GROW = """\
mm/grow.c:2: grow
 2      | int grow(struct mm_struct *mm)
 3      | {
 4 > -  |         if (mmap_write_lock_killable(mm))
 5   -  |                 return -EINTR;
 6   W  |         mm->total_vm++;
 7 > W  |         mmap_write_downgrade(mm);
 8   R  |         if (!mm->map_count)
 9   R  |                 return -ENOMEM;
10 > R  |         mmap_read_unlock(mm);
11   -  |         return 0;
12      | }
leaks: write on mm from line 4 to 10; read at 7; path 4 > 6 > 7 > 8 > 9
"""

DROP = """\
mm/grow.c:14: drop (not read whole: see `lockmap diagnostics`)
contract: returns with the caller's read lock dropped
14      | static void drop(struct mm_struct *mm)
15      | {
16 > c  |         mmap_read_unlock(mm);
17      | }
"""


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("mm/grow.c:6", GROW),
        ("mm/grow.c:2", GROW),
        ("mm/grow.c:12", GROW),
        ("mm/grow.c:grow", GROW),
        ("mm/grow.c:4:6", GROW),
        ("mm/grow.c:4:6:mmap_lock", GROW),
        ("./mm/../mm/grow.c:6", GROW),
        ("grow", GROW),
        ("drop", DROP),
        # idle() does nothing with the lock.
        ("mm/grow.c", f"{GROW}\n{DROP}"),
    ],
)
def test_the_place_can_be_named_in_many_ways(
    lockmap: Run, map_file: Path, place: str, shown: str
) -> None:
    result = lockmap("show", place, "--map", map_file)
    assert (result.stdout, result.stderr, result.exit_code) == (shown, "", 0)


def test_the_file_can_be_absolute_or_relative_to_the_current_folder(
    lockmap: Run, map_file: Path, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lockmap("show", f"{tree}/mm/grow.c:6", "--map", map_file).stdout == GROW
    monkeypatch.chdir(tree / "mm")
    assert lockmap("show", "grow.c:6", "--map", map_file).stdout == GROW
    # Still meant from the top of the tree, where the current folder has no such file.
    assert lockmap("show", "mm/grow.c:6", "--map", map_file).stdout == GROW


def test_the_map_is_that_of_the_tree_the_file_lies_in(
    lockmap: Run, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_map(default_map_path(tree), make_data(tree))
    monkeypatch.chdir("/")
    assert lockmap("show", tree / "mm" / "grow.c:6").stdout == GROW
    assert lockmap("show", "mm/grow.c:6", "--tree", tree).stdout == GROW


def test_several_locks_have_a_column_each(lockmap: Run, tmp_path: Path, tree: Path) -> None:
    data = make_data(tree)
    other = LineState("mm/grow.c", "grow", 6, "i_mmap", "R?")
    write_map(tmp_path / "two.db", replace(data, states=(*data.states, other)))
    shown = lockmap("show", "grow", "--map", tmp_path / "two.db", "--lock", "all").stdout
    assert "     i_mmap  mmap_lock |\n" in shown
    assert " 6   R?      W         |         mm->total_vm++;\n" in shown
    assert "leaks: mmap_lock: write on mm" in shown


@pytest.mark.parametrize(
    ("place", "message", "hint"),
    [
        ("mm/grows.c", "no function of mm/grows.c is in the map", "mm/grow.c"),
        ("grow.c", "no function of grow.c", "mm/grow.c"),
        ("growth", "no function of growth", "grow"),
        ("mm/grow.c:growth", "no function growth of interest in mm/grow.c", "grow"),
        ("mm/grow.c:13", "line 13 is in no function of interest", "drop (lines 14 to 17)"),
        ("mm/grow.c:99999999999999999999", "is in no function", "idle"),
    ],
)
def test_what_is_not_there_is_exit_1_with_near_matches(
    lockmap: Run, map_file: Path, place: str, message: str, hint: str
) -> None:
    result = lockmap("show", place, "--map", map_file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr
    assert hint in result.stderr.splitlines()[1]


def test_a_name_of_many_functions_asks_for_the_file(
    lockmap: Run, tmp_path: Path, tree: Path
) -> None:
    data = make_data(tree)
    twin = replace(data.spans[0], file="fs/twin.c")
    write_map(tmp_path / "twins.db", replace(data, spans=(*data.spans, twin)))
    result = lockmap("show", "grow", "--map", tmp_path / "twins.db")
    assert result.exit_code == 1
    assert "name one: fs/twin.c:grow, mm/grow.c:grow" in result.stderr


@pytest.mark.parametrize("change", [SOURCE + "/* more */\n", SOURCE.replace("total", "other")])
def test_a_file_changed_since_the_scan_is_said_to_be(
    lockmap: Run, map_file: Path, tree: Path, change: str
) -> None:
    (tree / "mm" / "grow.c").write_text(change)
    os.utime(tree / "mm" / "grow.c", ns=(1, 1))
    result = lockmap("show", "grow", "--map", map_file)
    assert result.exit_code == 0
    assert "mm/grow.c has changed since the scan" in result.stderr


def test_a_file_cut_short_since_the_scan_shows_what_is_left(
    lockmap: Run, map_file: Path, tree: Path
) -> None:
    (tree / "mm" / "grow.c").write_text("int x;\n")
    for place in ("grow", "drop"):
        result = lockmap("show", place, "--map", map_file)
        assert result.exit_code == 0
        assert "has changed" in result.stderr


def test_a_file_or_tree_that_is_gone_is_an_error(lockmap: Run, map_file: Path, tree: Path) -> None:
    (tree / "mm" / "grow.c").rename(tree / "mm" / "moved.c")
    result = lockmap("show", "grow", "--map", map_file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "scan it again" in result.stderr
    tree.rename(tree.parent / "elsewhere")
    result = lockmap("show", "grow", "--map", map_file)
    assert (result.exit_code, result.stdout) == (2, "")
    assert str(tree) in result.stderr


def test_source_that_steers_the_terminal_is_escaped(
    lockmap: Run, map_file: Path, tree: Path
) -> None:
    (tree / "mm" / "grow.c").write_bytes(SOURCE.replace("total", "\x1b[31m\x0c").encode() + b"\xff")
    shown = lockmap("show", "grow", "--map", map_file).stdout
    assert "mm->\\x1b[31m\\x0c_vm++;" in shown
    assert all(char.isprintable() or char == "\n" for char in shown)


def test_a_map_that_steers_the_terminal_or_counts_wrong_is_harmless(
    lockmap: Run, tmp_path: Path, tree: Path
) -> None:
    data = make_data(tree)
    evil = "\x1b[2J\x07"
    hostile = replace(
        data,
        spans=(
            replace(data.spans[0], line=-(2**62), end_line=2**62),
            replace(data.spans[0], function=evil),
        ),
        sections=(replace(data.sections[0], object=evil, paths=evil, contract=evil, lock=evil),),
        contracts=(replace(data.contracts[0], function="grow", text=evil),),
        states=tuple(replace(item, state=evil) for item in data.states),
        files=(),
    )
    write_map(tmp_path / "evil.db", hostile)
    for place in ("grow", "mm/grow.c", "mm/grow.c:6", "nothing"):
        result = lockmap("show", place, "--map", tmp_path / "evil.db", "--lock", "all")
        assert result.exit_code in {0, 1}
        assert all(char.isprintable() or char == "\n" for char in result.output)


def test_the_source_is_read_from_the_revision_that_was_scanned(
    lockmap: Run, tmp_path: Path, tree: Path
) -> None:
    def git(*words: str | Path) -> str:
        identity = ("-c", "user.name=a", "-c", "user.email=a@b")
        command = ["git", "-C", str(tree), *identity, *map(str, words)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    commit = git("rev-parse", "HEAD")
    data = make_data(tree)
    (tree / "mm" / "grow.c").write_text("int later;\n")
    write_map(tmp_path / "rev.db", replace(data, meta=data.meta | {"revision": commit}))
    result = lockmap("show", "mm/grow.c:6", "--map", tmp_path / "rev.db")
    assert (result.stdout, result.stderr) == (GROW, "")


def test_on_a_terminal_it_is_coloured_and_says_the_same(
    lockmap: Run, map_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lockmap.cli.margin.use_colour", lambda stream: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown = lockmap("show", "mm/grow.c", "--map", map_file).stdout
    assert "\x1b[" in shown
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    lines = [line.replace("│", "|") for line in plain.splitlines()]
    assert [re.sub(" +", " ", line).strip() for line in lines] == [
        re.sub(" +", " ", line).strip() for line in f"{GROW}\n{DROP}".splitlines()
    ]


def test_a_lock_that_nothing_changes_is_said_to_be_as_it_was(
    lockmap: Run, tree: Path, tmp_path: Path
) -> None:
    data = make_data(tree)
    write_map(tmp_path / "same.db", replace(data, states=()))
    shown = lockmap("show", "grow", "--map", tmp_path / "same.db").stdout
    assert shown.endswith("unchanged: mmap_lock is as the caller left it on every line\n")


def test_a_line_that_may_fault_is_marked(lockmap: Run, tmp_path: Path, tree: Path) -> None:
    faults = (
        ("mmap_lock", 1, 6, "get_user", "read", 0),
        ("mmap_lock", 1, 8, "put_user", "read", 1),
    )
    found = replace(CONTEXTS, examined=replace(EXAMINED, faults=faults))
    write_map(tmp_path / "f.db", make_data(tree), found)
    shown = lockmap("show", "grow", "--map", tmp_path / "f.db").stdout
    assert shown == GROW.replace(" 6   W ", " 6 f W ")
