"""``lockmap docs``: what it makes, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from importlib import util
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


def test_it_makes_a_site_and_says_where(lockmap: Run, map_file: Path, tmp_path: Path) -> None:
    done = lockmap("docs", "--map", map_file, "--output", tmp_path / "site")
    assert done.exit_code == 0, done.output
    assert str(tmp_path / "site/html/index.html") in done.output
    assert (tmp_path / "site/html/structs/mm_struct.html").exists()
    # Over its own work it may write again.
    assert lockmap("docs", "--map", map_file, "--output", tmp_path / "site").exit_code == 0


def test_a_folder_with_other_things_is_refused(
    lockmap: Run, map_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    done = lockmap("docs", "--map", map_file, "--output", tmp_path)
    assert done.exit_code == 2
    assert "not empty" in done.output


def test_an_unknown_lock_is_said(lockmap: Run, map_file: Path, tmp_path: Path) -> None:
    done = lockmap("docs", "--map", map_file, "--output", tmp_path / "site", "--lock", "mmap_lok")
    assert done.exit_code == 1
    assert not (tmp_path / "site").exists()


def test_one_site_is_about_one_lock(lockmap: Run, map_file: Path, tmp_path: Path) -> None:
    done = lockmap("docs", "--map", map_file, "--output", tmp_path / "site", "--lock", "all")
    assert done.exit_code == 2


def test_a_wrong_address_is_said(lockmap: Run, map_file: Path, tmp_path: Path) -> None:
    words = ("docs", "--map", map_file, "--output", tmp_path / "site")
    done = lockmap(*words, "--source-url", "javascript:alert(1)")
    assert done.exit_code == 2
    assert "--source-url" in done.output


def test_a_tree_that_is_gone_is_said(lockmap: Run, map_file: Path, tmp_path: Path) -> None:
    (tmp_path / "linux/mm/grow.c").unlink()
    words = ("docs", "--map", map_file, "--output", tmp_path / "site")
    done = lockmap(*words)
    assert done.exit_code == 2
    assert "--source none" in done.output
    assert lockmap(*words, "--source", "none").exit_code == 0


def test_without_sphinx_it_says_what_to_install(
    lockmap: Run, map_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = util.find_spec
    monkeypatch.setattr(
        "lockmap.site.build.find_spec", lambda name: None if name == "sphinx" else found(name)
    )
    done = lockmap("docs", "--map", map_file, "--output", tmp_path / "site")
    assert done.exit_code == 2
    assert "pip install 'lockmap[docs]'" in done.output
    assert not (tmp_path / "site").exists()
