"""A small map, opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from map.sample import CONTEXTS, make_data, make_tree

from lockmap.map.read import Map, open_map
from lockmap.map.write import write_map


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Map]:
    """grow() takes the lock, calls helper(), which calls x_fault() through ops.fault."""
    write_map(tmp_path / "small.db", make_data(make_tree(tmp_path / "linux")), CONTEXTS)
    with open_map(tmp_path / "small.db") as found:
        yield found
