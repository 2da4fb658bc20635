"""What a comment says, without its decoration."""

from __future__ import annotations

import re

_DECORATION = re.compile(r"^[ \t]*\*(?!/)[ \t]?", re.MULTILINE)
_MEMBER = re.compile(r"^\s*@([\w.]+)\s*:\s*(.*)$")
_SECTION = re.compile(r"^\s*[A-Z][\w ]*:\s*$")
_MOST_WORDS = 60


def inside(comment: bytes) -> str:
    """The text within a comment, its lines kept."""
    text = comment.decode("utf-8", "replace")
    if text.startswith("//"):
        return text[2:].strip()
    text = re.sub(r"^/\*+|\*+/$", "", text)
    return _DECORATION.sub("", text).strip()


def first_paragraph(text: str) -> str:
    """The first paragraph of a comment in one line, cut where it goes on and on."""
    words = re.split(r"\n[ \t]*\n", text.strip(), maxsplit=1)[0].split()
    cut = len(words) > _MOST_WORDS
    return " ".join([*words[:_MOST_WORDS], "[...]"] if cut else words)


def member_docs(comment: bytes) -> dict[str, str]:
    """What kernel-doc says of members: by name, the first paragraph of ``@name:`` in one line."""
    if not comment.startswith((b"/**", b"/*\n")):
        return {}
    found: dict[str, list[str]] = {}
    name = ""
    for line in inside(comment).split("\n"):
        match = _MEMBER.match(line)
        if match:
            name = match[1]
            found[name] = [match[2]]
        elif _SECTION.match(line):
            name = ""
        elif name:
            found[name].append(line)
    return {name: first_paragraph("\n".join(lines)) for name, lines in found.items()}
