"""Which map a command reads when none, or a tree, is named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from map.sample import make_data

from lockmap.cli.find_map import default_map_path, find_map, home, last_map, remember_last
from lockmap.errors import MapError
from lockmap.map.write import write_map

Run = Callable[..., Result]


@pytest.fixture
def scanned(tree: Path) -> Path:
    """The tree's map where a scan puts it."""
    path = default_map_path(tree)
    write_map(path, make_data(tree))
    return path


def test_the_default_place_depends_on_tree_and_revision(own_home: Path, tree: Path) -> None:
    path = default_map_path(tree)
    assert path.parent == own_home / "maps"
    assert path.name.startswith("linux-")
    assert len({path, default_map_path(tree, "v6.12"), default_map_path(tree / "mm")}) == 3


def test_it_is_the_same_however_the_tree_is_spelt(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree.parent / "link").symlink_to(tree)
    monkeypatch.chdir(tree / "mm")
    spellings = (tree, str(tree), f"{tree}/", tree.parent / "link", "..")
    assert {default_map_path(spelling) for spelling in spellings} == {default_map_path(tree)}


@pytest.mark.parametrize("name", ["a b\n;rm", "..x", "\udcff", "x" * 200])
def test_any_name_of_a_tree_makes_a_plain_file_name(tmp_path: Path, name: str) -> None:
    made = default_map_path(tmp_path / name).name
    assert made.isascii()
    assert made.isprintable()
    assert not set(made) & set("/ ;")
    assert not made.startswith(".")
    assert len(made) < 100


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LOCKMAP_HOME": "/a/b"}, "/a/b"),
        ({"XDG_CACHE_HOME": "/c"}, "/c/lockmap"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h"}, "/h/.cache/lockmap"),
        ({"HOME": "/h"}, "/h/.cache/lockmap"),
    ],
)
def test_where_lockmap_keeps_things(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str
) -> None:
    for name in ("LOCKMAP_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert home() == Path(expected)


def test_order_of_precedence(
    tree: Path, scanned: Path, map_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "other.db"
    monkeypatch.chdir(tmp_path)
    remember_last(map_file)
    assert find_map() == map_file
    monkeypatch.chdir(tree / "mm")
    assert find_map() == scanned
    monkeypatch.setenv("LOCKMAP_MAP", str(other))
    assert find_map() == other
    assert find_map(str(tree)) == scanned
    assert find_map(None, str(map_file)) == map_file


def test_no_map_at_all_names_the_command(lockmap: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    result = lockmap("sites")
    assert result.exit_code == 2
    assert "there is no map yet" in result.stderr
    assert "lockmap scan TREE" in result.stderr


def test_a_tree_not_scanned_names_the_command(tree: Path) -> None:
    with pytest.raises(MapError, match="no map of") as caught:
        find_map(str(tree), rev="v6.12")
    assert caught.value.hint.endswith(f"lockmap scan --rev v6.12 {tree}")


def test_a_map_remembered_but_gone_is_forgotten(map_file: Path) -> None:
    remember_last(map_file)
    assert last_map() == map_file
    map_file.unlink()
    assert last_map() is None


@pytest.mark.parametrize("note", [b"", b"\n", b"\0\0", b"/no/such/map\n", b"x" * 9000, b"\xff\n"])
def test_a_damaged_note_is_no_note(own_home: Path, note: bytes) -> None:
    (own_home / "maps").mkdir(parents=True)
    (own_home / "maps" / "last").write_bytes(note)
    assert last_map() is None


def test_not_being_able_to_remember_is_no_error(own_home: Path, map_file: Path) -> None:
    own_home.write_text("a file where the folder should be")
    remember_last(map_file)
    assert last_map() is None


def test_remembering_leaves_only_the_note(own_home: Path, map_file: Path) -> None:
    remember_last(map_file)
    assert os.listdir(own_home / "maps") == ["last"]  # noqa: PTH208
