"""What the last scan of a tree knew: so that the next one reads only what has changed.

Six files, because each is wanted at another moment: the *stamps* (a few MB) at every scan;
the *texts* and the *outlines* (a kernel's take 100 and 200 MB) and the *traces* of accesses (see
``scan.touched``) when something has changed; the *result* when what has changed may not matter
to the locks; what is *known* (see ``scan.known``) when it does.  A token made of the
stamps ties them together.  They are written beside nothing of value: one that is missing,
damaged or of another token only costs time.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from lockmap.map.records import MapData

_KEPT = 8
"""Trees whose snapshots are kept."""
_TEXTS, _RESULT, _KNOWN = ".texts", ".result", ".known"
TRACES = ".traces"
OUTLINES = ".outlines"
"""Written and read by ``scan.outlines``."""
_T = TypeVar("_T")

Problem3 = tuple[str, str, str]
"""(printable path, kind, message) of what could not be read."""


class MapMark(msgspec.Struct, frozen=True, array_like=True):
    """The map that a scan wrote: recognised by size and time, else by its bytes."""

    path: bytes = b""
    size: int = 0
    mtime_ns: int = 0
    digest: bytes = b""


class Stamps(msgspec.Struct, frozen=True, array_like=True):
    """A tree as it was scanned."""

    fingerprint: bytes
    identity: tuple[str, ...]
    """What the map says of the tree as a whole: root, label, revision, version."""
    files: tuple[tuple[bytes, str], ...]
    """(path, stamp); the path's bytes, as a name need not be UTF-8."""
    listed: tuple[Problem3, ...]
    """Problems of the listing."""
    met: tuple[Problem3, ...]
    """Problems of reading: such files are not among ``files``, and are read again."""
    written: MapMark
    documents: str = ""
    """What tells the documents and the rules of the user from others."""

    def token(self) -> bytes:
        """Equal for the same files as seen by the same lockmap."""
        return token_of(self.fingerprint, self.files)


class Text(msgspec.Struct, frozen=True, array_like=True):
    """What triage made of one file."""

    mentions: bytes
    definitions: bytes
    facts: bytes
    """MessagePack of FileFacts."""


class Texts(msgspec.Struct, frozen=True, array_like=True):
    """What triage made of each file, in the order of the stamps."""

    token: bytes
    files: list[Text]


class Result(msgspec.Struct, frozen=True, array_like=True):
    """What the analysis found, and all that it asked of the tree to find it."""

    token: bytes
    mentioned: tuple[str, ...]
    """Names of which it asked who mentions them."""
    defined: tuple[str, ...]
    """Names of which it asked who defines them."""
    read: frozenset[bytes]
    """Files whose text it read."""
    data: MapData


class Sealed(msgspec.Struct, frozen=True, array_like=True):
    """Content that is used only as it was written, as no reader could tell a flipped bit."""

    seal: bytes
    content: bytes


def _seal(token: bytes, content: bytes) -> bytes:
    return blake2b(content, digest_size=16, key=token).digest()


def token_of(fingerprint: bytes, files: Sequence[tuple[bytes, str]]) -> bytes:
    """The token of a state of a tree."""
    digest = blake2b(fingerprint, digest_size=16)
    digest.update(msgspec.msgpack.encode(files))
    return digest.digest()


def load_stamps(path: Path, fingerprint: bytes) -> Stamps | None:
    """The stamps at *path*; None when there are none that can be used."""
    found = _load(path, Stamps)
    return found if found is not None and found.fingerprint == fingerprint else None


def load_texts(path: Path, token: bytes) -> Texts | None:
    """The texts that belong to the stamps of *token*."""
    found = _load(path.with_suffix(_TEXTS), Texts)
    return found if found is not None and found.token == token else None


def load_result(path: Path, token: bytes) -> Result | None:
    """The result that belongs to the stamps of *token*."""
    found = _load(path.with_suffix(_RESULT), Result)
    return found if found is not None and found.token == token else None


def load_known(path: Path, token: bytes, kind: type[_T], suffix: str = _KNOWN) -> _T | None:
    """What the analysis behind the stamps of *token* knew."""
    found = _load(path.with_suffix(suffix), Sealed)
    if found is None or found.seal != _seal(token, found.content):
        return None
    return _decode(found.content, kind)


def save_known(path: Path, token: bytes, known: object, suffix: str = _KNOWN) -> str:
    """Write *known*; returns what went wrong, or nothing."""
    content = msgspec.msgpack.encode(known)
    return _save(path.with_suffix(suffix), Sealed(_seal(token, content), content))


def reseal_known(path: Path, old: bytes, new: bytes) -> None:
    """Let what was known to go with token *old* go with *new*: nothing of it has changed."""
    found = _load(path.with_suffix(_KNOWN), Sealed)
    if old != new and found is not None and found.seal == _seal(old, found.content):
        _save(path.with_suffix(_KNOWN), Sealed(_seal(new, found.content), found.content))


def save_texts(path: Path, texts: Texts) -> str:
    """Write *texts*; returns what went wrong, or nothing."""
    return _save(path.with_suffix(_TEXTS), texts)


def save_result(path: Path, result: Result) -> str:
    """Write *result*; returns what went wrong, or nothing."""
    return _save(path.with_suffix(_RESULT), result)


def save_stamps(path: Path, stamps: Stamps) -> str:
    """Write *stamps*, after all that belongs to them; returns what went wrong, or nothing."""
    problem = _save(path, stamps)
    _drop_old(path)
    return problem


def _load(path: Path, kind: type[_T]) -> _T | None:
    try:
        return _decode(path.read_bytes(), kind)
    except (OSError, MemoryError):
        return None


def _decode(content: bytes, kind: type[_T]) -> _T | None:
    try:
        return msgspec.msgpack.decode(content, type=kind)
    except (msgspec.MsgspecError, MemoryError, ValueError, RecursionError):
        return None


def _save(path: Path, value: object) -> str:
    return written(path, lambda file: file.write(msgspec.msgpack.encode(value)))


def written(path: Path, write: Callable[[BinaryIO], object]) -> str:
    """Write whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.urandom(6).hex()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                write(file)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        return f"the next scan will read every file again: {error.strerror or error}"
    return ""


def _drop_old(path: Path) -> None:
    """Keep the snapshots of the trees scanned last."""
    with contextlib.suppress(OSError):
        found = path.parent.glob(f"*{path.suffix}")
        for old in sorted(found, key=lambda p: p.stat().st_mtime, reverse=True)[_KEPT:]:
            for suffix in (path.suffix, _TEXTS, OUTLINES, _RESULT, _KNOWN, TRACES):
                old.with_suffix(suffix).unlink(missing_ok=True)
