"""Named constants that stand for several flags: ``#define DEFAULT (A | B)``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lockmap.program.sources import Sources

_WORD = re.compile(r"[A-Za-z_]\w*\Z")
_MOST_FILES = 60


@dataclass(slots=True)
class Constants:
    """Looks named constants up in the tree, headers under ``include/`` first."""

    sources: Sources
    _known: dict[str, frozenset[str]] = field(default_factory=dict)

    def flags(self, name: str) -> frozenset[str]:
        """The flags that *name* stands for; empty when it is one flag, or is not found."""
        if name not in self._known:
            self._known[name] = frozenset()  # also ends recursion
            parts = self._parts(name)
            expanded = {flag for part in parts for flag in (self.flags(part) or {part})}
            self._known[name] = frozenset(expanded)
        return self._known[name]

    def _parts(self, name: str) -> list[str]:
        if "_" not in name or len(name) < 4:
            return []
        files = sorted(
            (p for p in self.sources.index.who_mentions([name])[name] if p.endswith(".h")),
            key=lambda p: (not p.startswith("include/"), p),
        )
        pattern = re.compile(rb"(?:#[ \t]*define[ \t]+%s[ \t]|\b%s[ \t]*=)((?:[^\n\\,]|\\\r?\n)+)" % (name.encode(), name.encode()))
        for path in files[:_MOST_FILES]:
            found = pattern.search(self.sources.clean(path))
            if found:
                text = found[1].decode("latin-1").replace("\\", " ")
                words = [w.strip(" ()\t\r\n") for w in text.split("|")]
                return words if len(words) > 1 and all(_WORD.match(w) for w in words) else []
        return []
