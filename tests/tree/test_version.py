"""The version is read from the top Makefile, and from nothing that merely looks like one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lockmap.errors import TreeError
from lockmap.tree.version import KernelVersion, detect_version


def reader(text: bytes) -> Callable[[str], bytes]:
    return {"Makefile": text}.__getitem__


@pytest.mark.parametrize(
    ("makefile", "text"),
    [
        (b"VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\n", "6.12.117"),
        (b"VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\nEXTRAVERSION = -rc3\n", "6.12-rc3"),
        (b"VERSION = 2\nPATCHLEVEL = 6\nSUBLEVEL = 32\nEXTRAVERSION =\n", "2.6.32"),
        (b"VERSION = 2\nPATCHLEVEL = 6\nSUBLEVEL = 0\nEXTRAVERSION = -test1\n", "2.6.0-test1"),
        (b"# c\nVERSION=3\nPATCHLEVEL=18\nSUBLEVEL=31 # stable\n", "3.18.31"),
    ],
)
def test_versions_are_written_as_kernel_people_write_them(makefile: bytes, text: str) -> None:
    assert detect_version(reader(makefile)).text == text


def test_versions_are_ordered_by_age() -> None:
    assert KernelVersion(2, 6, 39) < KernelVersion(3, 0, 0) < KernelVersion(5, 8, 0)


@pytest.mark.parametrize(
    "makefile",
    [
        b"",
        b"all:\n\tcc x.c\n",
        b"VERSION = 1.2.3\nPATCHLEVEL = 1\nSUBLEVEL = 1\n",
        b"VERSION = 6\nPATCHLEVEL = 12\n",
        b"\tVERSION = 6\n\tPATCHLEVEL = 1\n\tSUBLEVEL = 1\n",
        b"\xff\x00" * 100,
    ],
)
def test_another_projects_makefile_is_refused_with_a_hint(makefile: bytes) -> None:
    with pytest.raises(TreeError, match="VERSION") as caught:
        detect_version(reader(makefile))
    assert "top folder" in caught.value.hint
