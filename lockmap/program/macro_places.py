"""Where macros that make something are used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lockmap.facts.outlined import Records
from lockmap.program.code import Code, Ids
from lockmap.program.resolve import Links, Resolver
from lockmap.syntax.outlining import memory as o

USE = np.dtype([("item", "<i8"), ("at", "<i8"), ("line", "<i8"), ("macro", "<i8"), ("heads", "?")])
"""Macro ``macro`` may be meant in ``item`` at byte ``at`` of its file; ``heads``: at the head of
an initialiser, ``DEFINE_OPS(x) = {``, or of a function."""


@dataclass(frozen=True, slots=True)
class Given:
    """The functions that some calls and macros are handed."""

    to: set[tuple[int, int]]
    """(item, hash of a callee) of every call in it that is handed one."""
    places: dict[int, list[tuple[int, int, int]]]
    """Of each item: (place, hash, line) of those."""

    def lines(self, item: int, start: int, end: int) -> dict[int, int]:
        """The lines of the functions named from *start* up to *end*, by their hashes."""
        found = self.places.get(item, ())
        return {value: line for at, value, line in found if start <= at < end}


def given_functions(code: Code, resolver: Resolver, callees: NDArray[np.int64]) -> Given:
    """What calls of *callees* (hashes) are handed."""
    refs = code.refs
    chosen = np.flatnonzero((refs["kind"] == o.ARGUMENT) & np.isin(refs["context"], callees))
    links = resolver.resolve(refs["hash"][chosen], code.item_file[refs["owner"][chosen]])
    # What nothing defines may be a function that a macro makes.
    unknown = np.bincount(links.source, minlength=len(chosen)) == 0
    unknown &= code.items["kind"][refs["owner"][chosen]] != o.FUNCTION
    unknown[links.source[code.is_function[links.target]]] = True
    rows = refs[chosen[unknown]]
    places: dict[int, list[tuple[int, int, int]]] = {}
    columns = (rows[name].tolist() for name in ("owner", "at", "hash", "line"))
    for owner, at, value, line in zip(*columns, strict=True):
        places.setdefault(owner, []).append((at, value, line))
    return Given(set(zip(rows["owner"].tolist(), rows["context"].tolist(), strict=True)), places)


def calls_in_macros(code: Code, resolver: Resolver, useful: NDArray[np.bool_]) -> Links:
    """The useful macros that each useful macro uses: items by item."""
    calls = code.calls
    hashes = np.unique(code.items["hash"][useful])
    chosen = np.flatnonzero(useful[calls["owner"]])
    chosen = chosen[np.isin(calls["hash"][chosen], hashes)]
    owners = calls["owner"][chosen].astype(np.int64)
    links = resolver.resolve(calls["hash"][chosen], code.item_file[owners])
    keep = useful[links.target]
    return Links(owners[links.source[keep]], links.target[keep])


def uses(code: Code, resolver: Resolver, useful: NDArray[np.bool_]) -> Records:
    """Every use of a useful macro outside other macros: of type USE, in order."""
    items, calls, refs = code.items, code.calls, code.refs
    hashes = np.unique(items["hash"][useful])
    kinds = items["kind"]
    tops = np.flatnonzero((kinds == o.OTHER) & np.isin(items["hash"], hashes))
    owner_kind = kinds[calls["owner"]]
    in_value = owner_kind == o.INITIALISER
    inside = np.flatnonzero(in_value | (owner_kind == o.FUNCTION))
    inside = inside[np.isin(calls["hash"][inside], hashes)]
    values = np.flatnonzero((refs["kind"] == o.VALUE) & np.isin(refs["hash"], hashes))
    values = values[kinds[refs["owner"][values]] == o.INITIALISER]
    heads = np.flatnonzero(in_value)
    bodies = items["body"][calls["owner"][heads]]
    heads = heads[calls["at"][heads].astype(np.int64) < bodies]
    found = [
        _found(
            code, resolver, items["hash"][tops], tops, items["start"][tops], items["line"][tops]
        ),
        _references(code, resolver, calls[inside]),
        _references(code, resolver, refs[values]),
    ]
    found = [part[useful[part["macro"]]] for part in found]
    headed = _references(code, resolver, calls[heads])
    headed = headed[kinds[headed["macro"]] == o.MACRO]
    headed["heads"] = True
    together = np.concatenate([*found, headed, _named_by_macros(code)])
    return together[np.lexsort((together["macro"], together["at"], together["item"]))]


def _references(code: Code, resolver: Resolver, rows: Records) -> Records:
    owners = rows["owner"].astype(np.int64)
    return _found(code, resolver, rows["hash"], owners, rows["at"], rows["line"])


def _found(
    code: Code,
    resolver: Resolver,
    hashes: NDArray[np.int64],
    items: Ids,
    at: NDArray[np.uint32],
    lines: NDArray[np.uint32],
) -> Records:
    links = resolver.resolve(hashes, code.item_file[items])
    found = np.zeros(len(links.source), dtype=USE)
    found["item"], found["macro"] = items[links.source], links.target
    found["at"], found["line"] = at[links.source], lines[links.source]
    return found


def _named_by_macros(code: Code) -> Records:
    """Functions whose name a macro makes: ``static int FNAME(page_fault)(...) {``."""
    items = code.items
    shouted = np.flatnonzero(code.is_function & ((items["flags"] & o.SHOUTED) != 0))
    wanted = np.isin(items["hash"], items["hash"][shouted]) & (items["kind"] == o.MACRO)
    macros: dict[int, list[int]] = {}
    for item in np.flatnonzero(wanted).tolist():
        macros.setdefault(int(items["hash"][item]), []).append(item)
    found = []
    for item in shouted.tolist():
        row: np.void = items[item]
        found += [
            (item, int(row["start"]), int(row["line"]), macro, True)
            for macro in _visible(code, item, macros.get(int(row["hash"]), []))
        ]
    return np.array(found, dtype=USE)


def _visible(code: Code, item: int, macros: list[int]) -> list[int]:
    """Those of *macros* that the file of *item* is likely to see: its own hide all others."""
    home = code.item_file[item]
    return (
        [m for m in macros if code.item_file[m] == home]
        or [m for m in macros if _folder(code, m) == _folder(code, item)]
        or [m for m in macros if code.file_is_public[code.item_file[m]]]
    )


def _folder(code: Code, item: int) -> str:
    return code.file(item).rpartition("/")[0]
