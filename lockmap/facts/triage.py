"""Triage: what a file's bytes tell before anything is parsed.

Two short arrays a file answer the questions of all later stages, "who mentions X" and
"who defines X", for a whole kernel in memory: 32-bit hashes of names, where a collision
only costs a look at one more file.
"""

from __future__ import annotations

import re
from array import array
from zlib import crc32

from lockmap.syntax.lex import identifiers

_BODY = re.compile(rb"\)[^;={}#]{0,200}?\n\{")
# Each begins with a literal, which is what makes a search over a gigabyte fast.
_SAME_LINE = re.compile(rb"\nstatic[^;={}#]*?\)[^;={}()#\n]*\{")
_CALLED = re.compile(rb"\b([A-Za-z_]\w*)[ \t\n]*\(")
_TYPE = re.compile(rb"\n(?:typedef )?(?:struct|union)[ \t\n]+(\w+)[^;(){}=]*\{")
_MACRO = re.compile(rb"\n#[ \t]*define[ \t]+(\w+)\(")
_ATTRIBUTES = frozenset({b"__attribute__", b"__printf", b"__aligned", b"__section", b"__acquires", b"__releases", b"__must_hold", b"__scanf", b"__cold", b"__alias"})
_HEAD_BYTES = 800
_HEAD_ENDS = (b";", b"}", b"*/", b"\n\n")


def name_hash(name: str | bytes) -> int:
    """The 32-bit hash under which *name* is looked up."""
    return crc32(name.encode("latin-1", "replace") if isinstance(name, str) else name)


def cover(words: frozenset[bytes], size: int = 4) -> tuple[bytes, ...]:
    """A few substrings of which every one of *words* has at least one.

    Searching a text for these takes a fraction of the time that searching for each word does.
    """
    left = {w for w in words if w}
    chosen: list[bytes] = []
    while left:
        counts: dict[bytes, int] = {}
        for word in sorted(left):
            for gram in {word[i : i + size] for i in range(max(1, len(word) - size + 1))}:
                counts[gram] = counts.get(gram, 0) + 1
        best = max(sorted(counts), key=lambda gram: counts[gram])
        chosen.append(best)
        left = {w for w in left if best not in w}
    return tuple(chosen)


def holds_code(data: bytes) -> bool:
    """False for headers that are only register tables: no statement, no body."""
    return b";" in data and b"{" in data


def mentions(data: bytes) -> tuple[set[bytes], array[int]]:
    """Every word of *data*, and the hashes of them, in no order."""
    found = identifiers(data)
    return found, array("I", map(crc32, found))


def definitions(data: bytes) -> tuple[int, array[int]]:
    """(how many functions *data* defines, hashes of all names it defines).

    Functions by the ``{`` in column 0 after a parameter list, or on the line of a
    ``static``/``inline`` header; function-like macros; structs and unions.
    """
    names: list[bytes] = []
    for match in _BODY.finditer(data):
        name = _named(data, match.start())
        if name:
            names.append(name)
    for match in _SAME_LINE.finditer(data):
        name = _first_called(match[0])
        if name:
            names.append(name)
    functions = len(names)
    names += _MACRO.findall(data)
    names += _TYPE.findall(data)
    return functions, array("I", map(crc32, dict.fromkeys(names)))


def _named(data: bytes, close: int) -> bytes:
    """The name of the function whose parameter list ends at *close*."""
    head = data[max(0, close - _HEAD_BYTES) : close]
    cut = max(head.rfind(end) + len(end) if end in head else 0 for end in _HEAD_ENDS)
    directive = head.rfind(b"\n#", cut)
    if directive >= 0:
        cut = head.find(b"\n", directive + 1)
    return _first_called(head[cut:] + b")") if cut >= 0 else b""


def _first_called(head: bytes) -> bytes:
    for match in _CALLED.finditer(head):
        if match[1] not in _ATTRIBUTES:
            name = match[1]
            if b"DEFINE" in name:  # SYSCALL_DEFINE3(mincore, ...): the name is an argument
                inner = re.match(rb"\s*(\w+)", head[match.end() :])
                return inner[1] if inner else name
            return name
    return b""
