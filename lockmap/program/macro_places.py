"""Where macros that make something are used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lockmap.facts.outlined import Records
from lockmap.program.code import Code, Ids
from lockmap.program.membership import among
from lockmap.program.resolve import Links, Resolver
from lockmap.program.slots import Slots
from lockmap.syntax.outlining import memory as o

USE = np.dtype([("item", "<i8"), ("at", "<i8"), ("line", "<i8"), ("macro", "<i8"), ("heads", "?")])
"""Macro ``macro`` may be meant in ``item`` at byte ``at`` of its file; ``heads``: at the head of
an initialiser, ``DEFINE_OPS(x) = {``, or of a function."""


@dataclass(frozen=True, slots=True)
class Given:
    """The functions that some calls and macros are handed, in places that matter."""

    _uses: NDArray[np.int64]
    """Of every call that is handed one: its item and callee as one number; ascending."""
    _places: dict[int, list[tuple[int, int, int]]]
    """Of each item: (place, hash, line) of those."""

    def to(self, items: NDArray[np.integer[Any]], hashes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the calls of *hashes* in *items* are handed one."""
        return among(_use(items, hashes), self._uses)

    def lines(self, item: int, start: int, end: int) -> dict[int, int]:
        """The lines of the functions named from *start* up to *end*, by their hashes."""
        found = self._places.get(item, ())
        return {value: line for at, value, line in found if start <= at < end}


def nothing_given() -> Given:
    """No function is handed to anything."""
    return Given(np.zeros(0, dtype=np.int64), {})


def _use(items: NDArray[np.integer[Any]], hashes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(hashes * 0x9E3779B1 + items.astype(np.int64))


def given_functions(
    code: Code,
    resolver: Resolver,
    slots: Slots,
    sure: Slots,
    useful: NDArray[np.bool_],
    made: NDArray[np.int64],
) -> Given:
    """What is handed to *useful* macros in *slots*; *made*: hashes of functions macros made.

    In *sure* slots, what nothing in the tree defines is a function, too: one of assembly.
    """
    refs = code.refs
    hashes = np.unique(code.items["hash"][useful])
    chosen = np.flatnonzero((refs["kind"] == o.ARGUMENT) & among(refs["context"], hashes))
    chosen = chosen[slots.has(refs["context"][chosen], refs["position"][chosen])]
    links = resolver.resolve(refs["hash"][chosen], code.item_file[refs["owner"][chosen]])
    wanted = among(refs["hash"][chosen], made)
    wanted[links.source[code.is_function[links.target]]] = True
    own = (o.FUNCTION, o.MACRO)  # they have variables of their own
    told = sure.has(refs["context"][chosen], refs["position"][chosen])
    told &= ~np.isin(code.items["kind"][refs["owner"][chosen]], own)
    wanted |= told & ~resolver.defines(refs["hash"][chosen])
    rows = refs[chosen[wanted]]
    places: dict[int, list[tuple[int, int, int]]] = {}
    columns = (rows[name].tolist() for name in ("owner", "at", "hash", "line"))
    for owner, at, value, line in zip(*columns, strict=True):
        places.setdefault(owner, []).append((at, value, line))
    return Given(np.unique(_use(rows["owner"], rows["context"])), places)


def calls_in_macros(
    code: Code, resolver: Resolver, users: NDArray[np.bool_], used: NDArray[np.bool_]
) -> Links:
    """Which items of *used* those of *users* use; items by item, in order of the user."""
    calls = code.calls
    chosen = np.flatnonzero(users[calls["owner"]])
    chosen = chosen[among(calls["hash"][chosen], np.unique(code.items["hash"][used]))]
    owners = calls["owner"][chosen].astype(np.int64)
    links = resolver.resolve(calls["hash"][chosen], code.item_file[owners])
    keep = used[links.target]
    return Links(owners[links.source[keep]], links.target[keep])


def outer_uses(code: Code, resolver: Resolver, useful: NDArray[np.bool_]) -> Records:
    """The uses of useful macros outside all else, and those that head something.

    Of type USE, in order.
    """
    items, calls = code.items, code.calls
    kinds = items["kind"]
    hashes = np.unique(items["hash"][useful])
    tops = np.flatnonzero((kinds == o.OTHER) & among(items["hash"], hashes))
    heads = np.flatnonzero(kinds[calls["owner"]] == o.INITIALISER)
    bodies = items["body"][calls["owner"][heads]]
    heads = heads[calls["at"][heads].astype(np.int64) < bodies]
    alone = _found(
        code, resolver, items["hash"][tops], tops, items["start"][tops], items["line"][tops]
    )
    headed = references(code, resolver, calls[heads])
    headed = headed[kinds[headed["macro"]] == o.MACRO]
    headed["heads"] = True
    return in_order([alone[useful[alone["macro"]]], headed, _named_by_macros(code)])


def inner_uses(
    code: Code, resolver: Resolver, useful: NDArray[np.bool_], named: Ids,
    inside: NDArray[np.bool_],
) -> Records:  # fmt: skip
    """The uses of useful macros in initialisers, and at those calls that are *inside*.

    *named*: the calls of such names.  Of type USE, in order.
    """
    items, calls, refs = code.items, code.calls, code.refs
    hashes = np.unique(items["hash"][useful])
    kinds = items["kind"]
    looked = named[inside | (kinds[calls["owner"][named]] == o.INITIALISER)]
    values = np.flatnonzero(refs["kind"] == o.VALUE)
    values = values[kinds[refs["owner"][values]] == o.INITIALISER]
    values = values[among(refs["hash"][values], hashes)]
    found = [references(code, resolver, calls[looked]), references(code, resolver, refs[values])]
    return in_order([part[useful[part["macro"]]] for part in found])


def in_order(parts: list[Records]) -> Records:
    """Rows of USE together, by the place that they stand at."""
    together = np.concatenate(parts)
    return together[np.lexsort((together["macro"], together["at"], together["item"]))]


def references(code: Code, resolver: Resolver, rows: Records) -> Records:
    """What the calls or references *rows* may mean, as rows of USE."""
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
    wanted = among(items["hash"], items["hash"][shouted]) & (items["kind"] == o.MACRO)
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
