"""The structs of a tree: which members each has, and of what type."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from lockmap.program.ctypes import SCALARS, CType, read_type
from lockmap.program.members import Layout, read_layout
from lockmap.program.nearest import Nearest
from lockmap.program.objects import Objects
from lockmap.program.sources import Sources
from lockmap.program.typedefs import find_typedef

_MOST_FILES = 40
"""Files whose definitions of one name are taken together: one for each architecture."""
_MOST_HEADERS = 600
"""Headers searched for a typedef: beyond, the name is too common."""
_RENAMED = re.compile(
    rb"\n[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+([A-Za-z_]\w*(?:\.\w+)*)[ \t]*(?:/\*|\r?$)",
    re.MULTILINE,
)
_DEEPEST = 8
"""Typedefs of typedefs that are followed."""


@dataclass(frozen=True, slots=True)
class Record:
    """A struct or union: its tag (or its typedef's name), and its members."""

    name: str
    members: dict[str, CType]
    homes: list[str] = field(default_factory=list)
    """The files that define it."""


@dataclass(slots=True)
class Records:
    """Finds struct and typedef definitions when asked for, each once."""

    sources: Sources
    nearest: Nearest
    objects: Objects
    groups: frozenset[bytes]
    _renamed: dict[tuple[str, str], str] = field(default_factory=dict)
    _seen: dict[tuple[str, str], Record | None] = field(default_factory=dict)
    """By (home, tag): the record that a file sees."""
    _records: dict[tuple[str, tuple[str, ...]], Record] = field(default_factory=dict)
    _inner: dict[tuple[str, str], Record] = field(default_factory=dict)
    """By (home, tag): structs that are defined within others."""
    _typedefs: dict[tuple[str, str], CType | None] = field(default_factory=dict)
    _in_files: dict[tuple[str, str], CType | None] = field(default_factory=dict)
    _headers: dict[str, list[str]] = field(default_factory=dict)
    _pending: set[str] = field(default_factory=set)
    """Words of types that were met and may be asked for: looked up together."""

    def record_of(self, kind: CType) -> Record | None:
        """The struct that *kind* is, typedefs seen through.

        None when it is none, is a pointer to one, or its definition is not found.
        """
        kind = self.plain(kind)
        if kind.derived or not kind.tag:
            return None
        return self.record(kind.tag, kind.home)

    def plain(self, kind: CType) -> CType:
        """*kind* with its base no typedef, as far as that can be found."""
        for _ in range(_DEEPEST):
            word = kind.base
            if " " in word or word in SCALARS or not word:
                break
            meant = self.typedef(word, kind.home)
            if meant is None:
                other = self._renamed_type(word, kind.home)
                if not other:
                    break
                meant = CType(other, "", kind.home)
            kind = CType(meant.base, meant.derived + kind.derived, meant.home)
        return kind

    def record(self, tag: str, home: str) -> Record | None:
        """The struct or union with *tag*, as *home* sees it; None when it is not found."""
        if (home, tag) not in self._seen:
            self._seen[home, tag] = self._find_record(tag, home)
        return self._seen[home, tag]

    def _find_record(self, tag: str, home: str) -> Record | None:
        inner = self._inner.get((home, tag))
        if inner is not None:
            return inner
        definers = self.nearest.definers(tag) or [*self.nearest.mentioning(home, tag)]
        for group in self.nearest.groups(home, definers, sources=False):
            found = self._record_in(tag, group[:_MOST_FILES])
            if found.members:
                return found
        return None

    def _record_in(self, tag: str, files: tuple[str, ...]) -> Record:
        known = self._records.get((tag, files))
        if known is None:
            known = self._records[tag, files] = Record(tag, {})
            for path in files:
                text = self.sources.type_item(path, tag)
                if text:
                    self._fill(known, read_layout(text, self.groups), path)
        return known

    def typedef(self, word: str, home: str) -> CType | None:
        """What a typedef stands for, as *home* sees it; None when it is not found."""
        if (home, word) not in self._typedefs:
            self._typedefs[home, word] = None  # also ends recursion
            self._typedefs[home, word] = self._find_typedef(word, home)
        return self._typedefs[home, word]

    def _renamed_type(self, word: str, home: str) -> str:
        if (home, word) not in self._renamed:
            self._renamed[home, word] = self.objects.renamed(word, home)
        return self._renamed[home, word]

    def add(self, tag: str, text: bytes, home: str) -> None:
        """A struct of *home* that has no tag of its own; *text* is blanked."""
        self._add_inner(tag, read_layout(text, self.groups), home)

    def renamed(self, record: Record, name: str) -> tuple[str, ...]:
        """The members that *name* stands for: ``#define sk_prot __sk_common.skc_prot``."""
        for home in record.homes:
            found = self.sources.told(home, _renamings_in).get(name)
            if found is not None and found[0] in record.members:
                return found
        return ()

    def expect(self, words: Iterable[str]) -> None:
        """Words of types that may be asked for: a look-up costs the same for one and many."""
        self._pending.update(words)

    def _fill(self, record: Record, layout: Layout, home: str) -> None:
        if home not in record.homes:
            record.homes.append(home)
        for name, written in layout.members.items():
            base, derivation = read_type(written)
            record.members.setdefault(name, CType(base, derivation, home))
            if base and " " not in base:
                self._pending.add(base)
        for name, (part, derivation) in layout.parts.items():
            inner = self._add_inner(f"{record.name}.{name}", part, home)
            record.members.setdefault(name, CType(f"struct {inner.name}", derivation, home))
        for tag, part in layout.tagged.items():
            self._add_inner(tag, part, home)

    def _add_inner(self, name: str, layout: Layout, home: str) -> Record:
        record = self._inner.setdefault((home, name), Record(name, {}))
        self._fill(record, layout, home)
        return record

    def _find_typedef(self, word: str, home: str) -> CType | None:
        own = self._typedef_in(word, home)
        if own is not None:
            return own
        for group in self.nearest.groups(home, self._defining(word), sources=False):
            merged: CType | None = None
            for path in group[:_MOST_FILES]:
                found = self._typedef_in(word, path)
                if found is not None:
                    merged = self._merged(merged, found)
            if merged is not None:
                return merged
        return None

    def _defining(self, word: str) -> list[str]:
        """The headers that define a typedef."""
        known = self._headers.get(word)
        if known is None:
            asked = {w for w in self._pending if w.isidentifier() and w not in SCALARS}
            mentions = self.sources.index.who_mentions({*asked, word, "typedef"})
            self._pending.clear()
            with_typedefs = set(mentions["typedef"])
            headers = [p for p in mentions[word] if p.endswith(".h") and p in with_typedefs]
            headers.sort(key=lambda p: (not p.startswith("include/"), p))
            known = [p for p in headers[:_MOST_HEADERS] if self._typedef_in(word, p) is not None]
            self._headers[word] = known
        return known

    def _merged(self, one: CType | None, other: CType) -> CType:
        """One type for a name that architectures define each in its own way."""
        if one is None:
            return other
        first, second = self.record_of(one), self.record_of(other)
        if first is not None and second is not None:
            for name, kind in second.members.items():
                first.members.setdefault(name, kind)
            return one
        return one if first is not None or second is None else other

    def _typedef_in(self, word: str, path: str) -> CType | None:
        if (path, word) not in self._in_files:
            self._in_files[path, word] = self._read_typedef(word, path)
        return self._in_files[path, word]

    def _read_typedef(self, word: str, path: str) -> CType | None:
        found = self.sources.told_of(path, word, find_typedef)
        if found is None:
            return None
        if not found.struct:
            base, derivation = read_type(found.type)
            return CType(base, derivation, path)
        self.add(word, found.struct, path)
        return CType(f"struct {word}", found.type, path)


def _renamings_in(raw: bytes) -> dict[str, tuple[str, ...]]:
    """The members that macros of a text stand for."""
    return {
        m[1].decode("latin-1"): tuple(m[2].decode("latin-1").split("."))
        for m in _RENAMED.finditer(b"\n" + raw)
    }
