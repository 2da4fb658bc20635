"""Which definitions the calls of a tree may reach by name.

A definition of the caller's own file hides all others.  Else it must be visible from there:
static functions and macros of a ``.c`` file are not; of definitions in several architectures
the caller's own counts; of headers that define one name the nearest, since two drivers may
each have a ``priv.h`` of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lockmap.program.code import Code, Ids


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs of (number of a reference, item it may mean); in order of the reference."""

    source: Ids
    target: Ids


class Resolver:
    """Resolves names of one tree."""

    def __init__(self, code: Code) -> None:
        self._code = code
        callable_ = np.flatnonzero(code.is_callable)
        hashes = code.items["hash"][callable_]
        order = np.lexsort((callable_, hashes))
        self._items: Ids = callable_[order]
        self._hashes = hashes[order]
        self._names, first = np.unique(self._hashes, return_index=True)
        self._first: Ids = np.append(first, len(order))
        files = code.item_file[self._items]
        group = np.repeat(np.arange(len(self._names)), np.diff(self._first))
        self._by_file: Ids = np.argsort(group * len(code.files) + files, kind="stable")
        self._keys: Ids = (group * len(code.files) + files)[self._by_file]

    def resolve(self, hashes: NDArray[np.int64], files: Ids) -> Links:
        """What each of *hashes*, named in the file of the same number, may be.

        A name that nothing in the tree defines has no link.
        """
        group = np.searchsorted(self._names, hashes)
        group = np.minimum(group, len(self._names) - 1)
        known = np.flatnonzero(self._names[group] == hashes) if len(self._names) else np.array([])
        group, at = group[known], files[known]
        keys = group * len(self._code.files) + at
        low = np.searchsorted(self._keys, keys, side="left")
        high = np.searchsorted(self._keys, keys, side="right")
        own = high > low
        source, span = _spread(known[own], low[own], high[own])
        own_links = Links(source, self._items[self._by_file[span]])
        rest = ~own
        return _merged([own_links, self._from_elsewhere(known[rest], group[rest], at[rest])])

    def _from_elsewhere(self, source: Ids, group: Ids, files: Ids) -> Links:
        """Links of names that the file itself does not define."""
        pairs, which = np.unique(group * len(self._code.files) + files, return_inverse=True)
        groups, homes = np.divmod(pairs, len(self._code.files))
        low, high = self._first[groups], self._first[groups + 1]
        pair, span = _spread(np.arange(len(pairs)), low, high)
        items = self._items[span]
        visible = ~self._code.is_private[items]
        arch = self._code.file_arch
        ours, theirs = arch[homes[pair]], arch[self._code.item_file[items]]
        visible &= (ours < 0) | (theirs < 0) | (ours == theirs)
        pair, items = pair[visible], items[visible]
        count = np.bincount(pair, minlength=len(pairs))
        single = count[pair] == 1
        many, choices = pair[~single], items[~single]
        chosen = self._nearest(many, choices, homes[many])
        found = [Links(pair[single], items[single]), Links(many[chosen], choices[chosen])]
        links = _merged(found)
        # Back from pairs of (name, file) to the references that have them.
        first = np.searchsorted(links.source, np.arange(len(pairs) + 1))
        refs, at = _spread(source, first[which], first[which + 1])
        return _merged([Links(refs, links.target[at])])

    def _nearest(self, pair: Ids, items: Ids, homes: Ids) -> NDArray[np.bool_]:
        """Of several definitions for one (name, file): which of them are meant."""
        code = self._code
        files = code.item_file[items]
        count = int(pair.max()) + 1 if len(pair) else 0
        ours = (code.file_arch[homes] >= 0) & (code.file_arch[files] >= 0)
        in_arch = _any(ours, pair, count)
        public = ~code.file_is_header[files] | code.file_is_public[files]
        shared = np.where(public, 0, _shared(code.folders[homes], code.folders[files]))
        nearest = np.zeros(count, dtype=np.int64)
        np.maximum.at(nearest, pair, shared)
        private = (nearest[pair] > 0) & (shared == nearest[pair])
        other = (nearest[pair] == 0) & (public | ~_any(public, pair, count))
        return np.where(in_arch, ours, private | other)


def _any(flags: NDArray[np.bool_], pair: Ids, count: int) -> NDArray[np.bool_]:
    """For each of a pair's choices: whether any choice of the pair has its flag set."""
    return (np.bincount(pair, weights=flags, minlength=count) > 0)[pair]


def _shared(a: Ids, b: Ids) -> Ids:
    """How many folders two files share from the top."""
    return np.asarray(((a == b) & (a >= 0)).sum(axis=1))


def _spread(source: Ids, low: Ids, high: Ids) -> tuple[Ids, Ids]:
    """Each of *source* once for every number from its *low* to its *high*, and that number."""
    counts = high - low
    total = int(counts.sum())
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(source, counts), np.arange(total) - starts + np.repeat(low, counts)


def _merged(links: Sequence[Links]) -> Links:
    source = np.concatenate([x.source for x in links])
    target = np.concatenate([x.target for x in links])
    order = np.argsort(source, kind="stable")
    return Links(source[order], target[order])
