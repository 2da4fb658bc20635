"""Which of several definitions of one thing a file sees: of structs, typedefs and variables.

Its own; else one in a header, the nearest first: a private header beside it, then what is
public; a definition in another ``.c`` file only where there is no other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lockmap.program.code import Code, Ids

NONE = -1
_RANKS = 16
_BESIDE = 2
"""Folders that a header and the file that sees it share at least when it is no public one."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Definitions by (hash, file): those of one hash in one file count as one."""

    hashes: NDArray[np.int64]
    """Of each definition, in order."""
    files: Ids
    groups: NDArray[np.int64]
    """The hashes, each once."""
    first: Ids
    """Where the definitions of each begin; and one more."""

    def choose(self, hashes: NDArray[np.int64], homes: Ids, code: Code) -> Ids:
        """The definition of each of *hashes* that the file of the same number sees; or NONE."""
        found = np.full(len(hashes), NONE, dtype=np.int64)
        if not len(self.groups) or not len(hashes):
            return found
        group = np.minimum(np.searchsorted(self.groups, hashes), len(self.groups) - 1)
        known = self.groups[group] == hashes
        low, high = self.first[group], self.first[group + 1]
        one = known & (high - low == 1)
        found[one] = low[one]
        many = np.flatnonzero(known & ~one)
        if len(many):
            pairs, which = np.unique(
                group[many] * len(code.files) + homes[many], return_inverse=True
            )
            found[many] = self._nearest(*np.divmod(pairs, len(code.files)), code)[which]
        return found

    def _nearest(self, groups: Ids, homes: Ids, code: Code) -> Ids:
        counts = self.first[groups + 1] - self.first[groups]
        starts = np.cumsum(counts) - counts
        choice = np.arange(int(counts.sum())) - np.repeat(starts - self.first[groups], counts)
        far = distance(np.repeat(homes, counts), self.files[choice], code)
        least = np.minimum.reduceat(far, starts)
        nearest = np.flatnonzero(far == np.repeat(least, counts))
        return np.asarray(choice[nearest[np.searchsorted(nearest, starts)]])

    def spread(self, chosen: Ids) -> tuple[Ids, Ids]:
        """All definitions of the hashes of those *chosen*: which of them, and the definition."""
        group = np.searchsorted(self.groups, self.hashes[chosen])
        counts = self.first[group + 1] - self.first[group]
        starts = np.cumsum(counts) - counts
        which = np.repeat(np.arange(len(chosen)), counts)
        return which, np.arange(len(which)) - (starts - self.first[group])[which]


def distance(homes: Ids, files: Ids, code: Code) -> Ids:
    """How far each of *files* is from the file of the same number that may see it."""
    shared = np.zeros(len(files), dtype=np.int64)
    for depth in range(code.folders.shape[1]):
        here = code.folders[files, depth]
        shared += (here >= 0) & (here == code.folders[homes, depth])
    common = code.file_is_common[files]
    header = code.file_is_header[files]
    far = np.where(~common & (shared < _BESIDE), 1, 0) + np.where(header, 0, 2)
    far = (far * _RANKS + _RANKS - 1 - shared) * 2 + ~common
    return np.where(homes == files, -1, far)


def seen(hashes: NDArray[np.int64], files: NDArray[np.int32]) -> tuple[Seen, Ids]:
    """Definitions of *hashes* in *files*, and for each the number of the one it is part of."""
    order = np.lexsort((files, hashes))
    h, f = hashes[order], files[order].astype(np.int64)
    new = np.ones(len(h), dtype=np.bool_)
    new[1:] = (h[1:] != h[:-1]) | (f[1:] != f[:-1])
    number = np.zeros(len(h), dtype=np.int64)
    number[order] = np.cumsum(new) - 1
    h, f = h[new], f[new]
    groups, first = np.unique(h, return_index=True)
    return Seen(h, f, groups, np.append(first, len(h))), number
