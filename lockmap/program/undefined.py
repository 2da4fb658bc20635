"""Functions that stand in members of structs and that no C of the tree defines.

Assembly defines them, or a macro that cannot be followed.  That they are functions the member
tells, which is declared as a pointer to one, and that they are no variables the place: an
initialiser outside all functions holds constants.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from lockmap.facts.outlined import ITEM
from lockmap.program.code import Code, Ids
from lockmap.program.layouts import Layouts
from lockmap.program.membership import among
from lockmap.program.owners import Owners
from lockmap.program.resolve import Links, Resolver
from lockmap.program.structs import hash_of
from lockmap.syntax.hashing import name_hash, signed
from lockmap.syntax.outlining.memory import INITIALISER, OTHER, ROOT_ARRAY, UNDEFINED, VALUE

_WORD = re.compile(rb"[A-Za-z_]\w*")
_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"', re.MULTILINE)
_DEFINE = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.MULTILINE)
_NEAR = 256
"""Bytes behind the place of a reference within which its name stands."""
_NOTHING = np.array([hash_of(word) for word in ("NULL", "true", "false")], dtype=np.int64)


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
    names = _Names(code, spelled, read)
    told = [
        names.of(ref, value)
        for value, ref in zip(hashes.tolist(), chosen[first].tolist(), strict=True)
    ]
    known = np.array([bool(name) for name in told], dtype=np.bool_)
    numbers = len(code.items) + np.cumsum(known) - 1
    named = known[which] if len(which) else known
    more = _items(code, hashes[known], chosen[first[known]], [name for name in told if name])
    source = np.concatenate([links.source, chosen[named]])
    target = np.concatenate([links.target, numbers[which[named]]])
    order = np.argsort(source, kind="stable")
    return Named(more, Links(source[order], target[order]), len(code.items))


def _chosen(code: Code, layouts: Layouts, resolver: Resolver, values: Owners) -> Ids:
    """The references that name such functions, in order."""
    refs, kinds = code.refs, code.items["kind"]
    at = np.flatnonzero((refs["kind"] == VALUE) & (values.struct != 0) & (values.field != 0))
    at = at[kinds[refs["owner"][at]] == INITIALISER]
    # What stands in an array itself, and not in braces of its own, points to an element.
    at = at[(code.frames["root"][refs["frame"][at]] & ROOT_ARRAY) == 0]
    at = at[~resolver.defines(refs["hash"][at])]
    # Variables; what macros at file level make, and those that stand for NULL.
    named = code.items["hash"][(kinds == INITIALISER) | (kinds == OTHER)]
    others = (named, layouts.variables.groups, _NOTHING)
    at = at[~among(refs["hash"][at], np.concatenate(others))]
    homes = code.item_file[refs["owner"][at]]
    return np.asarray(at[layouts.points_to_function(values.struct[at], values.field[at], homes)])


@dataclass(slots=True)
class _Names:
    """Tells how names are spelled of which the hashes are known."""

    code: Code
    spelled: Mapping[int, str]
    read: Callable[[str], bytes]
    _macros: dict[str, frozenset[bytes]] = field(default_factory=dict)
    _files: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self._files = frozenset(self.code.files)

    def of(self, ref: int, value: int) -> str:
        """The name whose hash is *value*, at reference *ref*; empty: not told, or a macro's."""
        row = self.code.refs[ref]
        file = self.code.file(int(row["owner"]))
        name = self.spelled.get(value) or self._spelled_at(file, int(row["at"]), value)
        return "" if name.encode("latin-1") in self._seen_by(file) else name

    def _spelled_at(self, file: str, at: int, value: int) -> str:
        for word in _WORD.findall(self.read(file)[at : at + _NEAR]):
            if signed(name_hash(word)) == value:
                return str(word.decode("latin-1"))
        return ""

    def _seen_by(self, file: str) -> frozenset[bytes]:
        """The macros that a file and the headers beside it define: also ``#define f NULL``."""
        known = self._macros.get(file)
        if known is None:
            text, folder = self.read(file), file.rpartition("/")[0]
            beside = (f"{folder}/{path.decode('latin-1')}" for path in _INCLUDE.findall(text))
            texts = [text, *(self.read(path) for path in beside if path in self._files)]
            known = frozenset(name for part in texts for name in _DEFINE.findall(part))
            self._macros[file] = known
        return known


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
