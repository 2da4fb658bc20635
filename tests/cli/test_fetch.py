"""The folder goes to standard output alone, so that a shell can use it."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from lockmap.cli.fetch import fetch
from lockmap.errors import ObtainError

MAKEFILE = b"VERSION = 2\nPATCHLEVEL = 6\nSUBLEVEL = 32\nEXTRAVERSION =\n"


@pytest.fixture
def tarball(tmp_path: Path) -> Path:
    path = tmp_path / "linux-2.6.32.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("linux-2.6.32/Makefile")
        info.size = len(MAKEFILE)
        archive.addfile(info, io.BytesIO(MAKEFILE))
    return path


def test_the_folder_is_printed_and_the_rest_goes_to_standard_error(
    tarball: Path, tmp_path: Path
) -> None:
    into = tmp_path / "kernels"
    result = CliRunner().invoke(fetch, [str(tarball), "--into", str(into)])
    assert (result.exit_code, result.stdout) == (0, f"{into}/linux-2.6.32\n")
    assert "Linux 2.6.32" in result.stderr
    again = CliRunner().invoke(fetch, [str(tarball), "--into", str(into)])
    assert again.stdout == result.stdout
    assert "already there" in again.stderr


def test_inside_a_checkout_kernels_go_to_kernel_src(
    tarball: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kernel_src").mkdir()
    result = CliRunner().invoke(fetch, [tarball.name])
    assert result.stdout == f"{tmp_path}/kernel_src/linux-2.6.32\n"


def test_an_error_is_one_that_lockmap_explains(tmp_path: Path) -> None:
    result = CliRunner().invoke(fetch, ["no-such-thing", "--into", str(tmp_path)])
    assert isinstance(result.exception, ObtainError)
    assert result.stdout == ""


def test_help_shows_every_kind_of_kernel_by_example() -> None:
    text = CliRunner().invoke(fetch, ["--help"]).stdout
    for example in ("lockmap fetch 6.12\n", ".tar.xz --into", "linux.git v6.12\n"):
        assert example in text
