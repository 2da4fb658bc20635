"""Archives are unpacked as if an enemy had packed them."""

from __future__ import annotations

import io
import os
import tarfile
import tracemalloc
import zlib
from pathlib import Path

import pytest

from lockmap.errors import ObtainError
from lockmap.tree.unpack import Limits, unpack

from .archives import Member, kernel_members, member, tar

SMALL = Limits(total_bytes=4 << 20, files=50)


def nothing() -> None:
    pass


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "outer/unpack"
    folder.mkdir(parents=True)
    return folder


def refuse(into: Path, members: list[Member], limits: Limits = SMALL) -> str:
    """Unpacking fails, and nothing has appeared beside the folder."""
    with pytest.raises(ObtainError) as caught:
        unpack(io.BytesIO(tar(members, "w")), into, limits=limits, tick=nothing)
    assert [path.name for path in into.parent.iterdir()] == ["unpack"]
    return str(caught.value)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
def test_a_kernel_is_unpacked_from_any_compression(into: Path, mode: str) -> None:
    top, files = unpack(io.BytesIO(tar(kernel_members(), mode)), into, tick=nothing)
    assert (top, files) == (into / "linux-6.12.3", 3)
    source = top / "mm/mmap.c"
    assert source.read_bytes() == b"int mmap;\n"
    assert source.stat().st_mtime == 1_000_000_000
    assert (top / "arch/link").readlink() == Path("../mm/mmap.c")


def test_set_user_id_is_dropped_and_executable_kept(into: Path) -> None:
    top, _ = unpack(io.BytesIO(tar(kernel_members())), into, tick=nothing)
    mode = (top / "scripts/run.sh").stat().st_mode
    assert mode & 0o7000 == 0
    assert os.access(top / "scripts/run.sh", os.X_OK)


def test_a_hard_link_becomes_a_copy(into: Path) -> None:
    linked = member("k/b.c", type=tarfile.LNKTYPE, linkname="k/a.c")
    top, files = unpack(io.BytesIO(tar([member("k/a.c", b"a"), linked])), into, tick=nothing)
    assert files == 2
    assert (top / "b.c").read_bytes() == b"a"
    assert (top / "b.c").stat().st_nlink == 1


@pytest.mark.parametrize("name", ["../evil.c", "k/../../evil.c", "/tmp/evil.c", "k/.."])
def test_names_that_lead_out_are_refused(into: Path, name: str) -> None:
    assert "leads out of the folder" in refuse(into, [member(name, b"x")])


@pytest.mark.parametrize(
    "target",
    ["/etc/passwd", "../evil", "../../evil", "a/../../evil", "sub/..", "", "..", "../other/x"],
)
def test_links_that_lead_out_are_refused(into: Path, target: str) -> None:
    link = member("k/link", type=tarfile.SYMTYPE, linkname=target)
    assert "links out of the folder" in refuse(into, [member("k/a.c"), link])


def test_links_cannot_be_chained_to_lead_out(into: Path) -> None:
    deep = member("k/a/b/up", type=tarfile.SYMTYPE, linkname="../..")
    out = member("k/a/b/out", type=tarfile.SYMTYPE, linkname="up/../../evil")
    assert "links out" in refuse(into, [deep, out])


def test_a_file_cannot_be_written_through_a_link(into: Path) -> None:
    folder = member("k/real", type=tarfile.DIRTYPE)
    link = member("k/dir", type=tarfile.SYMTYPE, linkname="real")
    assert "twice" in refuse(into, [folder, link, member("k/dir/x.c", b"x")])
    assert not (into / "k/real/x.c").exists()


def test_a_link_cannot_stand_for_a_folder_already_there(into: Path) -> None:
    link = member("k", type=tarfile.SYMTYPE, linkname="k")
    assert "twice" in refuse(into, [member("k/x.c", b"x"), link])


def test_a_file_cannot_stand_for_a_folder(into: Path) -> None:
    assert "twice" in refuse(into, [member("k/d/x.c", b"x"), member("k/d", b"x")])


def test_hard_links_to_outside_are_refused(into: Path) -> None:
    for target in ("/etc/passwd", "../evil", "k/nothing"):
        refuse(into, [member("k/b.c", type=tarfile.LNKTYPE, linkname=target)])


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_and_fifos_are_refused(into: Path, kind: bytes) -> None:
    assert "no file, folder or link" in refuse(into, [member("k/device", type=kind)])


def test_the_same_name_twice_is_refused(into: Path) -> None:
    assert "twice" in refuse(into, [member("k/a.c", b"1"), member("k/a.c", b"2")])


def test_too_many_files_are_refused(into: Path) -> None:
    members = [member(f"k/{number}.c") for number in range(60)]
    assert "no kernel is so large" in refuse(into, members)


def test_a_bomb_is_refused_before_it_fills_the_disk(into: Path) -> None:
    packed = tar([member("k/zeros.c", bytes(64 << 20))])
    assert len(packed) < 100_000
    with pytest.raises(ObtainError, match="unpacks to more than 4 MiB"):
        unpack(io.BytesIO(packed), into, limits=SMALL, tick=nothing)
    assert sum(path.stat().st_size for path in into.rglob("*") if path.is_file()) == 0


def test_a_bomb_after_the_end_of_the_archive_is_refused(into: Path) -> None:
    packed = zlib.compressobj(wbits=31)
    data = packed.compress(tar([member("k/a.c", b"a")], "w") + bytes(32 << 20)) + packed.flush()
    with pytest.raises(ObtainError, match="unpacks to more"):
        unpack(io.BytesIO(data), into, limits=SMALL, tick=nothing)


def test_a_header_that_claims_gigabytes_is_refused_without_reading_it(into: Path) -> None:
    info = tarfile.TarInfo("k/pax")
    info.type, info.size = tarfile.XHDTYPE, 3 << 30
    data = info.tobuf(tarfile.USTAR_FORMAT) + bytes(1 << 20)
    tracemalloc.start()
    with pytest.raises(ObtainError, match="header of unreasonable size"):
        unpack(io.BytesIO(data), into, tick=nothing)
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_truncated_archive_is_refused(into: Path, mode: str, keep: float) -> None:
    data = tar([*kernel_members(), member("linux-6.12.3/r.c", os.urandom(20_000))], mode)
    if mode == "w":  # of a plain archive the end mark is torn off as well
        data = data.rstrip(b"\0")
    with pytest.raises(ObtainError, match=r"damaged|incomplete"):
        unpack(io.BytesIO(data[: int(len(data) * keep)]), into, tick=nothing)


def test_a_plain_archive_cut_between_two_files_is_refused(into: Path) -> None:
    data = tar([member("k/a.c", b"a" * 512), member("k/b.c", b"b" * 512)], "w")
    with pytest.raises(ObtainError, match="end mark"):
        unpack(io.BytesIO(data[:1024]), into, tick=nothing)


def test_a_flipped_bit_is_refused(into: Path) -> None:
    data = bytearray(tar([member("k/r.c", os.urandom(50_000))]))
    data[len(data) // 2] ^= 1
    with pytest.raises(ObtainError, match="damaged"):
        unpack(io.BytesIO(bytes(data)), into, tick=nothing)


@pytest.mark.parametrize("data", [b"", b"hello" * 1000, b"\x28\xb5\x2f\xfd" + bytes(600)])
def test_what_is_no_archive_is_refused(into: Path, data: bytes) -> None:
    with pytest.raises(ObtainError):
        unpack(io.BytesIO(data), into, tick=nothing)
