"""Which functions stand in which members of structs: the link from a call through a pointer.

From initialisers (``static const struct vm_operations_struct ops = { .fault = f }``), with
the members of structs on the way told by their types, and from assignments.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockmap.program.code import Code, Ids
from lockmap.program.hooks import Listed
from lockmap.program.layouts import Layouts
from lockmap.program.membership import among
from lockmap.program.owners import Owners
from lockmap.program.resolve import Links, Resolver
from lockmap.syntax.lex import blank
from lockmap.syntax.outlining.memory import ASSIGNMENT, MADE, OBJECT_MACRO, POINTER_CALL, VALUE


class Callback(NamedTuple):
    """Function *item* is put into a member of a struct at *file*:*line*."""

    struct: str
    field: str
    item: int
    file: str
    line: int
    kind: str = "init"
    """``init``, ``assign``; ``macro``: what a macro makes sets it; ``handed``: who is handed it."""


def function_links(code: Code, resolver: Resolver, read: Callable[[str], bytes]) -> Links:
    """The references that name functions, and which; also through ``#define f g``."""
    refs = code.refs
    links = resolver.resolve(refs["hash"], code.item_file[refs["owner"]])
    plain = refs["parameter"][links.source] == 0  # a parameter hides what is called like it
    plain |= refs["kind"][links.source] == POINTER_CALL  # there, it is the last name before
    links = Links(links.source[plain], links.target[plain])
    links = _through_aliases(code, resolver, links, read)
    keep = code.is_function[links.target]
    return Links(links.source[keep], links.target[keep])


_ALL_OF_IT = re.compile(rb"\w+[\s)]*\Z")


def _is_named(code: Code, read: Callable[[str], bytes], call: int, macro: int) -> bool:
    """Whether *macro* stands for the function that *call* names, and not for a call of it."""
    at, end = int(code.calls["at"][call]), int(code.items["end"][macro])
    return _ALL_OF_IT.match(blank(read(code.file(macro))[at:end])) is not None


def _through_aliases(
    code: Code, resolver: Resolver, links: Links, read: Callable[[str], bytes]
) -> Links:
    """*links* with what object-like macros stand for in the place of these."""
    alias = code.items["kind"] == OBJECT_MACRO
    named = links.target[alias[links.target]]  # few of the aliases are named as values
    calls = np.flatnonzero(among(code.calls["owner"], named))
    owners = code.calls["owner"][calls].astype(np.int64)
    meanings = resolver.resolve(code.calls["hash"][calls], code.item_file[owners])
    owners, meant, calls = owners[meanings.source], meanings.target, calls[meanings.source]
    plain = [
        _is_named(code, read, call, owner)
        for call, owner in zip(calls.tolist(), owners.tolist(), strict=True)
    ]
    chosen = np.array(plain, dtype=np.bool_)
    owners, meant = owners[chosen], meant[chosen]
    for _ in range(3):
        through = alias[links.target]
        if not through.any():
            break
        low = np.searchsorted(owners, links.target[through], side="left")
        high = np.searchsorted(owners, links.target[through], side="right")
        counts = high - low
        starts = np.repeat(np.cumsum(counts) - counts, counts)
        at = np.arange(int(counts.sum())) - starts + np.repeat(low, counts)
        source = np.concatenate([links.source[~through], np.repeat(links.source[through], counts)])
        links = Links(source, np.concatenate([links.target[~through], meant[at]]))
    order = np.argsort(links.source, kind="stable")
    return Links(links.source[order], links.target[order])


def callbacks_of(
    code: Code,
    links: Links,
    layouts: Layouts,
    values: Owners,
    owners: Owners,
    listed: Listed | None = None,
) -> list[Callback]:
    """Every function that stands in a member of a struct; each place once, in order.

    *links*: what references name (``function_links``); *values*: the owners of the members that
    values in initialisers are for (``value_owners``); *owners*: of those that statements assign
    to; *listed*: see ``value_owners``.  What cannot be told is left out.
    """
    kinds = code.refs["kind"]
    names = dict(layouts.member_names)
    for members in (listed or {}).values():
        names.update(members)
    found = [
        _named(links, kinds == VALUE, values),
        _named(links, kinds == ASSIGNMENT, owners),
    ]
    ref, struct, field, item = (np.concatenate(column) for column in zip(*found, strict=True))
    structs, struct = _by_name(struct, layouts.struct_name)
    fields, field = _by_name(field, lambda value: names.get(value, ""))
    home = code.item_file[code.refs["owner"][ref]]
    line = code.refs["line"][ref].astype(np.int64)
    rank = np.empty(len(code.files), dtype=np.int64)
    rank[sorted(range(len(code.files)), key=code.files.__getitem__)] = np.arange(len(code.files))
    keys = (item, field, struct, line, rank[home])
    order = np.lexsort(keys)
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = np.any([key[order[1:]] != key[order[:-1]] for key in keys], axis=0)
    at = order[new]
    made = (code.items["flags"][code.refs["owner"][ref[at]]] & MADE) != 0
    kind = np.where(made, 2, np.where(kinds[ref[at]] == ASSIGNMENT, 1, 0)).tolist()
    rows = zip(
        map(structs.__getitem__, struct[at].tolist()),
        map(fields.__getitem__, field[at].tolist()),
        item[at].tolist(),
        map(code.files.__getitem__, home[at].tolist()),
        line[at].tolist(),
        map(_KINDS.__getitem__, kind),
        strict=True,
    )
    return list(map(Callback._make, rows))


_KINDS = ("init", "assign", "macro")


def _by_name(
    hashes: NDArray[np.int64], named: Callable[[int], str]
) -> tuple[list[str], NDArray[np.int64]]:
    """The names of *hashes*, each once and in order; and of each hash which it is."""
    values, which = np.unique(hashes, return_inverse=True)
    of_each = [named(value) for value in values.tolist()]
    names = sorted(set(of_each))
    number = {name: n for n, name in enumerate(names)}
    return names, np.array([number[name] for name in of_each], dtype=np.int64)[which]


def _named(links: Links, wanted: NDArray[np.bool_], told: Owners) -> tuple[Ids, Ids, Ids, Ids]:
    """The *wanted* references for which *told* knows the member: struct, member, function."""
    chosen = np.flatnonzero(
        wanted[links.source] & (told.struct[links.source] != 0) & (told.field[links.source] != 0)
    )
    ref = links.source[chosen]
    return ref, told.struct[ref], told.field[ref], links.target[chosen]
