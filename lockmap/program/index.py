"""Who mentions and who defines a name, over a whole tree: two arrays of hashes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lockmap.facts.triage import name_hash

Hashes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Hashes of all files one after the other; file *i* owns ``starts[i]:starts[i + 1]``."""

    files: tuple[str, ...]
    mentions: Hashes
    mention_starts: NDArray[np.int64]
    definitions: Hashes
    definition_starts: NDArray[np.int64]

    def who_mentions(self, names: Iterable[str]) -> dict[str, list[str]]:
        """The files whose text holds each name as a word (rarely one too many)."""
        return self._look_up(self.mentions, self.mention_starts, names)

    def who_defines(self, names: Iterable[str]) -> dict[str, list[str]]:
        """The files that define each name: a function, function-like macro or struct."""
        return self._look_up(self.definitions, self.definition_starts, names)

    def _look_up(
        self, hashes: Hashes, starts: NDArray[np.int64], names: Iterable[str]
    ) -> dict[str, list[str]]:
        wanted = sorted(set(names))
        found: dict[str, list[str]] = {name: [] for name in wanted}
        if not wanted:
            return found
        by_hash: dict[int, list[str]] = {}
        for name in wanted:
            by_hash.setdefault(name_hash(name), []).append(name)
        keys = np.array(sorted(by_hash), dtype=np.uint32)
        hits = np.nonzero(np.isin(hashes, keys))[0]
        owners = np.searchsorted(starts, hits, side="right") - 1
        for hit, owner in zip(hits.tolist(), owners.tolist(), strict=True):
            for name in by_hash[int(hashes[hit])]:
                found[name].append(self.files[owner])
        return found


def build_index(files: Sequence[tuple[str, bytes, bytes]]) -> NameIndex:
    """The index of (path, mention hashes, definition hashes), as triage gives them."""

    def together(column: int) -> tuple[Hashes, NDArray[np.int64]]:
        starts = np.zeros(len(files) + 1, dtype=np.int64)
        np.cumsum([len(entry[column]) // 4 for entry in files], out=starts[1:])
        joined = b"".join(entry[column] for entry in files)  # type: ignore[misc]
        return np.frombuffer(joined, dtype=np.uint32), starts

    mentions, mention_starts = together(1)
    definitions, definition_starts = together(2)
    return NameIndex(tuple(f[0] for f in files), mentions, mention_starts, definitions, definition_starts)
