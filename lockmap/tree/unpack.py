"""Unpacking a tar archive that nobody vouches for.

Nothing is written outside the folder, nothing but files, folders and links
inside it is made, and a small archive cannot become an endless tree: sizes,
counts and the decompressed stream itself are bounded.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import IO, cast

from lockmap.errors import ObtainError
from lockmap.tree.source import printable


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one archive may hold: five times the largest kernel so far."""

    total_bytes: int = 8 << 30
    files: int = 500_000
    path_bytes: int = 1024
    header_bytes: int = 1 << 20


_CHUNK = 1 << 20
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xfd7zXZ\0", "xz"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)


class _Forward:
    """A stream for tarfile that only goes forward, and never further than the bound.

    tarfile reads an extended header whole, however large it claims to be: a
    single read is therefore bounded as well.
    """

    def __init__(self, raw: IO[bytes], limits: Limits) -> None:
        self._raw = raw
        self._limits = limits
        self._at = 0
        self._last = b""

    @property
    def at_end_mark(self) -> bool:
        """Whether the last block read was one of the zero blocks that end an archive."""
        return self._last == bytes(tarfile.BLOCKSIZE)

    def tell(self) -> int:
        return self._at

    def seek(self, to: int, _whence: int = 0) -> int:
        while self._at < to and self.read(min(_CHUNK, to - self._at)):
            pass
        return self._at

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= self._limits.header_bytes:
            raise ObtainError("the archive has a header of unreasonable size")
        # A decompressor may return less than asked before the end; tarfile does not expect it.
        parts = []
        missing = size
        while missing and (part := self._raw.read(missing)):
            parts.append(part)
            missing -= len(part)
        self._at += size - missing
        if self._at > self._limits.total_bytes:
            raise _too_large(self._limits)
        self._last = b"".join(parts)
        return self._last


def unpack(
    stream: IO[bytes], into: Path, *, limits: Limits = Limits(), tick: Callable[[], None]
) -> tuple[Path, int]:
    """Unpack a tar *stream*, compressed or not, below the empty folder *into*.

    Returns the top folder (the only one in the archive, or *into* itself) and
    the number of files.  *tick* is called now and then, to report progress.
    Raises ObtainError for an archive that is damaged, hostile or too large.
    """
    try:
        plain = _Forward(_decompressed(stream), limits)
        with tarfile.open(fileobj=plain, mode="r:") as archive:  # type: ignore[call-overload]
            files = _Unpacker(archive, into, limits).run(tick)
            if not plain.at_end_mark:  # tarfile takes a torn header for the end
                raise tarfile.ReadError("it ends before its end mark")
            while plain.read(_CHUNK):  # the checksum of the compressed stream comes last
                tick()
    except (tarfile.TarError, lzma.LZMAError, zlib.error, gzip.BadGzipFile, EOFError) as error:
        raise ObtainError(
            f"the archive is damaged or incomplete: {error}", hint="obtain it again"
        ) from error
    names = os.listdir(into)  # noqa: PTH208 (names, not paths)
    top = into / names[0] if len(names) == 1 else into
    return (top if top.is_dir() and not top.is_symlink() else into), files


def _decompressed(stream: IO[bytes]) -> IO[bytes]:
    """The stream with its compression, told by its first bytes, taken off."""
    buffered = io.BufferedReader(cast(io.RawIOBase, stream), _CHUNK)
    head = buffered.peek(8)
    kind = next((name for magic, name in _MAGIC if head.startswith(magic)), "none")
    if kind == "zstd":
        raise ObtainError(
            "the archive is compressed with zstd, which is not read", hint="unpack it: zstd -d FILE"
        )
    if kind == "xz":
        return lzma.LZMAFile(buffered)
    if kind == "gzip":
        return cast(IO[bytes], gzip.GzipFile(fileobj=buffered))
    if kind == "bzip2":
        return bz2.BZ2File(buffered)
    return buffered


