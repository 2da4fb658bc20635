"""Small tar archives, honest and hostile, and a Debian package around one."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

from .conftest import MAKEFILE

Member = tuple[tarfile.TarInfo, bytes]


def member(name: str, data: bytes = b"", **fields: object) -> Member:
    """A tar member; *fields* are attributes of TarInfo, such as type and linkname."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.mode = 0o644
    for key, value in fields.items():
        setattr(info, key, value)
    return info, data


def kernel_members(top: str = "linux-6.12.3") -> list[Member]:
    return [
        member(top, type=tarfile.DIRTYPE),
        member(f"{top}/Makefile", MAKEFILE.encode()),
        member(f"{top}/mm/mmap.c", b"int mmap;\n", mtime=1_000_000_000),
        member(f"{top}/scripts/run.sh", b"#!/bin/sh\n", mode=0o4755),
        member(f"{top}/arch/link", type=tarfile.SYMTYPE, linkname="../mm/mmap.c"),
    ]


def tar(members: list[Member], mode: str = "w:xz") -> bytes:
    """The members, packed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=tarfile.PAX_FORMAT) as archive:  # type: ignore[call-overload]
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def deb(folder: Path, package: str, inner: bytes, version: str = "6.12.3-1") -> Path:
    """A package with ``usr/src/PACKAGE.tar.xz`` in it, made by dpkg-deb."""
    build = folder / "build"
    (build / "DEBIAN").mkdir(parents=True)
    (build / "usr/src").mkdir(parents=True)
    (build / f"usr/src/{package}.tar.xz").write_bytes(inner)
    (build / "DEBIAN/control").write_text(
        f"Package: {package}\nVersion: {version}\nArchitecture: all\n"
        "Maintainer: t <t@t>\nDescription: t\n",
        encoding="utf-8",
    )
    path = folder / f"{package}_{version}_all.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-b", build, path], check=True, capture_output=True
    )
    return path
