"""Triage: what a file's bytes tell before anything is parsed.

Two short arrays a file answer the questions of all later stages, "who mentions X" and
"who defines X", for a whole kernel in memory: 32-bit hashes of names, where a collision
only costs a look at one more file.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from zlib import crc32

from lockmap.syntax.lex import identifiers

_CALLED = re.compile(rb"\b([A-Za-z_]\w*+)[ \t\r\n]*+\(")
# Each begins with a literal, which is what makes a search over a gigabyte fast.
_TYPES = tuple(
    re.compile(rb"\n" + head + rb"[ \t\r\n]++(\w++)[^;(){}=]*+\{")
    for head in (rb"struct", rb"union", rb"typedef (?:struct|union)")
)
_MACRO = re.compile(rb"\n#[ \t]*+define[ \t]++(\w++)\(")
_ONE_LINE = re.compile(rb"\n[A-Za-z_][^\n;{}=#]*\)[ \t]*\{")
_ATTRIBUTES = frozenset(
    b"__attribute__ __printf __aligned __section __acquires __releases __must_hold __scanf "
    b"__cold __alias".split()
)
_HEAD_BYTES = 800
_HEAD_ENDS = (b";", b"}", b"*/", b"\n\n")
_WORD = re.compile(rb"\s*(\w+)")
_STATEMENTS = frozenset({b"if", b"for", b"while", b"switch"})


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

    Functions by the ``{`` in column 0 after a parameter list, or on the line of a header
    that begins in column 0; function-like macros; structs and unions.
    """
    names = [*_functions_in_style(data), *_functions_on_one_line(data)]
    functions = len(names)
    names += _MACRO.findall(data)
    for pattern in _TYPES:
        names += pattern.findall(data)
    return functions, array("I", map(crc32, dict.fromkeys(names)))


def _functions_in_style(data: bytes) -> Iterator[bytes]:
    """The names before every ``{`` in column 0 that follows a parameter list."""
    before = data.split(b"\n{")
    before.pop()
    for text in before:
        head = text[-_HEAD_BYTES:]
        for end in _HEAD_ENDS:
            head = head.rpartition(end)[2]
        if b"#" in head:
            head = _after_directives(head)
        close = head.rfind(b")")
        if close >= 0 and b"=" not in head[close:]:
            name = _first_called(head)
            if name:
                yield name


def _after_directives(head: bytes) -> bytes:
    """*head* without the lines of directives; of two headers under ``#if`` both remain."""
    return b"\n".join(line for line in head.split(b"\n") if not line.lstrip().startswith(b"#"))


def _functions_on_one_line(data: bytes) -> Iterator[bytes]:
    """The names of functions whose ``{`` stands on the line of their parameter list."""
    if b") {" not in data and b"){" not in data:
        return
    for head in _ONE_LINE.findall(data):
        name = _first_called(head)
        if name and name not in _STATEMENTS:
            yield name
    for text in data.split(b"\nstatic")[1:]:
        brace = text.find(b"{", 0, _HEAD_BYTES)
        newline = text.find(b"\n", 0, brace + 1)
        if 0 <= newline < brace and text[brace - 1] in b" )" and text[brace - 2 : brace].strip():
            head = text[:brace]
            if b";" not in head and b"=" not in head and b"#" not in head and b"}" not in head:
                name = _first_called(head)
                if name:
                    yield name


def _first_called(head: bytes) -> bytes:
    """The first name in *head* that a parenthesis follows, attributes aside."""
    word = head.partition(b"(")[0].split()
    name = word[-1].lstrip(b"*") if word else b""
    if name.isalnum() and name not in _ATTRIBUTES and b"DEFINE" not in name:
        return name
    for match in _CALLED.finditer(head):
        name = match[1]
        if name in _ATTRIBUTES:
            continue
        if b"DEFINE" not in name:
            return name
        inner = _WORD.match(head, match.end())  # SYSCALL_DEFINE3(mincore, ...)
        return inner[1] if inner else name
    return b""
