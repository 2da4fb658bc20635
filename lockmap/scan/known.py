"""What the last analysis of a tree worked out, cut down to what is true after some edits."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np

from lockmap.locks.memory import Memory, Traces
from lockmap.program.memory import FileMemory
from lockmap.scan.asked import AskedIndex, Change
from lockmap.scan.snapshot import Text
from lockmap.syntax.hashing import short_hash

_MOST_CHANGES = 2000
"""Files beyond which nothing is taken over: asking again takes less than correcting answers."""

Answers = dict[str, list[int]]
"""name → numbers of paths, in the order of the tree's listing."""


class Known(msgspec.Struct, array_like=True):
    """As it is written."""

    version: str
    """The kernel's: it chooses among the specifications."""
    paths: tuple[bytes, ...]
    """Those that answers name."""
    mentioned: Answers
    defined: Answers
    files: dict[bytes, FileMemory]
    traces: Traces


@dataclass(slots=True)
class Taken:
    """What an analysis may take over."""

    mentioned: dict[str, list[str]] = field(default_factory=dict)
    defined: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, FileMemory] = field(default_factory=dict)
    explorations: Memory = field(default_factory=Memory)


def take_over(
    known: Known | None,
    version: str,
    files: Sequence[tuple[str, Text]],
    changes: Mapping[bytes, Change],
) -> Taken:
    """What is still true of *known* for *files*, whose tree has seen *changes* since."""
    if known is None or len(changes) > _MOST_CHANGES:
        return Taken()
    paths = [os.fsdecode(raw) for raw in known.paths]
    places = {path: place for place, (path, _) in enumerate(files)}
    changed = {os.fsdecode(raw): after for raw, (_, after) in changes.items()}
    try:
        mentioned = _corrected(known.mentioned, paths, places, _hashes(changed, "mentions"))
        defined = _corrected(known.defined, paths, places, _hashes(changed, "definitions"))
    except IndexError:  # damaged
        return Taken()
    same = {
        path: memory
        for raw, memory in known.files.items()
        if (path := os.fsdecode(raw)) in places and path not in changed
    }
    explorations = Memory(known.traces if known.version == version else {})
    return Taken(mentioned, defined, same, explorations)


def _hashes(changed: Mapping[str, Text | None], field_: str) -> dict[str, bytes]:
    return {path: getattr(text, field_) if text else b"" for path, text in changed.items()}


def _corrected(
    answers: Answers, paths: Sequence[str], places: Mapping[str, int], changed: Mapping[str, bytes]
) -> dict[str, list[str]]:
    """*answers* by path, with what the *changed* files hold now."""
    by_hash: dict[int, list[str]] = {}
    for name in answers:
        by_hash.setdefault(short_hash(name), []).append(name)
    asked = np.array(sorted(by_hash), dtype=np.uint32)
    now: dict[str, list[str]] = {}
    for path, hashes in changed.items():
        all_ = np.frombuffer(hashes, dtype=np.uint32)
        for found in all_[np.isin(all_, asked)].tolist():
            for name in by_hash[found]:
                now.setdefault(name, []).append(path)
    corrected: dict[str, list[str]] = {}
    for name, numbers in answers.items():
        kept = [path for n in numbers if (path := paths[n]) not in changed]
        added = now.get(name)
        corrected[name] = sorted([*kept, *added], key=places.__getitem__) if added else kept
    return corrected


def known_of(
    version: str, index: AskedIndex, memory: Mapping[str, FileMemory], explorations: Memory
) -> Known:
    """What an analysis leaves for the next one."""
    numbers: dict[str, int] = {}

    def numbered(names: Iterable[str], answers: Mapping[str, list[str]]) -> Answers:
        return {
            name: [numbers.setdefault(path, len(numbers)) for path in answers[name]]
            for name in sorted(names)
        }

    mentioned = numbered(index.asked_mentions, index.mentioned)
    defined = numbered(index.asked_definitions, index.defined)
    return Known(
        version,
        tuple(os.fsencode(path) for path in numbers),
        mentioned,
        defined,
        {os.fsencode(path): of_file for path, of_file in memory.items()},
        explorations.now,
    )
