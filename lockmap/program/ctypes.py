"""C types as two words: what is derived from (``struct foo``), and how (``*[]``).

A *derivation* is written from the base outwards, so its end is what an expression of the type
can be put through first: ``*[]`` is an array of pointers, ``()*`` a pointer to a function.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from lockmap.syntax.brackets import closing
from lockmap.syntax.mask import load_masks

_TAGGED = re.compile(r"\b(struct|union|enum)\s+(\w+)")
_TYPEOF = re.compile(r"\b\w*typeof\w*\s*\(", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z_]\w*")
_DERIVED = re.compile(r"\*|\[|\(")
_NO_TYPE = frozenset(
    {
        *("static", "extern", "const", "volatile", "register", "inline", "typedef"),
        *("__force", "__user", "__rcu", "__iomem", "__percpu", "__kernel", "__private"),
        *("__restrict", "restrict", "auto", "asmlinkage"),
    }
)
SCALARS = frozenset(
    {
        *("int", "long", "char", "short", "void", "unsigned", "signed"),
        *("bool", "_Bool", "float", "double", "size_t", "ssize_t", "u8"),
        *("u16", "u32", "u64", "s8", "s16", "s32", "s64"),
    }
)
"""Words of types that hold no members."""
TYPEOF = "typeof "
"""Begins the base of a type that is that of an expression: ``typeof x->y``."""


class CType(NamedTuple):
    """A type, and the file whose declarations give its base a meaning."""

    base: str
    """``struct foo``, ``union foo``, ``enum foo``, a typedef's name, or a scalar's word."""
    derived: str
    home: str

    def pointer(self) -> CType:
        """A pointer to this."""
        return self._replace(derived=self.derived + "*")

    def is_array(self) -> bool:
        """Whether a value of this type is the address of its first element."""
        return self.derived.endswith("[]")

    def target(self) -> CType | None:
        """What ``*`` gives; a function stays one.  None where the base must tell."""
        if self.derived.endswith("*"):
            return self._replace(derived=self.derived[:-1])
        if self.derived.endswith("[]"):
            return self._replace(derived=self.derived[:-2])
        return self if self.derived.endswith("()") else None

    def result(self) -> CType | None:
        """What a call through a value of this type gives."""
        for end in ("()*", "()"):
            if self.derived.endswith(end):
                return self._replace(derived=self.derived.removesuffix(end))
        return None

    @property
    def tag(self) -> str:
        """The tag of the struct or union that the base is; empty for others."""
        word, _, name = self.base.partition(" ")
        return name if word in {"struct", "union"} else ""


INT = CType("int", "", "")


@lru_cache(maxsize=50_000)
def read_type(text: str) -> tuple[str, str]:
    """(base, derivation) of a type as it is written in a declaration, cast or argument.

    The base is empty where none can be told.
    """
    found = _TYPEOF.search(text)
    if found is not None:
        close = closing(text.encode("latin-1", "replace"), found.end() - 1)
        if close > 0:
            return TYPEOF + text[found.end() : close].strip(), _derivation(text[close + 1 :])
    tagged = _TAGGED.search(text)
    if tagged is not None:
        return f"{tagged[1]} {tagged[2]}", _derivation(text[tagged.end() :])
    plain = load_masks().attributes(text.encode("latin-1", "replace")).decode("latin-1")
    for match in _WORD.finditer(plain):
        if match[0] not in _NO_TYPE:
            return match[0], _derivation(plain[match.end() :])
    return "", ""


def _derivation(rest: str) -> str:
    """The derivation in what stands behind a base: ``* (*)(int)`` is ``*()*``."""
    before, function, _ = rest.partition("(*")
    if not function:
        before = rest
    found = "".join({"*": "*", "[": "[]", "(": "()"}[m[0]] for m in _DERIVED.finditer(before))
    return found + "()*" if function else found
