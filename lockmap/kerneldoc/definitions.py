"""Where the structs of a tree are defined."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from lockmap.syntax.lex import blank
from lockmap.tree.source import FileEntry, ReadProblem, Source

_HEAD = re.compile(
    rb"^(?:typedef[ \t]+)?struct[ \t]+(\w+)[ \t\n]*(?:__\w+[ \t\n]*)?\{", re.MULTILINE
)
_MOST_BYTES = 1 << 20
"""Longer headers are tables of registers."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A struct as it stands in the tree."""

    tag: str
    file: str
    line: int
    """Of its head."""
    before: bytes
    """The comment right before it, else nothing."""
    body: bytes
    """What stands between its braces, with comments."""
    body_line: int
    """The line that the body begins on."""
    elsewhere: tuple[str, ...] = ()
    """Other files that define a struct of this name."""


def find_definitions(
    source: Source, tags: Collection[str], folders: Collection[str] = ()
) -> dict[str, Definition]:
    """The definitions of the structs *tags*, by tag; those that are not found are left out.

    Public headers are looked through first, then other headers, then files of *folders*.
    Of several definitions that of a public header is taken, else the first by path.
    """
    entries = [e for e in source.list().entries if e.size <= _MOST_BYTES]
    public = [e for e in entries if e.path.endswith(".h") and e.path.startswith("include/")]
    headers = [e for e in entries if e.path.endswith(".h") and not e.path.startswith("include/")]
    near = [e for e in entries if not e.path.endswith(".h") and _folder(e.path) in folders]
    found: dict[str, list[Definition]] = {}
    for stretch in (public, headers, near):
        missing = set(tags) - found.keys()
        if missing:
            for definition in _in_files(source, stretch, missing):
                found.setdefault(definition.tag, []).append(definition)
    return {tag: _first(same) for tag, same in found.items()}


def _first(same: list[Definition]) -> Definition:
    one, *others = sorted(same, key=lambda d: (d.file, d.line))
    elsewhere = tuple(d.file for d in others)
    return Definition(one.tag, one.file, one.line, one.before, one.body, one.body_line, elsewhere)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _in_files(
    source: Source, entries: Iterable[FileEntry], tags: Collection[str]
) -> Iterable[Definition]:
    wanted = {tag.encode() for tag in tags}
    for entry, data in source.read_many(entries):
        if isinstance(data, ReadProblem):
            continue
        heads = [m for m in _HEAD.finditer(data) if m[1] in wanted]
        if not heads:
            continue
        clean = blank(data)
        for head in heads:
            if clean[head.start() : head.start() + 1].isspace():
                continue  # in a comment
            end = _closing(clean, head.end())
            yield Definition(
                head[1].decode(),
                entry.path,
                data.count(b"\n", 0, head.start()) + 1,
                _comment_before(data, head.start()),
                data[head.end() : end],
                data.count(b"\n", 0, head.end()) + 1,
            )


def _closing(clean: bytes, start: int) -> int:
    """Where the brace closes that was opened before *start*."""
    depth = 1
    for match in re.finditer(rb"[{}]", clean[start:]):
        depth += 1 if match[0] == b"{" else -1
        if not depth:
            return start + match.start()
    return len(clean)


def _comment_before(data: bytes, head: int) -> bytes:
    text = data[:head].rstrip()
    if not text.endswith(b"*/"):
        return b""
    start = text.rfind(b"/*")
    return text[start:] if start >= 0 else b""
