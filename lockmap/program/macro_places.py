"""Where macros that make something are used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lockmap.program.code import Code, Ids
from lockmap.program.resolve import Links, Resolver
from lockmap.syntax.outlining import memory as o


@dataclass(frozen=True, slots=True)
class Use:
    """A macro is used in *item* at byte *at* of a file."""

    item: int
    at: int
    line: int
    macros: tuple[int, ...]
    heads: bool = False
    """Whether it heads an initialiser, ``DEFINE_OPS(x) = {``, or a function."""


@dataclass(frozen=True, slots=True)
class Given:
    """The functions that calls and macros are handed."""

    to: set[tuple[int, int]]
    """(item, hash of a callee) of every call in it that is handed one."""
    places: dict[int, list[tuple[int, int, int]]]
    """Of each item: (place, hash, line) of those."""

    def lines(self, item: int, start: int, end: int) -> dict[int, int]:
        """The lines of the functions named from *start* up to *end*, by their hashes."""
        found = self.places.get(item, ())
        return {value: line for at, value, line in found if start <= at < end}


def given_functions(code: Code, resolver: Resolver) -> Given:
    refs = code.refs
    chosen = np.flatnonzero(refs["kind"] == o.ARGUMENT)
    links = resolver.resolve(refs["hash"][chosen], code.item_file[refs["owner"][chosen]])
    hits = chosen[np.unique(links.source[code.is_function[links.target]])]
    rows = refs[hits]
    places: dict[int, list[tuple[int, int, int]]] = {}
    columns = (rows[name].tolist() for name in ("owner", "at", "hash", "line"))
    for owner, at, value, line in zip(*columns, strict=True):
        places.setdefault(owner, []).append((at, value, line))
    to = set(zip(rows["owner"].tolist(), rows["context"].tolist(), strict=True))
    return Given(to, places)


def uses(
    code: Code, links: Links, resolver: Resolver, useful: NDArray[np.bool_]
) -> list[tuple[Use, int]]:
    """Every use of a useful macro outside other macros, and the kind of item it is in."""
    items = code.items
    found: list[tuple[Use, int]] = []
    hashes = np.unique(items["hash"][useful])
    tops = np.flatnonzero((items["kind"] == o.OTHER) & np.isin(items["hash"], hashes))
    top_links = resolver.resolve(items["hash"][tops], code.item_file[tops])
    _gather(
        found, top_links, useful, tops, items["start"][tops],
        items["line"][tops], items["kind"],
    )  # fmt: skip
    calls = code.calls
    owner_kind = items["kind"][calls["owner"]]
    inside = np.flatnonzero((owner_kind == o.INITIALISER) | (owner_kind == o.FUNCTION))
    inside = inside[np.isin(calls["hash"][inside], hashes)]
    _heads(found, code, links)
    _named_by_macros(found, code)
    keep = np.isin(links.source, inside)
    call_links = Links(np.searchsorted(inside, links.source[keep]), links.target[keep])
    _gather(
        found, call_links, useful, calls["owner"][inside].astype(np.int64), calls["at"][inside],
        calls["line"][inside], items["kind"],
    )  # fmt: skip
    refs = code.refs
    values = np.flatnonzero((refs["kind"] == o.VALUE) & np.isin(refs["hash"], hashes))
    values = values[items["kind"][refs["owner"][values]] == o.INITIALISER]
    owners = refs["owner"][values].astype(np.int64)
    value_links = resolver.resolve(refs["hash"][values], code.item_file[owners])
    _gather(
        found, value_links, useful, owners, refs["at"][values], refs["line"][values], items["kind"]
    )
    return found


def _heads(found: list[tuple[Use, int]], code: Code, links: Links) -> None:
    """Macros before the ``=`` of an initialiser."""
    calls, items = code.calls, code.items
    owners = calls["owner"][links.source].astype(np.int64)
    head = (items["kind"][owners] == o.INITIALISER) & (items["kind"][links.target] == o.MACRO)
    head &= calls["at"][links.source].astype(np.int64) < items["body"][owners]
    for number, target in zip(
        links.source[head].tolist(), links.target[head].tolist(), strict=True
    ):
        row = calls[number]
        use = Use(int(row["owner"]), int(row["at"]), int(row["line"]), (target,), heads=True)
        found.append((use, o.INITIALISER))


def _named_by_macros(found: list[tuple[Use, int]], code: Code) -> None:
    """Functions whose name a macro makes: ``static int FNAME(page_fault)(...) {``."""
    items = code.items
    shouted = np.flatnonzero(code.is_function & ((items["flags"] & o.SHOUTED) != 0))
    macros: dict[int, list[int]] = {}
    wanted = np.isin(items["hash"], items["hash"][shouted]) & (items["kind"] == o.MACRO)
    for item in np.flatnonzero(wanted).tolist():
        macros.setdefault(int(items["hash"][item]), []).append(item)
    for item in shouted.tolist():
        home = int(code.item_file[item])
        choices = macros.get(int(items["hash"][item]), [])
        chosen = (
            [m for m in choices if code.item_file[m] == home]
            or [m for m in choices if _folder(code, m) == _folder(code, item)]
            or [m for m in choices if code.file_is_public[code.item_file[m]]]
        )
        for macro in chosen:
            row = items[item]
            use = Use(item, int(row["start"]), int(row["line"]), (macro,), heads=True)
            found.append((use, o.FUNCTION))


def _gather(
    found: list[tuple[Use, int]],
    links: Links,
    useful: NDArray[np.bool_],
    owners: Ids,
    at: NDArray[np.uint32],
    lines: NDArray[np.uint32],
    kinds: NDArray[np.uint8],
) -> None:
    keep = useful[links.target]
    source, target = links.source[keep], links.target[keep]
    firsts = np.flatnonzero(np.diff(source, prepend=-1))
    ends = np.append(firsts, len(source))[1:]
    for first, end in zip(firsts.tolist(), ends.tolist(), strict=True):
        number = int(source[first])
        owner = int(owners[number])
        use = Use(owner, int(at[number]), int(lines[number]), tuple(target[first:end].tolist()))
        found.append((use, int(kinds[owner])))


def _folder(code: Code, item: int) -> str:
    return code.file(item).rpartition("/")[0]
