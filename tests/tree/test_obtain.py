"""A fetched kernel is whole and checked, or it is not there; work once done is not repeated."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import stat
import textwrap
from pathlib import Path

import pytest

from lockmap.errors import ObtainError
from lockmap.tree.obtain import default_folder
from lockmap.tree.open import open_source

from .archives import deb, kernel_members, member, tar
from .conftest import Fetch, left_in


@pytest.fixture
def tarball(tmp_path: Path) -> Path:
    path = tmp_path / "linux-6.12.3.tar.xz"
    path.write_bytes(tar(kernel_members()))
    return path


class TestTarball:
    def test_it_is_unpacked_checked_and_recorded(
        self, fetch: Fetch, tarball: Path, into: Path
    ) -> None:
        got = fetch(tarball)
        assert (got.path, got.already) == (into / "linux-6.12.3", False)
        assert left_in(into) == ["linux-6.12.3"]
        record = json.loads((got.path / ".lockmap-fetched.json").read_text(encoding="utf-8"))
        assert record == {
            "schema": 1,
            "source": "linux-6.12.3.tar.xz",
            "identity": hashlib.sha256(tarball.read_bytes()).hexdigest(),
            "version": "6.12.3",
            "files": 3,
        }
        assert [e.path for e in open_source(str(got.path)).list().entries] == ["mm/mmap.c"]

    def test_a_second_time_it_is_recognised(self, fetch: Fetch, tarball: Path) -> None:
        first = fetch(tarball)
        (first.path / "mine").touch()
        second = fetch(tarball)
        assert second.already
        assert second.record == first.record
        assert (second.path / "mine").exists()

    def test_force_makes_it_anew(self, fetch: Fetch, tarball: Path, into: Path) -> None:
        (fetch(tarball).path / "mine").touch()
        again = fetch(tarball, force=True)
        assert not again.already
        assert not (again.path / "mine").exists()
        assert left_in(into) == ["linux-6.12.3"]

    def test_another_tarball_of_that_name_needs_force(self, fetch: Fetch, tarball: Path) -> None:
        fetch(tarball)
        tarball.write_bytes(tar([*kernel_members(), member("linux-6.12.3/new.c")]))
        with pytest.raises(ObtainError, match="another kernel") as caught:
            fetch(tarball)
        assert "--force" in caught.value.hint
        assert (fetch(tarball, force=True).path / "new.c").exists()

    def test_a_folder_of_the_user_is_never_replaced(
        self, fetch: Fetch, tarball: Path, into: Path
    ) -> None:
        (into / "linux-6.12.3").mkdir(parents=True)
        for force in (False, True):
            with pytest.raises(ObtainError, match="was not made by lockmap fetch"):
                fetch(tarball, force=force)

    def test_the_makefile_must_agree_with_the_name(self, fetch: Fetch, tmp_path: Path) -> None:
        wrong = tmp_path / "linux-6.11.tar.gz"
        wrong.write_bytes(tar(kernel_members(), "w:gz"))
        with pytest.raises(ObtainError, match=r"asked for 6\.11, but the Makefile says 6\.12\.3"):
            fetch(wrong)

    def test_what_is_no_kernel_is_refused(self, fetch: Fetch, tmp_path: Path, into: Path) -> None:
        other = tmp_path / "hello-1.0.tar.gz"
        other.write_bytes(tar([member("hello/a.c")], "w:gz"))
        with pytest.raises(ObtainError, match="no kernel"):
            fetch(other)
        assert left_in(into) == [".partial-hello-1.0"]

    def test_an_interrupted_unpack_is_redone(
        self, fetch: Fetch, tarball: Path, into: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("lockmap.tree.tarball.check_version", interrupt)
            with pytest.raises(KeyboardInterrupt):
                fetch(tarball)
        assert left_in(into) == [".partial-linux-6.12.3"]
        (into / ".partial-linux-6.12.3/unpack/linux-6.12.3/half.c").touch()
        assert not (fetch(tarball).path / "half.c").exists()
        assert left_in(into) == ["linux-6.12.3"]

    def test_a_full_disk_is_told_before_unpacking(
        self, fetch: Fetch, tarball: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usage = shutil.disk_usage("/")._replace(free=100)
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
        with pytest.raises(ObtainError, match="are free") as caught:
            fetch(tarball)
        assert "--into" in caught.value.hint

    def test_two_at_once_do_not_mix(self, fetch: Fetch, tarball: Path, into: Path) -> None:
        partial = into / ".partial-linux-6.12.3"
        partial.mkdir(parents=True)
        with (partial / "lock").open("w", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            with pytest.raises(ObtainError, match="another lockmap fetch is at work"):
                fetch(tarball)
        assert not fetch(tarball).already

    def test_a_place_that_cannot_be_written(self, fetch: Fetch, tarball: Path, into: Path) -> None:
        into.write_text("a file", encoding="utf-8")
        with pytest.raises(ObtainError, match=r"Not a directory|File exists") as caught:
            fetch(tarball)
        assert "--into" in caught.value.hint


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for Debian's archive, and apt tools on PATH that read it.

    ``stop`` in it makes a download end after so many bytes; ``log`` has one line
    per call.  Like apt, the download goes on from a file that is already there.
    """
    archive = tmp_path / "archive"
    archive.mkdir()
    tools = tmp_path / "bin"
    tools.mkdir()
    scripts = {
        "apt-cache": """\
            echo "apt-cache $*" >> "$A/log"
            case $1 in
            show) for last; do :; done; cat "$A/$last.show" 2>/dev/null || exit 100 ;;
            search) ls "$A" | sed -n 's/\\.show$/ - kernel source/p' ;;
            esac
            """,
        "apt-get": """\
            echo "apt-get $*" >> "$A/log"
            for last; do :; done
            case " $* " in
            *" update "*) if test -e "$A/offline"; then echo "E: no network"; exit 100; fi
                for new in "$A"/*.unlisted; do mv "$new" "${new%.unlisted}"; done; exit 0 ;;
            esac
            name=$(basename "$A/${last%%=*}"_*.deb)
            have=$(stat -c %s "$name" 2>/dev/null || echo 0)
            echo "have $have" >> "$A/log"
            if test -e "$A/stop"; then
                head -c "$(cat "$A/stop")" "$A/$name" | tail -c +$((have + 1)) >> "$name"
                echo "E: Failed to fetch: the connection broke"; exit 100
            fi
            tail -c +$((have + 1)) "$A/$name" >> "$name"
            """,
    }
    for name, text in scripts.items():
        path = tools / name
        path.write_text(f"#!/bin/sh\nA={archive}\n{textwrap.dedent(text)}", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    return archive


def offer(archive: Path, *, listed: bool = True, inner: bytes | None = None) -> Path:
    """Put linux-source-6.12 into the archive."""
    inner = tar(kernel_members("linux-source-6.12")) if inner is None else inner
    path = deb(archive, "linux-source-6.12", inner)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    show = archive / ("linux-source-6.12.show" + ("" if listed else ".unlisted"))
    show.write_text(
        "Package: linux-source-6.12\nVersion: 6.12.3-1\nDepends: xz-utils\n"
        f"Filename: pool/{path.name}\nSize: {path.stat().st_size}\nSHA256: {digest}\n"
        "Description: kernel source\n Long: text\n\n",
        encoding="utf-8",
    )
    return path


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb to build a package")
class TestDebian:
    def test_a_version_comes_from_its_package(self, fetch: Fetch, apt: Path, into: Path) -> None:
        offer(apt)
        got = fetch("6.12")
        assert got.path == into / "linux-6.12"
        assert got.record.source == "Debian linux-source-6.12 6.12.3-1"
        assert got.record.version == "6.12.3"
        assert (got.path / "mm/mmap.c").read_bytes() == b"int mmap;\n"
        assert left_in(into) == ["linux-6.12"]

    def test_a_second_time_apt_is_not_even_asked(self, fetch: Fetch, apt: Path) -> None:
        offer(apt)
        fetch("6.12")
        (apt / "log").unlink()
        assert fetch("v6.12").already
        assert not (apt / "log").exists()

    def test_a_broken_download_goes_on_where_it_stopped(
        self, fetch: Fetch, apt: Path, into: Path
    ) -> None:
        offer(apt)
        (apt / "stop").write_text("300", encoding="utf-8")
        with pytest.raises(ObtainError, match="the connection broke") as caught:
            fetch("6.12")
        assert "goes on where it stopped" in caught.value.hint
        assert left_in(into) == [".partial-linux-6.12"]
        (apt / "stop").unlink()
        assert (fetch("6.12").path / "Makefile").exists()
        assert "have 300" in (apt / "log").read_text(encoding="utf-8")

    def test_what_an_older_package_left_is_not_continued(
        self, fetch: Fetch, apt: Path, into: Path
    ) -> None:
        offer(apt)
        partial = into / ".partial-linux-6.12"
        partial.mkdir(parents=True)
        (partial / "linux-source-6.12_6.12.2-1_all.deb").write_bytes(b"old")
        fetch("6.12")
        assert "have 0" in (apt / "log").read_text(encoding="utf-8")

    def test_a_wrong_hash_is_refused_and_removed(self, fetch: Fetch, apt: Path, into: Path) -> None:
        package = offer(apt)
        good = package.read_bytes()
        package.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        with pytest.raises(ObtainError, match="sha256"):
            fetch("6.12")
        assert left_in(into) == []
        package.write_bytes(good)
        assert not fetch("6.12").already

    def test_a_package_without_a_kernel_is_refused(self, fetch: Fetch, apt: Path) -> None:
        offer(apt, inner=tar([member("x/a.c")]))
        with pytest.raises(ObtainError, match="no kernel"):
            fetch("6.12")

    def test_another_kernel_inside_is_refused(self, fetch: Fetch, apt: Path) -> None:
        offer(apt)
        for path in list(apt.glob("linux-source-6.12*")):
            path.rename(apt / path.name.replace("6.12", "6.1", 1))
        show = apt / "linux-source-6.1.show"
        show.write_text(show.read_text(encoding="utf-8").replace("source-6.12", "source-6.1"))
        with pytest.raises(ObtainError, match=r"asked for 6\.1, but|holds no"):
            fetch("6.1")

    def test_root_updates_the_lists_once(
        self, fetch: Fetch, apt: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        offer(apt, listed=False)
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        assert fetch("6.12").record.version == "6.12.3"

    def test_who_is_not_root_is_told_to_update_the_lists(
        self, fetch: Fetch, apt: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        with pytest.raises(ObtainError) as caught:
            fetch("6.12")
        assert "sudo apt-get update" in caught.value.hint
        assert "apt-get" not in (apt / "log").read_text(encoding="utf-8")

    def test_without_a_network_the_message_says_so(
        self, fetch: Fetch, apt: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        (apt / "offline").touch()
        with pytest.raises(ObtainError, match="no network") as caught:
            fetch("6.12")
        assert "kernel.org" in caught.value.hint

    def test_a_version_debian_has_not_lists_those_it_has(
        self, fetch: Fetch, apt: Path, into: Path
    ) -> None:
        offer(apt)
        with pytest.raises(ObtainError, match=r"no package linux-source-5\.8") as caught:
            fetch("5.8")
        assert "6.12" in caught.value.hint
        assert left_in(into) == []


def test_a_system_without_apt_is_told_the_other_ways(
    fetch: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ObtainError, match="apt-get is not installed") as caught:
        fetch("6.12")
    assert "kernel.org" in caught.value.hint
    assert "lockmap fetch FILE" in caught.value.hint


@pytest.mark.parametrize(
    ("kernel", "hint"),
    [
        ("https://host/linux.git", "v6.12"),
        ("https://host/linux-6.12.tar.xz", "download it"),
        ("latest", "give a version"),
        ("no/such/linux.tar.xz", "give a version"),
    ],
)
def test_what_is_not_understood_says_what_would_be(fetch: Fetch, kernel: str, hint: str) -> None:
    with pytest.raises(ObtainError) as caught:
        fetch(kernel)
    assert hint in caught.value.hint


def test_a_folder_is_not_fetched(fetch: Fetch, kernel: Path) -> None:
    with pytest.raises(ObtainError, match="a folder"):
        fetch(kernel)


def test_kernels_go_to_the_checkout_else_to_the_users_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert default_folder() == tmp_path / "data/lockmap/kernels"
    monkeypatch.setenv("XDG_DATA_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / ".local/share/lockmap/kernels"
    (tmp_path / "kernel_src").mkdir()
    assert default_folder() == tmp_path / "kernel_src"
