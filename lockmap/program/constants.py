"""Named constants that stand for several flags: ``#define DEFAULT (A | B)``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from lockmap.program.sources import Sources
from lockmap.syntax.lex import blank, places

_WORD = re.compile(r"[A-Za-z_]\w*\Z")
_MOST_FILES = 40

_DEFINE = re.compile(rb"[ \t]*#[ \t]*define[ \t]+")
_MACRO_VALUE = re.compile(rb"[ \t]((?:[^\n\\,]|\\\r?\n)+)")
_ENUM_VALUE = re.compile(rb"[ \t]*=((?:[^\n\\,]|\\\r?\n)+)")


@dataclass(slots=True)
class Constants:
    """Looks named constants up in the tree, headers under ``include/`` first.

    Only names of *families* (``FAULT_FLAG_``) are looked up: those of the flags by which
    the lock specifications decide.  Every other constant is taken for itself.
    """

    sources: Sources
    families: tuple[str, ...]
    single: frozenset[str] = frozenset()
    """The flags by which specifications decide: one bit each, defined or not."""
    _known: dict[str, frozenset[str]] = field(default_factory=dict)
    _undefined: set[str] = field(default_factory=set)

    def expect(self, names: Iterable[str]) -> None:
        """Look *names* up in the index together: a look-up costs the same for one and many."""
        self.sources.index.who_mentions(
            n for n in names if n not in self._known and n.startswith(self.families)
        )

    def flags(self, name: str) -> frozenset[str]:
        """The flags that *name* stands for; empty when it is one flag, or is not found."""
        if name not in self._known:
            self._known[name] = frozenset()  # also ends recursion
            parts = self._parts(name)
            self.expect(parts)
            expanded = {flag for part in parts for flag in (self.flags(part) or {part})}
            self._known[name] = frozenset(expanded)
        return self._known[name]

    def undefined(self, name: str) -> bool:
        """Whether *name* is of a family, and neither a known flag nor defined in the tree.

        Then any flag may be in it.
        """
        self.flags(name)
        return name in self._undefined

    def _parts(self, name: str) -> list[str]:
        if not name.startswith(self.families):
            return []
        files = sorted(
            (p for p in self.sources.index.who_mentions([name])[name] if p.endswith(".h")),
            key=lambda p: (not p.startswith("include/"), p),
        )

        def find(path: str) -> list[str] | None:
            found = _value(self.sources.raw(path), name.encode())
            if not found:
                return None
            text = blank(found).decode("latin-1").replace("\\", " ")
            words = [w.strip(" ()\t\r\n") for w in text.split("|")]
            return words if len(words) > 1 and all(_WORD.match(w) for w in words) else []

        for path in files[:_MOST_FILES]:
            parts = self.sources.matched(path, f"flags {name}", find)
            if parts is not None:
                return parts
        if name not in self.single and not self._is_defined(name):
            self._undefined.add(name)
        return []

    def _is_defined(self, name: str) -> bool:
        """Whether some file defines *name*: an enumerator, or a macro that is no mask."""
        word = re.escape(name.encode())
        pattern = re.compile(rb"#[ \t]*define[ \t]+%s\b|[{,]\s*%s\s*[,=}]" % (word, word))
        files = self.sources.index.who_mentions([name])[name]
        headers_first = sorted(files, key=lambda p: (not p.endswith(".h"), p))
        return any(
            pattern.search(blank(self.sources.raw(path))) for path in headers_first[:_MOST_FILES]
        )


def _value(raw: bytes, name: bytes) -> bytes:
    """What ``#define name`` or ``name =`` gives first in *raw*; empty where nothing does."""
    for place in places(raw, name):
        after = place + len(name)
        if _DEFINE.fullmatch(raw, raw.rfind(b"\n", 0, place) + 1, place):
            found = _MACRO_VALUE.match(raw, after)
        else:
            found = _ENUM_VALUE.match(raw, after)
        if found:
            return found[1]
    return b""
