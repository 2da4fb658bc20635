"""Which files are read together for their accesses, and which of it the last scan did already."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray

from lockmap.facts.file import FileFacts
from lockmap.program.index import NameIndex, build_index
from lockmap.scan.asked import Change
from lockmap.scan.snapshot import Text
from lockmap.scan.touched import Trace, path_hash

_STRETCHES = 24
"""Many enough that one is a small part of the work, few enough that what files of a folder have
in common (headers, types) is read a few times only."""
_APART = 6
"""Stretches that the files of one folder are spread over: the largest has many."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Files to be read together, in order of path."""

    files: tuple[tuple[str, bytes], ...]
    """(path, MessagePack of FileFacts)."""
    functions: int
    """Functions of interest in them."""

    @property
    def paths(self) -> tuple[bytes, ...]:
        """The paths alone."""
        return tuple(os.fsencode(path) for path, _ in self.files)


def plan(files: Iterable[tuple[str, Text, FileFacts]]) -> list[Planned]:
    """The stretches of *files*: a file's is told by its path alone, so edits move no other."""
    found: dict[int, list[tuple[str, bytes]]] = {}
    functions: dict[int, int] = {}
    for path, text, facts in files:
        count = len(facts.spans) + len(facts.named)
        if count:
            number = _stretch(path)
            found.setdefault(number, []).append((path, text.facts))
            functions[number] = functions.get(number, 0) + count
    return [Planned(tuple(found[n]), functions[n]) for n in sorted(found)]


def _stretch(path: str) -> int:
    """Files of one folder stand in a few stretches."""
    folder, _, name = os.fsencode(path).rpartition(b"/")
    return (crc32(folder) + crc32(name) % _APART * (_STRETCHES // _APART)) % _STRETCHES


def still_true(traces: Iterable[Trace], changes: Mapping[bytes, Change]) -> list[Trace]:
    """Those of *traces* that would be found the same after *changes* (by path)."""
    moved = np.array(sorted(path_hash(path) for path in changes), dtype=np.uint32)
    come_or_gone = np.array(
        sorted(path_hash(p) for p, (a, b) in changes.items() if a is None or b is None),
        dtype=np.uint32,
    )
    mentions = _differing((c for p, c in changes.items() if p.endswith(b".h")), "mentions")
    definitions = _differing(changes.values(), "definitions")
    return [
        trace
        for trace in traces
        if changes.keys().isdisjoint(trace.files)
        and not _meet(trace.read, moved)
        and not _meet(trace.looked, come_or_gone)
        and not _meet(trace.mentioned, mentions)
        and not _meet(trace.defined, definitions)
    ]


def _differing(changes: Iterable[Change], part: str) -> NDArray[np.uint32]:
    """The hashes of names that a file holds before or after its change, not both."""
    found = [
        np.setxor1d(_array(getattr(before, part, b"")), _array(getattr(after, part, b"")))
        for before, after in changes
    ]
    return np.unique(np.concatenate([np.empty(0, dtype=np.uint32), *found]))


def _array(hashes: bytes) -> NDArray[np.uint32]:
    return np.frombuffer(hashes, dtype=np.uint32)


def _meet(asked: bytes, changed: NDArray[np.uint32]) -> bool:
    return bool(np.isin(changed, _array(asked)).any())


def remaining(
    planned: Sequence[Planned], traces: Iterable[Trace]
) -> tuple[dict[tuple[bytes, ...], Trace], list[Planned]]:
    """What is known of *planned*, by paths, and what is to be read."""
    known = {trace.files: trace for trace in traces}
    wanted = {stretch.paths: stretch for stretch in planned}
    return (
        {paths: known[paths] for paths in wanted if paths in known},
        [stretch for paths, stretch in wanted.items() if paths not in known],
    )


def together(
    planned: Sequence[Planned],
    known: Mapping[tuple[bytes, ...], Trace],
    fresh: Iterable[Trace],
) -> list[Trace]:
    """The traces of *planned*, in that order."""
    of_all = {**known, **{trace.files: trace for trace in fresh}}
    return [of_all[stretch.paths] for stretch in planned]


def headers_index(files: Sequence[tuple[str, Text]]) -> Callable[[], NameIndex]:
    """Makes the index that typing needs, once: of mentions only those in headers."""

    @cache
    def made() -> NameIndex:
        return build_index(
            [(p, t.mentions if p.endswith(".h") else b"", t.definitions) for p, t in files]
        )

    return made


def whole_index(files: Sequence[tuple[str, Text]]) -> Callable[[], NameIndex]:
    """Makes the index of all that files mention and define, once."""

    @cache
    def made() -> NameIndex:
        return build_index([(p, t.mentions, t.definitions) for p, t in files])

    return made


class Traces(msgspec.Struct, frozen=True, array_like=True):
    """As it is written for the next scan."""

    stretches: tuple[Trace, ...] = ()
