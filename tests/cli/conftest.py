"""The command line on a small map made by hand, cut off from the user's own files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from map.sample import CONTEXTS, make_data, make_tree

from lockmap.cli.main import cli
from lockmap.map.write import write_map


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """lockmap's folder below ``tmp_path``; no map named by the environment."""
    monkeypatch.setenv("LOCKMAP_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LOCKMAP_MAP", raising=False)
    return tmp_path / "home"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small kernel tree."""
    return make_tree(tmp_path / "linux")


@pytest.fixture
def map_file(tmp_path: Path, tree: Path) -> Path:
    """Its map."""
    path = tmp_path / "small.db"
    write_map(path, make_data(tree), CONTEXTS)
    return path


@pytest.fixture
def lockmap() -> Callable[..., Result]:
    """Run the command line in this process."""

    def run(*words: str | Path) -> Result:
        return CliRunner().invoke(cli, [str(word) for word in words])

    return run