class _Unpacker:
    """One archive on its way to disk."""

    def __init__(self, archive: tarfile.TarFile, into: Path, limits: Limits) -> None:
        self._archive = archive
        self._into = str(into)
        self._limits = limits
        self._files = 0
        self._bytes = 0
        self._folders = {""}
        self._links: dict[str, str] = {}

    def run(self, tick: Callable[[], None]) -> int:
        members = 0
        while (member := self._archive.next()) is not None:
            # tarfile keeps every header otherwise: 90,000 of them for a kernel.
            self._archive.members.clear()  # type: ignore[attr-defined]
            members += 1
            if members > self._limits.files:
                raise _too_large(self._limits)
            self._member(member)
            if members % 256 == 0:
                tick()
        # Links come last: no file can then be written through one.
        for path, target in self._links.items():
            self._folder(path.rpartition("/")[0])
            try:
                Path(self._into, path).symlink_to(target)
            except FileExistsError:
                raise _hostile(path, "stands in the archive twice") from None
        return self._files

    def _member(self, member: tarfile.TarInfo) -> None:
        path = self._inside(member.name)
        if member.isdir():
            self._folder(path)
            return
        if not path:
            raise _hostile(member.name, "is the folder itself, but no folder")
        if member.isfile() and not member.issparse():
            self._file(member, path)
        elif member.issym():
            self._link(member, path)
        elif member.islnk():
            self._hard_link(member, path)
        else:
            raise _hostile(member.name, "is no file, folder or link")

    def _inside(self, name: str) -> str:
        """The normal form of a member's name, or an error for one that leads out."""
        parts = name.split("/")
        if name.startswith("/") or ".." in parts or "\0" in name:
            raise _hostile(name, "leads out of the folder")
        if len(os.fsencode(name)) > self._limits.path_bytes:
            raise _hostile(name[:60], "has a name of unreasonable length")
        return "/".join(part for part in parts if part not in ("", "."))

    def _folder(self, path: str) -> None:
        if path in self._folders:
            return
        self._folder(path.rpartition("/")[0])
        try:
            os.mkdir(f"{self._into}/{path}")  # noqa: PTH102 (paths are plain text here)
        except FileExistsError:
            raise _hostile(path, "is both a file and a folder") from None
        self._folders.add(path)

    def _create(self, path: str, *, executable: bool) -> IO[bytes]:
        self._folder(path.rpartition("/")[0])
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            handle = os.open(f"{self._into}/{path}", flags, 0o755 if executable else 0o644)
        except FileExistsError:
            raise _hostile(path, "stands in the archive twice") from None
        self._files += 1
        return os.fdopen(handle, "wb", buffering=0)

    def _file(self, member: tarfile.TarInfo, path: str) -> None:
        self._bytes += member.size
        if self._bytes > self._limits.total_bytes:
            raise _too_large(self._limits)
        source = self._archive.extractfile(member)
        assert source is not None
        left = member.size
        with source, self._create(path, executable=bool(member.mode & 0o100)) as file:
            while left and (part := source.read(min(left, self._limits.header_bytes))):
                file.write(part)
                left -= len(part)
        if left:
            raise tarfile.ReadError(f"{printable(path)} ends too early")
        # The age of a file is what `make` and the cache go by.
        when = max(0, int(member.mtime))
        os.utime(f"{self._into}/{path}", (when, when))

    def _link(self, member: tarfile.TarInfo, path: str) -> None:
        target = member.linkname
        top = path.split("/", 1)[0] if "/" in path else ""
        leads_to = normpath(str(PurePosixPath(path).parent / target))
        out = not target or target.startswith("/") or leads_to.startswith("..")
        # The top folder is moved to its place alone: a link beside it would lead out.
        out = out or (top not in ("", leads_to) and not leads_to.startswith(f"{top}/"))
        # After a name, ".." starts from wherever another link leads: not from here.
        steps = target.split("/")
        while steps and steps[0] in ("..", "."):
            del steps[0]
        if out or ".." in steps or "\0" in target:
            raise _hostile(member.name, f"links out of the folder, to {printable(target)}")
        if path in self._links or path in self._folders:
            raise _hostile(member.name, "stands in the archive twice")
        self._links[path] = target

    def _hard_link(self, member: tarfile.TarInfo, path: str) -> None:
        """A second name for a file already unpacked: written as a copy."""
        original = f"{self._into}/{self._inside(member.linkname)}"
        try:
            content = Path(original).read_bytes()
        except OSError:
            raise _hostile(member.name, "is a hard link to nothing before it") from None
        self._bytes += len(content)
        if self._bytes > self._limits.total_bytes:
            raise _too_large(self._limits)
        with self._create(path, executable=os.access(original, os.X_OK)) as file:
            file.write(content)


def _hostile(name: str, what: str) -> ObtainError:
    return ObtainError(
        f"the archive is not safe to unpack: {printable(name)} {what}",
        hint="obtain the kernel from a source you trust",
    )


def _too_large(limits: Limits) -> ObtainError:
    return ObtainError(
        f"the archive unpacks to more than {limits.total_bytes >> 20} MiB or {limits.files} files: "
        "no kernel is so large",
        hint="obtain the kernel from a source you trust",
    )
