"""The calls of the functions whose accesses are listed: what tells how their callers hold locks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lockmap.facts.file import FileFacts
from lockmap.locks.profiles import WAYS, Profiles, Shares, Sites, profiles
from lockmap.program.calls import BY_MEMBER, Calls
from lockmap.program.code import Code, Ids
from lockmap.scan.touched import Passed

Param = tuple[int, int]
"""(function of ``CallSites``, number of a parameter)."""
_NONE = WAYS.index("none")
_ROUNDS = 16
_SMALL = 1 / 512


@dataclass(frozen=True)
class CallSites:
    """Functions, numbered from 0, and the calls of some of them."""

    numbers: Mapping[tuple[str, int], int]
    """(file, line) → number of the function that begins there."""
    names: Sequence[str]
    caller: Ids
    callee: Ids
    line: Ids
    member: NDArray[np.bool_]
    """Which calls are made through a pointer."""
    under: Sequence[NDArray[np.int8]]
    """Of each lock, what each call is made under: see ``locks.contexts.Graph``."""
    first: Ids
    """How each function is called from where no call is known: see ``locks.profiles``."""
    unseen: Shares
    """How many such calls each function has."""

    def new_objects(self, passed: Mapping[int, Sequence[Passed]]) -> dict[Param, float]:
        """For which share of the calls of a function a parameter is a new object.

        *passed*: by function, what its calls are given.  What is not there is nothing new; what
        functions only hand around among them is what comes in from elsewhere.
        """
        sources = self._sources(passed)
        found: dict[Param, float] = dict.fromkeys(sources, 1.0)
        for _ in range(_ROUNDS):
            now = {
                (function, number): sum(
                    sum(1.0 if of < 0 else found.get((caller, of), 0.0) for of in given)
                    / max(1, len(given))
                    for caller, given in of_calls
                )
                / self.calls[function]
                for (function, number), of_calls in sources.items()
            }
            change = max((abs(now[param] - found[param]) for param in now), default=0.0)
            found = now
            if change < _SMALL:
                break
        return found

    def _sources(
        self, passed: Mapping[int, Sequence[Passed]]
    ) -> dict[Param, list[tuple[int, list[int]]]]:
        """For each parameter, by call: who calls, and what is given there."""
        found: dict[Param, list[tuple[int, list[int]]]] = {}
        for call, caller in enumerate(self.caller.tolist()):
            by_number: dict[int, list[int]] = {}
            for number, of in self._given(call, passed.get(caller, ())):
                by_number.setdefault(number, []).append(of)
            for number, given in by_number.items():
                found.setdefault((int(self.callee[call]), number), []).append((caller, given))
        return found

    def _given(self, call: int, passed: Sequence[Passed]) -> list[tuple[int, int]]:
        """(number of an argument, whose object) of what is *passed* in one call."""
        if not passed:
            return []
        if self.member[call]:
            line = self.line[call]
            return [(number, of) for at, name, number, of in passed if at == line and not name]
        callee = self.names[self.callee[call]]
        return [(number, of) for _, name, number, of in passed if name == callee]

    def profiles(
        self,
        passed: Mapping[int, Sequence[Passed]],
        new: Mapping[Param, float],
        of: Mapping[int, int],
    ) -> Profiles:
        """How locks are held at the calls.

        *of*: function → its parameter that matters: calls that give a new object for it do not
        count.
        """
        weight = np.ones(len(self.caller))
        for call, callee in enumerate(self.callee.tolist()):
            param = of.get(callee)
            if param is None or not new.get((callee, param)):
                continue
            caller = int(self.caller[call])
            given = [
                1.0 if source < 0 else new.get((caller, source), 0.0)
                for number, source in self._given(call, passed.get(caller, ()))
                if number == param
            ]
            weight[call] -= sum(given) / max(1, len(given))
        sites = Sites(self.caller, self.callee, self.under, weight)
        return profiles(sites, self.first, self.unseen)

    @cached_property
    def calls(self) -> Sequence[int]:
        """Of each function, how many calls of it are known."""
        counts: list[int] = np.bincount(self.callee, minlength=len(self.names)).tolist()
        return counts


def call_sites(
    code: Code,
    calls: Calls,
    entries: Ids,
    wanted: Collection[tuple[str, int]],
    under: Sequence[NDArray[np.int8]],
    never: Sequence[NDArray[np.bool_]],
) -> CallSites:
    """The calls of the functions that stand at the *wanted* places (file, line).

    *under*: of each lock, what each of *calls* is made under; *never*: of each lock, which
    items cannot run with it held.
    """
    callable_ = code.is_callable
    chosen = np.zeros(len(code.items), dtype=np.bool_)
    at = _items_at(code, wanted)
    chosen[list(at.values())] = True
    real = callable_[calls.caller]  # not what a table at file level names
    macros = np.zeros(len(code.items), dtype=np.bool_)
    macros[calls.caller[real & chosen[calls.callee]]] = True
    chosen |= macros & ~code.is_function
    kept = np.flatnonzero(real & chosen[calls.callee])
    caller, callee = calls.caller[kept], calls.callee[kept]
    items = np.unique(np.concatenate([caller, callee, np.flatnonzero(chosen)]))
    first = np.zeros(len(items), dtype=np.int64)
    open_ = np.isin(items, entries)
    for lock, cannot in enumerate(never):
        first |= np.where(cannot[items] & ~open_, _NONE << 2 * lock, 0)
    return CallSites(
        {place: int(np.searchsorted(items, item)) for place, item in at.items()},
        [code.name(item) for item in items.tolist()],
        np.searchsorted(items, caller),
        np.searchsorted(items, callee),
        calls.line[kept].astype(np.int64),
        calls.kind[kept] == BY_MEMBER,
        [bits[kept] for bits in under],
        first,
        open_.astype(np.float64),
    )


def functions_read(files: Sequence[str], facts: Sequence[FileFacts]) -> list[tuple[str, int]]:
    """The places (file, line) of the functions whose accesses are listed, of *files* in order."""
    found: list[tuple[str, int]] = []
    for path, of_file in zip(files, facts, strict=True):
        found += [(path, span.line) for span in of_file.spans]
        found += [(path, named.line) for named in of_file.named]
    return found


def _items_at(code: Code, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """The functions at the *wanted* places."""
    files = {path for path, _ in wanted}
    number = {path: n for n, path in enumerate(code.files) if path in files}
    functions = np.flatnonzero(code.is_function)
    key = (code.item_file[functions] << 32) + code.items["line"][functions]
    order = np.argsort(key, kind="stable")
    key, functions = key[order], functions[order]
    places = [place for place in wanted if place[0] in number]
    keys = np.array([(number[path] << 32) + line for path, line in places], dtype=np.int64)
    if not len(key):
        return {}
    at = np.minimum(np.searchsorted(key, keys), len(key) - 1)
    return {
        place: int(functions[n])
        for place, n, same in zip(places, at.tolist(), (key[at] == keys).tolist(), strict=True)
        if same
    }
