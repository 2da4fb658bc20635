"""Which functions stand in which members of structs: the link from a call through a pointer.

From initialisers (``static const struct vm_operations_struct ops = { .fault = f }``), with
the members of structs on the way told by their types, and from assignments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lockmap.program.assigned import Assignments
from lockmap.program.chains import Chains
from lockmap.program.code import Code
from lockmap.program.made import SetByMacro
from lockmap.program.resolve import Links, Resolver
from lockmap.program.structs import Structs, hash_of, tag_of
from lockmap.syntax.outlining.memory import MADE, OBJECT_MACRO, ROOT_ARRAY, ROOT_TAG, VALUE


@dataclass(frozen=True, slots=True)
class Callback:
    """Function *item* is put into a member of a struct at *file*:*line*."""

    struct: str
    field: str
    item: int
    file: str
    line: int
    kind: str = "init"
    """``init``, ``assign``; ``macro``: what a macro makes sets it."""


def function_links(code: Code, resolver: Resolver, calls: Links | None = None) -> Links:
    """The references that name functions, and which.

    With the links of *calls*, also through ``#define f g``.
    """
    refs = code.refs
    links = resolver.resolve(refs["hash"], code.item_file[refs["owner"]])
    if calls is not None:
        links = _through_aliases(code, links, calls)
    keep = code.is_function[links.target]
    return Links(links.source[keep], links.target[keep])


def _through_aliases(code: Code, links: Links, calls: Links) -> Links:
    """*links* with what object-like macros stand for in the place of these."""
    alias = code.items["kind"] == OBJECT_MACRO
    owners = code.calls["owner"][calls.source].astype(np.int64)
    order = np.flatnonzero(alias[owners])
    owners, meant = owners[order], calls.target[order]
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
    calls: Links,
    resolver: Resolver,
    structs: Structs,
    chains: Chains,
    sets: Sequence[SetByMacro] = (),
) -> list[Callback]:
    """Every function that stands in a member of a struct; each place once, in order.

    *calls* are the links of all calls, *sets* what macros assign.  What cannot be told is
    left out.
    """
    links = function_links(code, resolver, calls)
    found = list(Initialisers(code, structs).callbacks(links))
    assignments = Assignments(code, chains)
    for kind, told in (
        ("assign", assignments.by_hand(links)),
        ("macro", assignments.by_macros(sets, resolver)),
    ):
        found += [
            Callback(s.struct, s.field, s.item, code.file(s.where), s.line, kind) for s in told
        ]
    first: dict[tuple[str, str, int, str, int], Callback] = {}
    for c in found:
        first.setdefault((c.struct, c.field, c.item, c.file, c.line), c)
    return sorted(first.values(), key=lambda c: (c.file, c.line, c.struct, c.field, c.item))


class Initialisers:
    """Finds the member that a value in an initialiser is for."""

    def __init__(self, code: Code, structs: Structs) -> None:
        self._code = code
        self._structs = structs
        self._frames: dict[tuple[int, str], str] = {}
        self._hashes: dict[tuple[str, str], dict[int, str]] = {}

    def callbacks(self, links: Links) -> Iterator[Callback]:
        """Every function that *links* put into a struct; where the member is not told, none."""
        refs, code = self._code.refs, self._code
        kinds = refs["kind"][links.source]
        chosen = np.flatnonzero((kinds == VALUE) & (refs["frame"][links.source] >= 0))
        for number, item in zip(
            links.source[chosen].tolist(), links.target[chosen].tolist(), strict=True
        ):
            ref = refs[number]
            home = code.file(int(ref["owner"]))
            struct = self._type_of(int(ref["frame"]), home)
            field = self._member(struct, int(ref["context"]), int(ref["position"]), home)
            if struct and field:
                made = code.items["flags"][ref["owner"]] & MADE
                kind = "macro" if made else "init"
                yield Callback(struct, field, item, home, int(ref["line"]), kind)

    def _type_of(self, frame: int, home: str) -> str:
        """The struct whose members the values in *frame* are; empty when it cannot be told."""
        key = (frame, home)
        if key not in self._frames:
            self._frames[key] = ""  # also ends a cycle, which only a damaged outline has
            self._frames[key] = self._find_type(frame, home)
        return self._frames[key]

    def _find_type(self, frame: int, home: str) -> str:
        row = self._code.frames[frame]
        if row["parent"] < 0:
            return self._root(int(row["hash"]), int(row["root"]))
        parent = int(row["parent"])
        outer = self._type_of(parent, home)
        if not outer:
            return ""
        above = self._code.frames[parent]
        if above["parent"] < 0 and above["root"] & ROOT_ARRAY and not row["hash"]:
            return outer  # an element of an array of structs
        field = self._member(outer, int(row["hash"]), int(row["position"]), home)
        inner = tag_of(self._structs.members(outer, home).get(field, ""))
        return inner or ("" if row["hash"] else outer)

    def _root(self, value: int, how: int) -> str:
        name = self._structs.name_of(value)
        return name if how & ROOT_TAG or name else ""

    def _member(self, struct: str, value: int, position: int, home: str) -> str:
        if not struct:
            return ""
        key = (struct, home)
        if value == 0:
            names = list(self._structs.members(struct, home))
            return names[position] if position < len(names) else ""
        if key not in self._hashes:
            found = self._structs.members(struct, home)
            self._hashes[key] = {hash_of(name): name for name in found}
        return self._hashes[key].get(value, "")
