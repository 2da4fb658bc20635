"""Which functions stand in which members of structs: the link from a call through a pointer.

From initialisers (``static const struct vm_operations_struct ops = { .fault = f }``), with
the members of structs on the way told by their types, and from assignments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lockmap.program.code import Code
from lockmap.program.hooks import Listed
from lockmap.program.layouts import Layouts
from lockmap.program.membership import among
from lockmap.program.owners import Owners
from lockmap.program.resolve import Links, Resolver
from lockmap.syntax.lex import blank
from lockmap.syntax.outlining.memory import ASSIGNMENT, MADE, OBJECT_MACRO, POINTER_CALL, VALUE


@dataclass(frozen=True, slots=True)
class Callback:
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
    found = _named(code, layouts, links, kinds == VALUE, values, names)
    found += _named(code, layouts, links, kinds == ASSIGNMENT, owners, names)
    first: dict[tuple[str, str, int, str, int], Callback] = {}
    for c in found:
        first.setdefault((c.struct, c.field, c.item, c.file, c.line), c)
    return sorted(first.values(), key=lambda c: (c.file, c.line, c.struct, c.field, c.item))


def _named(
    code: Code,
    layouts: Layouts,
    links: Links,
    wanted: NDArray[np.bool_],
    told: Owners,
    names: Mapping[int, str],
) -> list[Callback]:
    """Callbacks of the *wanted* references for which *told* knows the member."""
    refs = code.refs
    chosen = np.flatnonzero(
        wanted[links.source] & (told.struct[links.source] != 0) & (told.field[links.source] != 0)
    )
    number = links.source[chosen]
    made = (code.items["flags"][refs["owner"][number]] & MADE) != 0
    plain = "assign" if len(number) and refs["kind"][number[0]] == ASSIGNMENT else "init"
    files = code.item_file[refs["owner"][number]]
    structs = {v: layouts.struct_name(v) for v in np.unique(told.struct[number]).tolist()}
    rows = zip(
        told.struct[number].tolist(), told.field[number].tolist(),
        links.target[chosen].tolist(), files.tolist(), refs["line"][number].tolist(),
        made.tolist(), strict=True,
    )  # fmt: skip
    return [
        Callback(
            structs[s], names.get(f, ""), item, code.files[home], line, "macro" if m else plain
        )
        for s, f, item, home, line, m in rows
    ]
