"""Who may run under which lock, as rows of the map that refer to one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lockmap.locks.contexts import (
    Bits,
    Numbers,
    Reached,
)
from lockmap.map import context_records as rows
from lockmap.program.calls import BY_HAND, BY_MEMBER
from lockmap.program.code import Ids
from lockmap.scan.called import Called
from lockmap.scan.examined import (
    Findings,
    Passed,
    Share,
    examined,
    passed,
    shares,
    used_items,
)
from lockmap.tree.source import printable

_TOGETHER = 1 << 14
"""Rows that are made at a time."""
_CALL, _CALLBACK = rows.VIAS.index("call"), rows.VIAS.index("callback")


@dataclass(frozen=True, slots=True)
class Reach:
    """What was found for one lock."""

    read: Reached
    write: Reached
    must: np.ndarray[tuple[int], np.dtype[np.int8]]
    never: np.ndarray[tuple[int], np.dtype[np.bool_]]
    """The items that no way at all leads to, however far it is fetched."""

    @property
    def chosen(self) -> Ids:
        """The items that there is something to say about."""
        return np.flatnonzero(
            (self.read.distance >= 0) | (self.write.distance >= 0) | (self.must != 0)
        )


@dataclass(frozen=True, slots=True)
class ContextWriter:
    """Writes what was found as rows whose numbers refer to one another."""

    called: Called
    waits: Sequence[tuple[str, int, int]]
    told: Mapping[str, Findings]

    def contexts(self, found: dict[str, Reach]) -> rows.Contexts:
        code, calls, callbacks = self.called.code, self.called.calls, self.called.callbacks
        used = np.zeros(len(code.items), dtype=np.bool_)
        for reach in found.values():
            used[reach.chosen] = True
            for reached in (reach.read, reach.write):
                used[calls.caller[reached.through[reached.through >= 0]]] = True
        used[[c.item for c in callbacks]] = True
        used[[item for _, item, _ in self.waits]] = True
        used[sorted(used_items(calls, self.called.entered, self.told))] = True
        items = np.flatnonzero(used)
        key: Ids = np.cumsum(used, dtype=np.int64)
        numbers = {path: number for number, path in enumerate(code.files)}
        members = {(c.struct, c.field) for c in callbacks}
        member = {name: number for number, name in enumerate(sorted(members))}
        hows = ["call", *(f"callback {s}.{f}" for s, f in calls.members)]
        through = np.unique(calls.detail[calls.kind == BY_HAND])
        handed = [f"handed to {code.name(item)}" for item in through.tolist()]
        how = np.where(calls.kind == BY_MEMBER, calls.detail + 1, np.int32(0))
        by_hand = np.flatnonzero(calls.kind == BY_HAND)
        how[by_hand] = len(hows) + np.searchsorted(through, calls.detail[by_hand])
        hows += handed
        vias = {
            (lock, mode): self._vias(reached)
            for lock, reach in found.items()
            for mode, reached in (("read", reach.read), ("write", reach.write))
        }
        return rows.Contexts(
            [printable(path) for path in code.files],
            hows,
            self._functions(items, key),
            {
                lock: self._rows(reach, vias[lock, "read"], vias[lock, "write"], key, how)
                for lock, reach in found.items()
            },
            sorted(members),
            (
                (member[c.struct, c.field], k, numbers[c.file], c.line)
                for c, k in zip(callbacks, key[[c.item for c in callbacks]].tolist(), strict=True)
            ),
            [(lock, int(key[item]), line) for lock, item, line in self.waits],
            examined(
                calls, self.called.entered, self.told,
                *self._shares(found, vias, how), key, numbers, how,
            ),
        )  # fmt: skip

    def _shares(
        self, found: Mapping[str, Reach], vias: Mapping[tuple[str, str], Bits], how: Numbers
    ) -> tuple[list[Share], list[Passed]]:
        calls, never = self.called.calls, self.called.entered.never
        rows_: list[Share] = []
        edges: list[Passed] = []
        for (lock, mode), via in vias.items():
            reached = found[lock].read if mode == "read" else found[lock].write
            at = np.flatnonzero(reached.distance >= 0)
            distance = reached.distance[at].astype(np.int64)
            vias_ = via[at].astype(np.int64)
            rows_ += shares(calls, lock, mode, reached.through[at], distance, vias_)
            edges += passed(calls, lock, mode, reached, how, never)
        return rows_, edges

    def _functions(self, items: Ids, key: Ids) -> Iterator[rows.FunctionRow]:
        code = self.called.code
        for start in range(0, len(items), _TOGETHER):
            some = items[start : start + _TOGETHER]
            lines, ends = code.items["line"][some], code.items["end_line"][some]
            numbers = (key[some], code.item_file[some], lines, ends)
            yield from zip(*(n.tolist() for n in numbers), code.names_of(some), strict=True)

    def _rows(
        self, reach: Reach, read_via: Bits, write_via: Bits, key: Ids, how: Numbers
    ) -> Iterator[rows.ContextRow]:
        chosen = reach.chosen
        for start in range(0, len(chosen), _TOGETHER):
            some = chosen[start : start + _TOGETHER]
            columns: tuple[NDArray[Any], ...] = (
                key[some],
                reach.must[some],
                *self._reached(reach.read, read_via, some, key, how),
                *self._reached(reach.write, write_via, some, key, how),
            )
            yield from zip(*(column.tolist() for column in columns), strict=True)

    def _reached(
        self, reached: Reached, via: Bits, some: Ids, key: Ids, how: Numbers
    ) -> tuple[NDArray[Any], ...]:
        calls = self.called.calls
        there = reached.distance[some] >= 0
        at = np.where(there, reached.through[some], 0) if len(calls.caller) else some
        return (
            np.where(there, reached.distance[some], -1),
            np.where(there, key[calls.caller[at]], 0),
            np.where(there, calls.line[at], 0),
            np.where(there, how[at], 0),
            np.where(there, via[some], 0),
        )

    def _vias(self, reached: Reached) -> Bits:
        """Of each item that is reached, whether some call on its way is through a pointer."""
        calls = self.called.calls
        via = np.zeros(len(reached.distance), dtype=np.int8)
        there = np.flatnonzero(reached.distance >= 0)
        there = there[np.argsort(reached.distance[there], kind="stable")]
        ends = np.cumsum(np.bincount(reached.distance[there])).tolist()
        for distance in range(1, len(ends)):
            at = there[ends[distance - 1] : ends[distance]]
            through = reached.through[at]
            before = via[calls.caller[through]] if distance > 1 else via[at]
            indirect = (calls.kind[through] != 0) | (before == _CALLBACK)
            via[at] = np.where(indirect, _CALLBACK, 0 if distance == 1 else _CALL)
        return via
