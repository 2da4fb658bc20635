"""A map is written whole or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from lockmap.errors import MapError
from lockmap.map.read import open_map
from lockmap.map.records import MapData
from lockmap.map.write import check_target, write_map
from map.sample import make_data, make_tree


@pytest.fixture
def data(tmp_path: Path) -> MapData:
    return make_data(make_tree(tmp_path / "tree"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "maps"
    made.mkdir()
    return made


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_missing_folders_are_made(folder: Path, data: MapData) -> None:
    write_map(folder / "a" / "b" / "map.db", data)
    with open_map(folder / "a" / "b" / "map.db") as opened:
        assert opened.meta()["version"] == "6.12"


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left on device"), OSError()])
def test_a_failure_leaves_the_old_map_and_nothing_else(
    folder: Path, data: MapData, monkeypatch: pytest.MonkeyPatch, failure: OSError
) -> None:
    path = folder / "map.db"
    write_map(path, data)
    before = path.read_bytes()

    def fail(handle: int) -> None:
        raise failure

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(MapError, match="cannot write the map") as caught:
        write_map(path, replace(data, meta={"other": "map"}))
    assert caught.value.hint
    assert path.read_bytes() == before
    assert names(folder) == ["map.db"]


def test_a_full_disk_is_reported(folder: Path) -> None:
    # A real limit on file size stands for the full disk: sqlite3's own writes fail.
    program = """
import resource, sys
from pathlib import Path
from lockmap.errors import MapError
from lockmap.map.records import Diagnostic, MapData
from lockmap.map.write import write_map
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
rows = tuple(Diagnostic("a.c", n, "f", "k", "m" * 100) for n in range(20_000))
try:
    write_map(Path(sys.argv[1]), MapData({}, (), (), (), (), (), rows))
except MapError as error:
    print(error)
    sys.exit(error.exit_code)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, folder / "map.db"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (2, "")
    assert "cannot write the map" in done.stdout
    assert names(folder) == []


def test_ctrl_c_leaves_the_old_map_and_nothing_else(
    folder: Path, data: MapData, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "map.db"
    write_map(path, data)
    before = path.read_bytes()

    def interrupt(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_map(path, replace(data, meta={}))
    assert path.read_bytes() == before
    assert names(folder) == ["map.db"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_reported_before_and_after_a_scan(
    folder: Path, data: MapData
) -> None:
    folder.chmod(0o500)
    try:
        with pytest.raises(MapError, match="cannot write"):
            check_target(folder / "map.db")
        with pytest.raises(MapError, match="Permission denied"):
            write_map(folder / "map.db", data)
    finally:
        folder.chmod(0o700)


def test_a_folder_that_cannot_be_made_is_reported(folder: Path, data: MapData) -> None:
    # Holds for root as well: a file stands where the folder should.
    (folder / "file").write_text("x")
    with pytest.raises(MapError):
        check_target(folder / "file" / "map.db")
    with pytest.raises(MapError):
        write_map(folder / "file" / "map.db", data)


@pytest.mark.parametrize("content", [b"precious notes", b"SQLite format 3\0" + bytes(200)])
def test_a_file_that_is_no_map_is_never_replaced(
    folder: Path, data: MapData, content: bytes
) -> None:
    path = folder / "notes.db"
    path.write_bytes(content)
    for refuse in (lambda: check_target(path), lambda: write_map(path, data)):
        with pytest.raises(MapError, match="left alone"):
            refuse()
    assert path.read_bytes() == content


def test_a_folder_or_device_in_its_place_is_refused(folder: Path, data: MapData) -> None:
    with pytest.raises(MapError, match="is a folder"):
        write_map(folder, data)
    with pytest.raises(MapError, match="not a map"):
        write_map(Path(os.devnull), data)


def test_a_map_of_another_version_and_an_empty_file_are_replaced(
    folder: Path, data: MapData
) -> None:
    path = folder / "map.db"
    write_map(path, data)
    raw = bytearray(path.read_bytes())
    raw[60:64] = (99).to_bytes(4, "big")
    path.write_bytes(raw)
    write_map(path, data)
    empty = folder / "empty.db"
    empty.touch()
    write_map(empty, data)
    assert empty.read_bytes() == path.read_bytes()


def test_a_link_keeps_pointing_to_the_map(folder: Path, data: MapData) -> None:
    (folder / "link.db").symlink_to(folder / "map.db")
    write_map(folder / "link.db", data)
    assert (folder / "link.db").is_symlink()
    with open_map(folder / "map.db") as opened:
        assert opened.sites()


def test_of_two_writers_at_once_one_wins_whole(folder: Path, data: MapData) -> None:
    path = folder / "map.db"
    versions = [replace(data, meta={"writer": str(n)}, sites=data.sites[: n + 1]) for n in range(4)]
    start = threading.Barrier(len(versions))

    def work(one: MapData) -> None:
        start.wait()
        for _ in range(5):
            write_map(path, one)

    threads = [threading.Thread(target=work, args=(one,)) for one in versions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open_map(path) as opened:
        winner = int(opened.meta()["writer"])
        assert len(opened.sites()) == winner + 1
    assert names(folder) == ["map.db"]


def test_a_reader_keeps_the_map_it_opened(folder: Path, data: MapData) -> None:
    path = folder / "map.db"
    write_map(path, data)
    with open_map(path) as opened:
        write_map(path, replace(data, sites=()))
        assert len(opened.sites()) == len(data.sites)
