"""The index of names, in small files that a page loads as scripts: so it works from ``file://``.

A name is found by how it begins, and by how each of its words begins: ``filemap`` finds
``ext4_filemap_fault``.  The entries lie in shards by the first letters; a shard that grows too
long is divided by one letter more.  By its beginning every name is found; by a word inside, the
nearest to the lock of those that share it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from lockmap.escape import visible

Kind = Literal["field", "struct", "folder", "function", "page"]
KINDS: tuple[Kind, ...] = ("page", "struct", "field", "folder", "function")
MOST = 1500
"""Entries of one shard, unless all share the whole key."""
_MOST_OF_WORD = 600
"""Entries that are kept of one word inside names."""
_LONGEST_KEY = 12
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found."""

    name: str
    kind: Kind
    page: str
    place: str
    where: str
    """What tells it from others of its name: a file, a struct."""
    rank: int
    """Smaller comes first."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of the index."""

    key: str
    """What all its names, or words, begin with."""
    inside: bool
    """Whether it is of words inside names."""
    entries: tuple[Entry, ...]


def shards(entries: Iterable[Entry]) -> tuple[Shard, ...]:
    """The index."""
    ordered = sorted(entries, key=lambda e: (e.rank, e.name, e.where, e.page, e.place))
    whole = [(key, entry) for entry in ordered for key in _keys(entry)]
    words: dict[str, list[Entry]] = {}
    for entry in ordered:
        first, *others = _WORD.findall(entry.name.lower()) or [""]
        for word in dict.fromkeys(others):
            if word != first and len(words.setdefault(word, [])) < _MOST_OF_WORD:
                words[word].append(entry)
    inside = [(word, entry) for word in sorted(words) for entry in words[word]]
    return (
        *(Shard(key, False, of) for key, of in _divided(whole, 1)),
        *(Shard(key, True, of) for key, of in _divided(inside, 1)),
    )


def _keys(entry: Entry) -> tuple[str, ...]:
    """What a person may begin to type: of a field also its own name."""
    name = entry.name.lower()
    own = name.rpartition(".")[2]
    return (name, own) if entry.kind == "field" and own != name else (name,)


def _divided(
    keyed: Sequence[tuple[str, Entry]], length: int
) -> Iterator[tuple[str, tuple[Entry, ...]]]:
    """Shards of those whose keys begin alike."""
    groups: dict[str, list[tuple[str, Entry]]] = {}
    for key, entry in keyed:
        groups.setdefault(key[:length], []).append((key, entry))
    for start in sorted(groups):
        of = groups[start]
        # Names that are shorter than the start stand there alone.
        if len(of) <= MOST or length >= _LONGEST_KEY or len(start) < length:
            for at in range(0, len(of), MOST):
                yield start, tuple(entry for _, entry in of[at : at + MOST])
        else:
            yield from _divided(of, length + 1)


def shard_script(number: int, shard: Shard) -> str:
    """The text of a shard's file."""
    pages = sorted({entry.page for entry in shard.entries})
    wheres = sorted({entry.where for entry in shard.entries})
    page_at = {page: at for at, page in enumerate(pages)}
    where_at = {where: at for at, where in enumerate(wheres)}
    rows = [
        [
            visible(entry.name),
            KINDS.index(entry.kind),
            page_at[entry.page],
            entry.place,
            where_at[entry.where],
        ]
        for entry in shard.entries
    ]
    data = json.dumps([pages, [visible(w) for w in wheres], rows], separators=(",", ":"))
    return f"lockmapShard({number},{data});\n"


def manifest_script(found: Sequence[Shard]) -> str:
    """The text of the file that says which shard holds what."""
    keys = [[visible(shard.key), int(shard.inside)] for shard in found]
    return f"lockmapShards({json.dumps(keys, separators=(',', ':'))});\n"
