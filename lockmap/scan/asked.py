"""What the analysis asks of a tree, noted: so that it need not run when no answer changed.

The analysis sees a tree through three questions only: who mentions a name, who defines a
name, what a file holds.  An edit that changes no facts of its file and no answer cannot
change what the analysis finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import msgspec
import numpy as np

from lockmap.facts.file import FileFacts
from lockmap.program.index import Hashes, NameIndex
from lockmap.scan.snapshot import Result, Text
from lockmap.syntax.hashing import short_hash


@dataclass(slots=True)
class AskedIndex:
    """An index that keeps its answers, and is made when first asked what they do not tell."""

    make: Callable[[], NameIndex]
    mentioned: dict[str, list[str]] = field(default_factory=dict)
    """Answers that are known, whether they have been asked for or not."""
    defined: dict[str, list[str]] = field(default_factory=dict)
    asked_mentions: set[str] = field(default_factory=set)
    asked_definitions: set[str] = field(default_factory=set)
    asked_paths: set[str] = field(default_factory=set)
    """Of which it was asked whether they are files of the tree."""
    _made: NameIndex | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """See Names."""
        return self._index().files

    def holds(self, path: str) -> bool:
        """See Names."""
        self.asked_paths.add(path)
        return self._index().holds(path)

    def who_mentions(self, names: Iterable[str]) -> dict[str, list[str]]:
        """See Names."""
        wanted = set(names)
        self.asked_mentions |= wanted
        new = wanted.difference(self.mentioned)
        if new:
            self.mentioned.update(self._index().who_mentions(new))
        return {name: self.mentioned[name] for name in wanted}

    def who_defines(self, names: Iterable[str]) -> dict[str, list[str]]:
        """See Names."""
        wanted = set(names)
        self.asked_definitions |= wanted
        new = wanted.difference(self.defined)
        if new:
            self.defined.update(self._index().who_defines(new))
        return {name: self.defined[name] for name in wanted}

    def _index(self) -> NameIndex:
        if self._made is None:
            self._made = self.make()
        return self._made


@dataclass(slots=True)
class AskedReader:
    """Reads files of the tree and notes which."""

    source: Callable[[str], bytes]
    paths: set[str] = field(default_factory=set)

    def __call__(self, path: str) -> bytes:
        """The bytes of a file."""
        self.paths.add(path)
        return self.source(path)


Change = tuple[Text | None, Text | None]
"""A file before and after; None where it is not there."""


def same_answers(result: Result, changes: Mapping[bytes, Change]) -> bool:
    """Whether the analysis behind *result* would find the same after *changes* (by path)."""
    if not result.read.isdisjoint(changes):
        return False
    mentioned, defined = _hashes(result.mentioned), _hashes(result.defined)
    for before, after in changes.values():
        if _facts(before) != _facts(after):
            return False
        for hashes, asked in ((_mentions, mentioned), (_definitions, defined)):
            if set(hashes(before, asked)) != set(hashes(after, asked)):
                return False
    return True


def functions_of(text: Text | None) -> int:
    """How many functions a file defines."""
    return msgspec.msgpack.decode(text.facts, type=FileFacts).functions if text else 0


def _facts(text: Text | None) -> FileFacts:
    """All facts that the analysis goes by.

    The number of functions only the summary shows; those that are named only, it never reads.
    """
    if text is None:
        return FileFacts()
    found = msgspec.msgpack.decode(text.facts, type=FileFacts)
    return msgspec.structs.replace(found, functions=0, named=())


def _hashes(names: Iterable[str]) -> Hashes:
    return np.array(sorted({short_hash(n) for n in names}), dtype=np.uint32)


def _mentions(text: Text | None, asked: Hashes) -> list[int]:
    return _among(text.mentions, asked) if text else []


def _definitions(text: Text | None, asked: Hashes) -> list[int]:
    return _among(text.definitions, asked) if text else []


def _among(hashes: bytes, asked: Hashes) -> list[int]:
    found: list[int] = np.intersect1d(np.frombuffer(hashes, dtype=np.uint32), asked).tolist()
    return found
