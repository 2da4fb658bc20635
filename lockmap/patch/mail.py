"""Mails as drafts: encodings undone, attachments found, headers decoded.

What git does with a mail (``git mailsplit``, ``git mailinfo``) is done here too,
but a mail in HTML or without a diff is told instead of passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr

from lockmap.errors import PatchError
from lockmap.patch.draft import Draft, holds_diff
from lockmap.patch.model import Note

# As git tells them: a line of prose may begin with "From " as well, and has no time
# and year at its end.  (mailbox.mbox would take it for the next mail.)
_FROM_LINE = re.compile(rb"^From [^\n]*\d:\d\d:\d\d (?:[^\n:]{1,8} )?\d{4}[^\n:]*\n", re.MULTILINE)
_HEADER = re.compile(rb"(?!Index:)[!-9;-~]+:[ \t]")
_MAIL_HEADER = re.compile(rb"^(?:From|Subject|Date|Message-ID):[ \t]", re.MULTILINE | re.IGNORECASE)
_IN_BODY = re.compile(rb"\s*From:[ \t]+([^\n]+<[^\n>]+>)[ \t]*\n")
_DEEPEST = 8


def is_mail(data: bytes) -> bool:
    """Whether *data* begins like a mail or an mbox, not like a bare diff."""
    start = data.lstrip(b"\n")[:65536]
    if _FROM_LINE.match(start):
        return True
    head = start.partition(b"\n\n")[0]
    return _HEADER.match(start) is not None and _MAIL_HEADER.search(head) is not None


def split_mails(data: bytes) -> list[bytes]:
    """The mails of an mbox, each without its ``From `` line; a single mail as it is."""
    starts = [found.span() for found in _FROM_LINE.finditer(data)]
    if not starts or data[: starts[0][0]].strip():
        starts.insert(0, (0, 0))
    ends = [begin for begin, _ in starts[1:]] + [len(data)]
    return [data[after:end] for (_, after), end in zip(starts, ends, strict=True)]


def read_mail(raw: bytes, origin: str, notes: list[Note]) -> Iterator[Draft]:
    """The drafts in one mail: itself, then each attached mail or formatted patch.

    What cannot be used is added to *notes*.  Raises PatchError when it is nested
    too deep.
    """
    try:
        yield from _read_message(message_from_bytes(raw.lstrip(b"\n")), origin, notes, 0)
    except RecursionError as error:
        raise PatchError(f"{origin}: parts within parts, too deep to read") from error


def _read_message(message: Message, origin: str, notes: list[Note], depth: int) -> Iterator[Draft]:
    if depth > _DEEPEST:
        raise RecursionError
    parts = _Parts()
    parts.take(message, 0)
    text = b"\n".join(parts.texts)
    author = _person(header(message, "From"))
    if found := _IN_BODY.match(text):  # the mail was sent for somebody else
        author = found[1].decode("utf-8", "replace").strip()
    identity = header(message, "Message-ID").strip("<> ")
    title = header(message, "Subject")
    if parts.html and not holds_diff(text):
        where = title or origin
        notes.append(Note("skipped", where, "a mail in HTML only: its lines cannot be trusted"))
    yield Draft(title, author, identity, text, origin)
    for number, inner in enumerate(parts.mails, 1):
        yield from _read_message(inner, f"{origin}, attachment {number}", notes, depth + 1)


class _Parts:
    """The parts of a mail that may hold a patch, in order."""

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.mails: list[Message] = []
        self.html = False

    def take(self, message: Message, depth: int) -> None:
        kind = message.get_content_type()
        content = message.get_payload()
        if depth > _DEEPEST:
            raise RecursionError
        if kind == "message/rfc822" and isinstance(content, list):
            self.mails += [part for part in content if isinstance(part, Message)]
        elif isinstance(content, list):
            parts = [part for part in content if isinstance(part, Message)]
            if kind == "multipart/alternative":  # the same in several forms
                plain = [part for part in parts if part.get_content_type() == "text/plain"]
                parts = plain[:1] or parts
            for part in parts:
                self.take(part, depth + 1)
        elif kind == "text/html":
            self.html = True
        elif message.get_content_maintype() in {"text", "application"}:
            self._leaf(message, kind)

    def _leaf(self, message: Message, kind: str) -> None:
        text = decoded(message)
        if kind == "text/plain" and _parameter(message, "format").lower() == "flowed":
            text = unflowed(text, _parameter(message, "delsp").lower() == "yes")
        if message.get_content_maintype() == "application" and not holds_diff(text):
            return
        if _is_file(message) and is_mail(text):
            self.mails += [message_from_bytes(mail) for mail in split_mails(text)]
        else:
            self.texts.append(text)


def decoded(message: Message) -> bytes:
    """The bytes of a part, its transfer encoding undone, and lines ending in LF."""
    try:
        content = message.get_payload(decode=True)
    except (ValueError, LookupError, MessageError):
        content = None
    return unix_lines(content) if isinstance(content, bytes) else b""


def unix_lines(text: bytes) -> bytes:
    """*text* with LF for CRLF where every line ends in CRLF, as mails travel.

    A diff of a file with CRLF has LF in its own header lines, and is left alone.
    """
    count = text.count(b"\n")
    if count and text.count(b"\r\n") == count:
        return text.replace(b"\r\n", b"\n")
    return text


def unflowed(text: bytes, delete_space: bool) -> bytes:
    """A ``format=flowed`` text (RFC 3676) with its lines joined again, as git does it."""
    lines: list[bytes] = []
    open_line = b""
    for line in text.split(b"\n"):
        if line == b"-- ":
            if open_line:
                lines.append(open_line)
                open_line = b""
            lines.append(line)
            continue
        stuffed = line.removeprefix(b" ")
        if stuffed.endswith(b" "):
            open_line += stuffed[:-1] if delete_space else stuffed
            continue
        lines.append(open_line + stuffed)
        open_line = b""
    if open_line:
        lines.append(open_line)
    return b"\n".join(lines)


def header(message: Message, name: str) -> str:
    """One header as plain text on one line; empty when there is none.

    One that says it is encoded in a way that nobody knows stays as it is.
    """
    raw = message.get(name)
    if raw is None:
        return ""
    try:
        text = str(make_header(decode_header(raw)))
    except (ValueError, LookupError, MessageError):
        text = str(raw)
    plain = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return " ".join(plain.split())


def _is_file(message: Message) -> bool:
    try:
        return message.get_filename() is not None
    except (ValueError, LookupError):
        return True


def _person(text: str) -> str:
    """``Name <address>`` without the quotes that a header needs; else *text* as it is."""
    name, address = parseaddr(text)
    return f"{name} <{address}>" if name and address else text


def _parameter(message: Message, name: str) -> str:
    try:
        found = message.get_param(name, "")
    except (ValueError, LookupError):
        return ""
    return found if isinstance(found, str) else ""
