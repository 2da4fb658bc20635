"""Caches, snapshots and maps that are damaged, locked away or gone."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from lockmap.scan.store import FactStore
from scan.trees import LOCKED, functions, left_over, run, scan_tree, small_tree

GARBAGE = [b"", b"not a database", b"SQLite format 3\0" + b"\xff" * 5000]


def _damage(path: Path, how: str) -> None:
    match how:
        case "garbage":
            path.write_bytes(b"\xa5" * 5000)
        case "truncated":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        case "empty":
            path.write_bytes(b"")
        case "missing":
            path.unlink()
        case "folder":
            path.unlink()
            path.mkdir()
        case "other version":
            with sqlite3.connect(path) as connection:
                connection.execute("PRAGMA user_version = 99")
            connection.close()


@pytest.mark.parametrize(
    "how", ["garbage", "truncated", "empty", "missing", "folder", "other version"]
)
def test_a_damaged_cache_costs_time_only(tmp_path: Path, how: str) -> None:
    tree = small_tree(tmp_path / "t")
    scan_tree(tree, tmp_path)
    good = (tmp_path / "map.db").read_bytes()
    _damage(tmp_path / "facts.db", how)
    (tmp_path / "tree.snapshot").unlink()
    outcome = scan_tree(tree, tmp_path)
    assert (tmp_path / "map.db").read_bytes() == good
    if how in {"garbage", "other version", "folder"}:
        assert any("cache" in c for c in outcome.complaints)


@pytest.mark.parametrize("suffix", ["snapshot", "texts", "result", "known"])
@pytest.mark.parametrize("how", ["garbage", "truncated", "empty", "missing", "folder"])
def test_a_damaged_snapshot_costs_time_only(tmp_path: Path, suffix: str, how: str) -> None:
    tree = small_tree(tmp_path / "t")
    scan_tree(tree, tmp_path)
    _damage(tmp_path / f"tree.{suffix}", how)
    (tree / "fs" / "b.c").write_text(LOCKED.format(name="third"))
    assert functions(scan_tree(tree, tmp_path)) == ["first", "third"]


def test_a_flipped_bit_in_what_is_known_costs_time_only(tmp_path: Path) -> None:
    tree = small_tree(tmp_path / "t")
    scan_tree(tree, tmp_path)
    known, good = tmp_path / "tree.known", (tmp_path / "map.db").read_bytes()
    (tree / "mm" / "a.c").write_text("\n" + LOCKED.format(name="first"))
    other = scan_tree(tree, tmp_path / "other").target.read_bytes()
    whole = known.read_bytes()
    assert other != good
    for at in range(0, len(whole), len(whole) // 40):
        kept = [(p, p.read_bytes()) for p in tmp_path.glob("tree.*")]
        known.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        assert scan_tree(tree, tmp_path).target.read_bytes() == other
        for path, data in kept:
            path.write_bytes(data)


def test_the_cache_may_vanish_during_a_scan(tmp_path: Path) -> None:
    tree = small_tree(tmp_path / "t")
    setup = f"""
import shutil, lockmap.scan.reading as r
real = r.triage
def triage(*words):
    found = real(*words)
    shutil.rmtree({str(tmp_path / "home" / "cache")!r})
    return found
r.triage = triage
"""
    code, _, _ = run(tmp_path / "home", "scan", "-q", tree, setup=setup)
    assert code == 0
    code, out, _ = run(tmp_path / "home", "sites", tree)
    assert code == 0
    assert "first" in out


def test_the_cache_keeps_to_its_limit_and_the_oldest_goes_first(tmp_path: Path) -> None:
    limit = 1 << 20
    for turn in range(6):
        store = FactStore(tmp_path / "facts.db", limit)
        store.open()
        new = [(bytes([turn, n]) * 8, b"f" * 4000) for n in range(80)]
        store.put(new)
        store.trim()
        kept = {key for key, _ in new if store.get(key) is not None}
        store.close()
        assert kept == {key for key, _ in new}
    files = [p for p in tmp_path.iterdir() if p.name.startswith("facts.db")]
    assert sum(p.stat().st_size for p in files) <= limit
    store = FactStore(tmp_path / "facts.db", limit)
    store.open()
    assert store.get(bytes([0, 0]) * 8) is None
    assert store.complaints == []
    store.close()


def test_a_full_disk_keeps_the_old_map(tmp_path: Path) -> None:
    tree, home = small_tree(tmp_path / "t"), tmp_path / "home"
    assert run(home, "scan", "-q", tree)[0] == 0
    path = next((home / "maps").glob("*.db"))
    good = path.read_bytes()
    (tree / "mm" / "a.c").write_text(LOCKED.format(name="changed"))
    limit = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))"
    code, _, err = run(home, "scan", "-q", tree, setup=limit)
    assert code == 2
    assert "cannot write the map" in err
    assert path.read_bytes() == good
    assert left_over(home) == []
    assert run(home, "scan", "-q", tree)[0] == 0
    assert "changed" in run(home, "sites", tree)[1]


@pytest.mark.parametrize("content", GARBAGE[1:], ids=["text", "damaged database"])
def test_a_target_that_is_no_map_is_left_alone(tmp_path: Path, content: bytes) -> None:
    tree, target = small_tree(tmp_path / "t"), tmp_path / "precious"
    target.write_bytes(content)
    code, _, err = run(tmp_path / "home", "scan", "-q", "--output", target, tree)
    assert (code, target.read_bytes()) == (2, content)
    assert "is not a map of lockmap" in err


def test_a_map_of_another_version_is_replaced_by_a_scan(tmp_path: Path) -> None:
    tree = small_tree(tmp_path / "t")
    scan_tree(tree, tmp_path)
    good = (tmp_path / "map.db").read_bytes()
    _damage(tmp_path / "map.db", "other version")
    outcome = scan_tree(tree, tmp_path)
    assert not outcome.unchanged
    assert (tmp_path / "map.db").read_bytes() == good


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    tree = small_tree(tmp_path / "t")
    (tmp_path / "file").write_text("")
    code, _, err = run(tmp_path / "file" / "home", "scan", "-q", tree)
    assert code == 2
    assert "cannot make the folder" in err
    assert "hint:" in err


def test_a_home_that_only_the_map_fits_beside_is_a_note(tmp_path: Path) -> None:
    tree, target = small_tree(tmp_path / "t"), tmp_path / "new" / "folder" / "map.db"
    (tmp_path / "file").write_text("")
    code, out, err = run(tmp_path / "file" / "home", "scan", "-q", "--output", target, tree)
    assert (code, out) == (0, f"{target}\n")
    assert "note: the cache is not used" in err
    assert "note: the next scan will read every file again" in err
    assert target.is_file()


def test_everything_may_be_deleted(tmp_path: Path) -> None:
    tree, home = small_tree(tmp_path / "t"), tmp_path / "home"
    assert run(home, "scan", "-q", tree)[0] == 0
    shutil.rmtree(home)
    assert run(home, "scan", "-q", tree)[0] == 0
