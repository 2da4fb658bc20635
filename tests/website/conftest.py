"""A site of the miniature kernel, made once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from scan.trees import scan_tree

from lockmap.data import mini_dir
from lockmap.map.read import Map, open_map
from lockmap.site.build import Options, build

_MINI = mini_dir()
assert _MINI is not None
MINI = _MINI / "v6.12"


def silent(stage: str, done: int, of: int) -> None:
    """No progress."""


def make(map_file: Path, output: Path, **options: object) -> Path:
    """The folder of pages of a new site."""
    values = {"jobs": 2} | options
    return build(Options(map_file, output, **values), silent).index.parent  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def mini_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A full map of the miniature kernel."""
    home = tmp_path_factory.mktemp("home")
    return scan_tree(MINI, home, full=True).target


@pytest.fixture(scope="session")
def site(mini_map: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its pages."""
    return make(mini_map, tmp_path_factory.mktemp("site") / "out")


@pytest.fixture
def opened(mini_map: Path) -> Iterator[Map]:
    """The map, open."""
    with open_map(mini_map) as found:
        yield found
