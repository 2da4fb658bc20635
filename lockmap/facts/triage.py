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
_SAME_LINE = re.compile(rb"^(?:static|extern|inline|__always_inline)\b[^;={}#]*?\)[^;={}()#]*\{", re.MULTILINE)
_HEAD_END = re.compile(rb"[;}]|\*/|\n[ \t]*\n|\n[ \t]*#[^\n]*")
_CALLED = re.compile(rb"\b([A-Za-z_]\w*)[ \t\n]*\(")
_TYPE = re.compile(rb"^(?:typedef[ \t]+)?(?:struct|union)[ \t\n]+(\w+)[^;(){}=]*\{", re.MULTILINE)
_MACRO = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+(\w+)\(", re.MULTILINE)
_ATTRIBUTES = frozenset({b"__attribute__", b"__printf", b"__aligned", b"__section", b"__acquires", b"__releases", b"__must_hold", b"__scanf", b"__cold", b"__alias"})
_HEAD_BYTES = 1500


def name_hash(name: str | bytes) -> int:
    """The 32-bit hash under which *name* is looked up."""
    return crc32(name.encode("latin-1", "replace") if isinstance(name, str) else name)


def holds_code(data: bytes) -> bool:
    """False for headers that are only register tables: no statement, no body."""
    return b";" in data and b"{" in data


def mentions(data: bytes) -> tuple[set[bytes], array[int]]:
    """Every word of *data*, and the sorted hashes of them."""
    found = identifiers(data)
    return found, array("I", sorted(map(crc32, found)))


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
        if b"\n{" in match[0][-2:]:
            continue
        name = _first_called(match[0])
        if name:
            names.append(name)
    functions = len(names)
    names += _MACRO.findall(data)
    names += _TYPE.findall(data)
    return functions, array("I", sorted(set(map(crc32, names))))


def _named(data: bytes, close: int) -> bytes:
    """The name of the function whose parameter list ends at *close*."""
    head = data[max(0, close - _HEAD_BYTES) : close]
    cut = 0
    for match in _HEAD_END.finditer(head):
        cut = match.end()
    return _first_called(head[cut:] + b")")


def _first_called(head: bytes) -> bytes:
    for match in _CALLED.finditer(head):
        if match[1] not in _ATTRIBUTES:
            name = match[1]
            if b"DEFINE" in name:  # SYSCALL_DEFINE3(mincore, ...): the name is an argument
                inner = re.match(rb"\s*(\w+)", head[match.end() :])
                return inner[1] if inner else name
            return name
    return b""
