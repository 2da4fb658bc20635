"""The miniature kernel says in its comments what lockmap must find: here it is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from lockmap.data import mini_dir
from tests.mini.answers import answers

_MINI = mini_dir()
assert _MINI is not None


@pytest.mark.parametrize("version", ["v5.7", "v6.12"])
def test_every_comment_is_answered(version: str, tmp_path: Path) -> None:
    assert answers(_MINI / version, tmp_path).wrong() == []
