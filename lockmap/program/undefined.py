"""Functions that stand in members of structs and that no C of the tree defines.

Assembly defines them, or a macro that cannot be followed.  That they are functions the member
tells, which is declared as a pointer to one, and that they are no variables the place: an
initialiser outside all functions holds constants.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lockmap.facts.outlined import ITEM
from lockmap.program.code import Code, Ids
from lockmap.program.layouts import Layouts
from lockmap.program.membership import among
from lockmap.program.owners import Owners
from lockmap.program.resolve import Links, Resolver
from lockmap.syntax.hashing import name_hash, signed
from lockmap.syntax.outlining.memory import INITIALISER, UNDEFINED, VALUE

_WORD = re.compile(rb"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Named:
    """Code with an item for each such function, after all others; and what references name."""

    code: Code
    links: Links
    first: int
    """The number of the first of these items.  Their line is that of the first place where
    they are put into a member, their last line 0."""


def with_undefined(
    code: Code,
    links: Links,
    layouts: Layouts,
    resolver: Resolver,
    values: Owners,
    spelled: Mapping[int, str],
    read: Callable[[str], bytes],
) -> Named:
    """*code* and *links* with the functions that nothing in it defines.

    *values*: the members that values in initialisers are for; *spelled*: names, by their hashes,
    that macros paste together.
    """
    chosen = _chosen(code, layouts, resolver, values)
    hashes, first, which = np.unique(
        code.refs["hash"][chosen], return_index=True, return_inverse=True
    )
    names = [
        spelled.get(value) or _name_at(code, ref, value, read)
        for value, ref in zip(hashes.tolist(), chosen[first].tolist(), strict=True)
    ]
    known = np.array([bool(name) for name in names], dtype=np.bool_)
    numbers = len(code.items) + np.cumsum(known) - 1
    told = known[which] if len(which) else np.zeros(0, dtype=np.bool_)
    more = _items(code, hashes[known], chosen[first[known]], [n for n in names if n])
    source = np.concatenate([links.source, chosen[told]])
    target = np.concatenate([links.target, numbers[which[told]] if len(which) else chosen])
    order = np.argsort(source, kind="stable")
    return Named(more, Links(source[order], target[order]), len(code.items))


def _chosen(code: Code, layouts: Layouts, resolver: Resolver, values: Owners) -> Ids:
    """The references that name such functions, in order."""
    refs = code.refs
    at = np.flatnonzero((refs["kind"] == VALUE) & (values.struct != 0) & (values.field != 0))
    at = at[~resolver.defines(refs["hash"][at])]
    owners = refs["owner"][at].astype(np.int64)
    homes = code.item_file[owners]
    at = at[layouts.points_to_function(values.struct[at], values.field[at], homes)]
    outside = code.items["kind"][refs["owner"][at]] == INITIALISER
    # Within a function a name may be that of a variable: unless it is known from outside.
    return np.asarray(at[among(refs["hash"][at], np.unique(refs["hash"][at[outside]]))])


def _name_at(code: Code, ref: int, value: int, read: Callable[[str], bytes]) -> str:
    """The name whose hash is *value*, where reference *ref* stands; empty: not spelled there."""
    row = code.refs[ref]
    text = read(code.file(int(row["owner"])))
    lines = text.splitlines()
    near = [text[row["at"] : row["at"] + 256], *lines[int(row["line"]) - 1 : int(row["line"])]]
    for part in near:
        for word in _WORD.findall(part):
            if signed(name_hash(word)) == value:
                return str(word.decode("latin-1"))
    return ""


def _items(code: Code, hashes: NDArray[np.int64], refs: Ids, names: list[str]) -> Code:
    """*code* with items of these names, each where the reference of the same place stands."""
    items = np.zeros(len(hashes), dtype=ITEM)
    items["hash"], items["kind"] = hashes, UNDEFINED
    items["line"] = code.refs["line"][refs]
    items["start"] = items["end"] = code.refs["at"][refs]
    text = [name.encode("latin-1") + b"\0" for name in names]
    lengths = np.array([len(part) for part in text], dtype=np.int64)
    return replace(
        code,
        items=np.concatenate([code.items, items]),
        item_file=np.concatenate([code.item_file, code.item_file[code.refs["owner"][refs]]]),
        names=code.names + b"".join(text),
        name_at=np.concatenate([code.name_at, len(code.names) + np.cumsum(lengths) - lengths]),
    )
