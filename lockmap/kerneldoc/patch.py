"""A patch that adds ``Context:`` sections to kernel-doc comments that have none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import unified_diff
from itertools import groupby

from lockmap.escape import visible
from lockmap.kerneldoc.comments import comment_of, has_context, with_context
from lockmap.kerneldoc.contracts import Contracted
from lockmap.tree.source import ReadProblem, Source

_PLAIN_PATH = re.compile(r"[\w./+,@=-]+")
"""Others git would quote."""


@dataclass(frozen=True, slots=True)
class ContextPatch:
    """The patch, and what became of the functions whose contract is certain."""

    text: bytes
    added: tuple[Contracted, ...]
    have: int
    """Functions whose comment has such a section already."""
    without: int
    """Functions without a kernel-doc comment of their own."""
    unreadable: int
    """Functions in files that cannot be read, or that have changed."""


def context_patch(source: Source, contracted: Iterable[Contracted], title: str) -> ContextPatch:
    """The patch for ``git apply`` in the tree; without text where there is nothing to add."""
    parts: list[bytes] = []
    added: list[Contracted] = []
    have = without = unreadable = 0
    for file, functions in groupby(contracted, key=lambda c: c.file):
        found = list(functions)
        lines = _lines(source, file)
        if lines is None:
            unreadable += len(found)
            continue
        insertions: dict[int, list[bytes]] = {}
        for one in found:
            if not _still_there(lines, one):
                unreadable += 1
                continue
            comment = comment_of(lines, one.function, one.line)
            if comment is None:
                without += 1
            elif has_context(lines, comment):
                have += 1
            else:
                at, text = with_context(lines, comment, one.sentences)
                if at not in insertions:
                    insertions[at] = text
                    added.append(one)
        if insertions:
            parts.append(_diff(file, lines, insertions))
    head = _head(title, added) if parts else b""
    return ContextPatch(head + b"".join(parts), tuple(added), have, without, unreadable)


def _lines(source: Source, file: str) -> list[bytes] | None:
    """The file's lines with their ends; None where it is left alone."""
    if not _PLAIN_PATH.fullmatch(file):
        return None
    try:
        data = source.read(file)
    except ReadProblem:
        return None
    return re.findall(rb"[^\n]*\n|[^\n]+$", data)


def _still_there(lines: list[bytes], one: Contracted) -> bool:
    near = b"".join(lines[one.line - 1 : one.line + 3])
    # The map names system calls as sys_NAME; the text has SYSCALL_DEFINEn(NAME).
    names = {one.function.encode(), one.function.removeprefix("sys_").encode()}
    return any(re.search(rb"\b%s\b" % re.escape(name), near) for name in names)


def _diff(file: str, lines: list[bytes], insertions: dict[int, list[bytes]]) -> bytes:
    new: list[bytes] = []
    for at, line in enumerate(lines):
        new += insertions.get(at, [])
        new.append(line)
    # latin-1: every byte is a character, and comes back as it was.
    diff = unified_diff(
        [line.decode("latin-1") for line in lines],
        [line.decode("latin-1") for line in new],
        f"a/{file}",
        f"b/{file}",
    )
    text = "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in diff
    )
    return f"diff --git a/{file} b/{file}\n".encode() + text.encode("latin-1")


def _head(title: str, added: Iterable[Contracted]) -> bytes:
    """What git leaves out when it applies the patch: what each line rests on."""
    lines = [
        title,
        "",
        "Each line was derived from the code of its function: what it asserts of",
        "its caller's lock, takes, drops and returns with. What is not certain",
        "is not said.",
        "---",
    ]
    for one in added:
        lines.append(f" {visible(one.file)}:{one.line} {one.function}")
        lines += [f"   {visible(text)}" for text in one.evidence]
    return ("\n".join(lines) + "\n\n").encode("utf-8", "backslashreplace")
