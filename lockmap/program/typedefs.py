"""What a typedef in a text stands for, found by its name without reading the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lockmap.syntax.lex import blank

# It begins with letters: that is found fast.
_SHORT = (
    rb"typedef\s+((?:(?:const|volatile|struct|union|enum|unsigned|signed|long|short)\s+)*\w+)"
    rb"([\s*]+)(?:__\w+\s+)*%s\s*(\[[^\]]*\])?\s*;"
)
_LONG = rb"\}[^;{}()]{0,80}?(\**)\s*\b%s\b[^;{}()]{0,80};"
_HEAD = re.compile(rb"\btypedef\s+(?:struct|union)\b[^;{}]*\Z")
_BRACE = re.compile(rb"[{}]")
_LONGEST = 1 << 16
_LONGEST_HEAD = 400


@dataclass(frozen=True, slots=True)
class Typedef:
    """What a typedef stands for."""

    type: str
    """As written; where the typedef itself defines a struct, only what is derived from that."""
    struct: bytes = b""
    """That struct, as blanked text."""


def find_typedef(raw: bytes, word: str) -> Typedef | None:
    """The typedef called *word* in *raw*; None where there is none."""
    encoded = word.encode("latin-1", "replace")
    if encoded not in raw:
        return None
    name = re.escape(encoded)
    short = re.search(_SHORT % name, raw)
    if short is not None:
        return Typedef((short[1] + short[2] + (short[3] or b"")).decode("latin-1"))
    for match in re.finditer(_LONG % name, raw):
        start = _opening(raw, match.start())
        head = _HEAD.search(raw[max(0, start - _LONGEST_HEAD) : max(0, start)])
        if head is not None:
            text = blank(head[0] + raw[start : match.start()] + b"};")
            return Typedef(match[1].decode(), text)
    return None


def _opening(raw: bytes, close: int) -> int:
    """Offset of the brace that the one at *close* matches, not far before it; -1 if none."""
    first = max(0, close - _LONGEST)
    depth = 0
    for match in reversed(list(_BRACE.finditer(raw, first, close + 1))):
        depth += 1 if match[0] == b"}" else -1
        if depth == 0:
            return match.start()
    return -1
