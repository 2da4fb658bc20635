"""Which of several definitions of a name a file means: those that stand nearest to it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from lockmap.program.sources import Sources

_INCLUDE = re.compile(rb'\n[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]')
_UPWARDS = re.compile(r"^(?:\.\.?/)+")
_OWN, _INCLUDED, _BESIDE, _COMMON, _OTHER_ARCH, _FOREIGN, _SOURCE = range(7)
_MOST_FILES = 12
"""Headers searched for one name: beyond, it is too common to be told."""
_MOST_RANKED = 200
"""Headers beyond which only common ones and those of the same top folder are ranked."""


@dataclass(slots=True)
class Nearest:
    """Ranks files by how likely another file sees what they define."""

    sources: Sources
    _definers: dict[str, list[str]] = field(default_factory=dict)
    _includes: dict[str, frozenset[str]] = field(default_factory=dict)
    _groups: dict[tuple[str, tuple[str, ...]], tuple[tuple[str, ...], ...]] = field(
        default_factory=dict
    )

    def definers(self, name: str) -> list[str]:
        """The files that define a function, function-like macro or struct called *name*."""
        known = self._definers.get(name)
        if known is None:
            known = self._definers[name] = self.sources.index.who_defines([name])[name]
        return known

    def groups(
        self, file: str, candidates: Sequence[str], sources: bool
    ) -> tuple[tuple[str, ...], ...]:
        """The candidates that stand equally near together, the nearest first.

        *sources*: whether what another ``.c`` file defines can be meant (a function can, a
        macro or struct cannot).
        """
        listed = tuple(c for c in candidates if sources or c == file or not c.endswith(".c"))
        if len(listed) <= 1:
            return (listed,) if listed else ()
        known = self._groups.get((file, listed))
        if known is None:
            ranked = sorted((self._rank(file, c), c) for c in listed)
            known = tuple(
                tuple(c for _, c in group) for _, group in groupby(ranked, key=lambda r: r[0])
            )
            self._groups[file, listed] = known
        return known

    def mentioning(self, file: str, name: str, beside: str = "") -> Iterator[str]:
        """*file*, then the headers that hold the word *name*, nearest first, a few of them.

        *beside*: a word that must be there too.
        """
        yield file
        asked = {name, beside} if beside else {name}
        mentions = self.sources.index.who_mentions(asked)
        allowed = set(mentions[beside]) if beside else None
        left = [
            p
            for p in mentions[name]
            if p.endswith(".h") and p != file and (allowed is None or p in allowed)
        ]
        if len(left) > _MOST_RANKED:
            top = file.split("/", 1)[0] + "/"
            left = [p for p in left if p.startswith(("include/", top))]
        ranked = sorted(left, key=lambda p: (self._rank(file, p), p))
        yield from ranked[:_MOST_FILES]

    def included(self, file: str) -> frozenset[str]:
        """What *file* includes itself: paths where they can be told, else as written."""
        known = self._includes.get(file)
        if known is None:
            holds = self.sources.index.holds
            folder = file.rpartition("/")[0]
            found = set()
            for written, quoted in self.sources.told(file, _includes_in):
                tried = [f"include/{written}", f"include/uapi/{written}"]
                if quoted:
                    tried.insert(0, posixpath.normpath(f"{folder}/{written}"))
                found.add(next((t for t in tried if holds(t)), _UPWARDS.sub("", written)))
            known = self._includes[file] = frozenset(found)
        return known

    def _rank(self, file: str, candidate: str) -> tuple[int, int]:
        if candidate == file:
            return _OWN, 0
        if candidate.startswith("arch/") and candidate.split("/", 2)[1] != _architecture(file):
            # What generic code includes as <asm/x.h>, each architecture has in its own way.
            return (_OTHER_ARCH if file.startswith("arch/") else _COMMON), 0
        if self._is_included(file, candidate):
            return _INCLUDED, 0
        if candidate.endswith(".c"):
            return _SOURCE, -shared_folders(file, candidate)
        folder = candidate.rpartition("/")[0]
        if file.startswith(f"{folder}/"):
            return _BESIDE, -len(folder)
        if candidate.startswith(("include/", "arch/")):
            return _COMMON, 0
        return _FOREIGN, -shared_folders(file, candidate)

    def _is_included(self, file: str, candidate: str) -> bool:
        names = self.included(file)
        if candidate in names:
            return True
        at = len(candidate)
        while at > 0:
            at = candidate.rfind("/", 0, at)
            if candidate[at + 1 :] in names:
                return True
        return False


def _includes_in(raw: bytes) -> tuple[tuple[str, bool], ...]:
    """What a text includes, as written, and whether in quotes."""
    found = _INCLUDE.findall(b"\n" + raw)
    return tuple((written.decode("latin-1"), mark == b'"') for mark, written in found)


def _architecture(file: str) -> str:
    return file.split("/", 2)[1] if file.startswith("arch/") else ""


def shared_folders(one: str, other: str) -> int:
    """How many folders two files share from the top."""
    count = 0
    for a, b in zip(one.split("/")[:-1], other.split("/")[:-1], strict=False):
        if a != b:
            break
        count += 1
    return count
