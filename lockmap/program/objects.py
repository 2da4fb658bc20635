"""Object-like macros: names that stand for another name, or for an expression."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lockmap.program.nearest import Nearest
from lockmap.program.sources import Sources

_OBJECT = re.compile(
    rb"\n[ \t]*#[ \t]*define[ \t]+(?P<name>\w+)[ \t]+"
    rb"(?P<value>[*&(]*[A-Za-z_][^\n\\\"/]*?)[ \t]*\r?$",
    re.MULTILINE,
)


@dataclass(slots=True)
class Objects:
    """Finds object-like macros when asked for, each file's once."""

    sources: Sources
    nearest: Nearest

    def of_file(self, path: str) -> dict[str, str]:
        """What each object-like macro of one line in a file stands for."""
        return self.sources.told(path, _objects_in)

    def renamed(self, name: str, file: str) -> str:
        """The word that *name* stands for, as *file* sees it; empty where it is none."""
        for path in self.nearest.mentioning(file, name):
            value = self.of_file(path).get(name, "")
            if value.isidentifier() and value != name:
                return value
        return ""


def _objects_in(raw: bytes) -> dict[str, str]:
    return {
        match["name"].decode("latin-1"): match["value"].decode("latin-1")
        for match in _OBJECT.finditer(b"\n" + raw)
    }
