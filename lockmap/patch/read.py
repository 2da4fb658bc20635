"""What a user names as patches: files, mailboxes, folders of them, standard input."""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from lockmap.errors import PatchError
from lockmap.patch.draft import Draft
from lockmap.patch.mail import is_mail, read_mail, split_mails, unix_lines
from lockmap.patch.model import Limits, Note, Series
from lockmap.patch.order import in_series
from lockmap.tree.source import printable

STANDARD_INPUT = "-"
_SUFFIXES = (".patch", ".diff", ".eml", ".mbox", ".mbx", ".txt", ".gz")
_SHOWN_COMMIT = re.compile(rb"^commit [0-9a-f]{40,64}\b.*\n", re.MULTILINE)
_SHOWN_AUTHOR = re.compile(rb"^Author: +([^\n]+)", re.MULTILINE)
_SHOWN_TITLE = re.compile(rb"^    ([^\n]+)", re.MULTILINE)


def read_series(
    names: Iterable[str], *, limits: Limits | None = None, stdin: BinaryIO | None = None
) -> Series:
    """The series in the files and folders *names*; ``-`` is standard input.

    A folder gives its patches in the order of its quilt ``series`` file, else of
    their names; a maildir its mails.  gzip is undone.  Raises PatchError when
    something cannot be read, is too big, or holds no patch at all.
    """
    limits = limits or Limits()
    notes: list[Note] = []
    drafts: list[Draft] = []
    left = limits.input_bytes
    for origin, opened in _inputs(names, stdin):
        data = _unpacked(_bounded(origin, opened, left, limits), origin, left)
        left -= len(data)
        drafts += drafts_of(data, origin, notes)
    return in_series(drafts, notes, limits)


def drafts_of(data: bytes, origin: str, notes: list[Note]) -> Iterator[Draft]:
    """The drafts in the bytes of one file, be it a diff, a mail, or many."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise PatchError(
            f"{origin}: in UTF-16, which no patch is",
            hint="write it with `git diff --output=FILE`, not through a shell that recodes it",
        )
    data = data.removeprefix(b"\xef\xbb\xbf")
    plain = unix_lines(data)
    if plain is not data:
        notes.append(Note("repaired", origin, "every line ended in CRLF; read as LF"))
    if not is_mail(plain):
        yield _bare(plain, origin)
        return
    mails = split_mails(plain)
    for number, mail in enumerate(mails, 1):
        name = origin if len(mails) == 1 else f"{origin}, mail {number}"
        yield from read_mail(mail, name, notes)


def _bare(text: bytes, origin: str) -> Draft:
    """A diff that is no mail; what ``git show`` writes says whose it is."""
    head = text.partition(b"\ndiff --git ")[0]
    shown = _SHOWN_COMMIT.findall(text)
    if len(shown) > 1:
        raise PatchError(
            f"{origin}: the output of git log, newest change first",
            hint="give the range (--range BASE..HEAD), or the files of git format-patch",
        )
    author = _SHOWN_AUTHOR.search(head) if shown else None
    title = _SHOWN_TITLE.search(head) if shown else None
    return Draft(
        title[1].decode("utf-8", "replace") if title is not None else "",
        author[1].decode("utf-8", "replace") if author is not None else "",
        "",
        text,
        origin,
    )


def _inputs(names: Iterable[str], stdin: BinaryIO | None) -> Iterator[tuple[str, BinaryIO]]:
    """Each input with its name for the user, open."""
    for name in names:
        if name == STANDARD_INPUT:
            yield "standard input", stdin or sys.stdin.buffer
            continue
        path = Path(name)
        try:
            files = _in_folder(path) if path.is_dir() else [path]
        except OSError as error:
            raise PatchError(f"{printable(name)}: {error.strerror}") from error
        for file in files:
            try:
                opened = file.open("rb")
            except (OSError, ValueError) as error:
                reason = error.strerror if isinstance(error, OSError) else "no name of a file"
                raise PatchError(f"{printable(str(file))}: {reason}") from error
            with opened:
                yield printable(str(file)), opened


def _in_folder(folder: Path) -> list[Path]:
    """The patch files of a folder, in order."""
    shown = printable(str(folder))
    series = folder / "series"
    if series.is_file():
        listed = [
            line.split("#")[0].split()
            for line in series.read_text("utf-8", "surrogateescape").splitlines()
        ]
        names = [words[0] for words in listed if words]
        outside = [name for name in names if name.startswith("/") or ".." in name.split("/")]
        if outside:
            raise PatchError(f"{shown}/series: {printable(outside[0])} leads out of the folder")
        return [folder / name for name in names]
    maildir = [folder / part for part in ("cur", "new") if (folder / part).is_dir()]
    if maildir:
        return sorted(path for part in maildir for path in part.iterdir() if path.is_file())
    found = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES and path.is_file())
    if not found:
        raise PatchError(f"{shown}: no patch in this folder", hint="their names end in .patch")
    return found


def _bounded(origin: str, opened: BinaryIO, left: int, limits: Limits) -> bytes:
    try:
        data = opened.read(left + 1)
    except OSError as error:
        raise PatchError(f"{origin}: {error.strerror or error}") from error
    if len(data) > left:
        raise PatchError(f"{origin}: over {limits.input_bytes} bytes in all; not read")
    return data


def _unpacked(data: bytes, origin: str, left: int) -> bytes:
    """*data* itself, or what it was before gzip, as lore gives mailboxes."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    unpack = zlib.decompressobj(wbits=31)
    try:
        plain = unpack.decompress(data, left + 1)
    except zlib.error as error:
        raise PatchError(f"{origin}: damaged gzip: {error}") from error
    if len(plain) > left:
        raise PatchError(f"{origin}: unpacks to more than {left} bytes; not read")
    if not unpack.eof or unpack.unused_data.strip(b"\0"):
        raise PatchError(f"{origin}: the gzip file is cut off, or goes on after its end")
    return plain
