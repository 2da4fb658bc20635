"""The member of a struct that each value in an initialiser is for."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lockmap.program.code import Code, Ids
from lockmap.program.layouts import Layouts
from lockmap.program.owners import Owners
from lockmap.program.seen import NONE
from lockmap.program.structs import hash_of
from lockmap.syntax.declaring.memory import TYPEDEF_MARK
from lockmap.syntax.outlining.memory import ROOT_ARRAY, ROOT_TAG, VALUE

_DEEPEST = 16
_TYPEOF = re.compile(rb"\b(?:typeof|__typeof__|__typeof)\s*\(\s*\*?\s*(\w+)\s*\)")


def initialised_members(code: Code, layouts: Layouts, read: Callable[[str], bytes]) -> Owners:
    """The member of every value of *code* that stands in an initialiser; 0 for others."""
    refs, frames = code.refs, code.frames
    found = Owners(np.zeros(len(refs), dtype=np.int64), np.zeros(len(refs), dtype=np.int64))
    values = np.flatnonzero((refs["kind"] == VALUE) & (refs["frame"] >= 0))
    at = refs["frame"][values].astype(np.int64)
    owners = np.zeros(len(frames), dtype=np.int64)
    owners[at] = refs["owner"][values]
    types = _Frames(code, layouts, owners, read)
    homes = types.homes[at]
    struct, tag = layouts.struct_of(types.types[at], homes)
    names = _names(layouts, struct, refs["context"][values], refs["position"][values])
    # ``.ops = { [A] = f, [B] = g }``: members that are arrays of functions
    table = np.flatnonzero((struct == NONE) & (types.member[at] != 0))
    found.struct[values], found.field[values] = np.where(names != 0, tag, 0), names
    found.struct[values[table]] = types.outer[at[table]]
    found.field[values[table]] = types.member[at[table]]
    return found


def _names(
    layouts: Layouts, struct: Ids, designators: NDArray[np.int64], places: NDArray[np.uint16]
) -> NDArray[np.int64]:
    """The member that a value with a designator, or in a place, is for; 0: none."""
    known, _ = layouts.member(struct, designators)
    by_place, _ = layouts.member_at(struct, places.astype(np.int64))
    return np.where(designators != 0, np.where(known, designators, 0), by_place)


class _Frames:
    """The types of all frames, outermost first."""

    def __init__(
        self, code: Code, layouts: Layouts, owners: Ids, read: Callable[[str], bytes]
    ) -> None:
        frames = code.frames
        self._code, self._layouts, self._read = code, layouts, read
        self.types = np.zeros(len(frames), dtype=np.int64)
        self.member = np.zeros(len(frames), dtype=np.int64)
        """The member that the values in a frame are an array of; 0: no such frame."""
        self.outer = np.zeros(len(frames), dtype=np.int64)
        """The struct of that."""
        parent = frames["parent"].astype(np.int64)
        depth = np.zeros(len(frames), dtype=np.int64)
        for _ in range(_DEEPEST):
            owners[parent[parent >= 0]] = owners[parent >= 0]
            deeper = np.where(parent >= 0, depth[parent] + 1, 0)
            if np.array_equal(deeper, depth):
                break
            depth = deeper
        self.homes: Ids = code.item_file[owners] if len(frames) else owners
        self._roots(np.flatnonzero(parent < 0), owners)
        for level in range(1, int(depth.max(initial=0)) + 1):
            if level > _DEEPEST:
                break
            self._inner(np.flatnonzero((depth == level) & (parent >= 0)), parent)

    def _roots(self, roots: Ids, owners: Ids) -> None:
        frames, layouts, code = self._code.frames, self._layouts, self._code
        value, how = frames["hash"][roots], frames["root"][roots]
        homes = self.homes[roots]
        types = np.where(how & ROOT_TAG, value, value ^ TYPEDEF_MARK)
        struct, _ = layouts.struct_of(types, homes)
        rest = np.flatnonzero((struct == NONE) & (value != 0) & ((how & ROOT_TAG) == 0))
        variable = layouts.variables.choose(value[rest], homes[rest], code)
        told = np.flatnonzero(variable != NONE)
        told = told[layouts.variables.files[variable[told]] == homes[rest[told]]]
        types[rest[told]] = layouts.variable_types[variable[told]]
        struct, _ = layouts.struct_of(types, homes)
        for number in np.flatnonzero((struct == NONE) & ((how & ROOT_TAG) == 0)).tolist():
            types[number] = self._by_typeof(int(owners[roots[number]]), int(homes[number]))
        self.types[roots] = types

    def _by_typeof(self, item: int, home: int) -> int:
        """The type of the variable that the head of *item* names: ``typeof(pv_ops) x = {``."""
        start, body = int(self._code.items["start"][item]), int(self._code.items["body"][item])
        if not start < body:
            return 0
        match = _TYPEOF.search(self._read(self._code.files[home])[start:body])
        if match is None:
            return 0
        value = np.array([hash_of(match[1].decode("latin-1"))])
        found = self._layouts.variables.choose(value, np.array([home]), self._code)
        return int(self._layouts.variable_types[found[0]]) if found[0] != NONE else 0

    def _inner(self, rows: Ids, parent: Ids) -> None:
        frames, layouts = self._code.frames, self._layouts
        above, homes = parent[rows], self.homes[rows]
        outer, tag = layouts.struct_of(self.types[above], homes)
        value = frames["hash"][rows]
        known, by_name = layouts.member(outer, value)
        _, by_place = layouts.member_at(outer, frames["position"][rows].astype(np.int64))
        types = np.where(value != 0, by_name, by_place)
        inner, _ = layouts.struct_of(types, homes)
        element = (value == 0) & (
            (inner == NONE) | ((parent[above] < 0) & ((frames["root"][above] & ROOT_ARRAY) != 0))
        )
        self.types[rows] = np.where(element, self.types[above], np.where(inner != NONE, types, 0))
        functions = known & (value != 0) & (inner == NONE)
        self.member[rows] = np.where(functions, value, 0)
        self.outer[rows] = np.where(functions, tag, 0)
