"""The member that each value of an initialiser is for, of a whole tree at once.

A frame is a brace.  The outermost names its type; what is within another is the member that
its designator names, or the next one; in an array, an element.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lockmap.program.code import Code, Ids
from lockmap.program.hooks import Listed
from lockmap.program.layouts import Hashes, Layouts
from lockmap.program.owners import Owners
from lockmap.program.seen import NONE
from lockmap.program.structs import hash_of
from lockmap.syntax.declaring.memory import TYPEDEF_MARK
from lockmap.syntax.outlining.memory import ROOT_ARRAY, ROOT_TAG, ROOT_VALUE, VALUE

_DEEPEST = 24


def value_owners(code: Code, layouts: Layouts, listed: Listed | None = None) -> Owners:
    """Of each reference that is a value in an initialiser: the struct and member it is for.

    0 where that is not told, or the struct has no such member that can be called.  *listed*:
    members that no definition shows.
    """
    refs = code.refs
    found = Owners(np.zeros(len(refs), dtype=np.int64), np.zeros(len(refs), dtype=np.int64))
    wanted = np.flatnonzero((refs["kind"] == VALUE) & (refs["frame"] >= 0))
    frames = refs["frame"][wanted].astype(np.int64)
    homes = _homes(code, frames, code.item_file[refs["owner"][wanted]])
    inside = _Frames(code, layouts, homes)
    struct, tags = layouts.struct_of(inside.types[frames], homes[frames])
    named = refs["context"][wanted]
    of_array = np.flatnonzero((struct == NONE) & (named == 0) & (inside.members[frames] != 0))
    outer = code.frames["parent"][frames[of_array]]
    struct[of_array], tags[of_array] = layouts.struct_of(inside.types[outer], homes[outer])
    named[of_array] = inside.members[frames[of_array]]
    by_place, _ = layouts.member_at(struct, refs["position"][wanted].astype(np.int64))
    field = np.where(named != 0, named, by_place)
    struct = layouts.holders(struct, field, homes[frames])
    known, _ = layouts.member(struct, field)
    for name, members in (listed or {}).items():
        known |= (tags == hash_of(name)) & np.isin(named, list(members))
    found.struct[wanted] = np.where(known, tags, 0)
    found.field[wanted] = np.where(known, field, 0)
    return found


def _homes(code: Code, frames: Ids, files: Ids) -> Ids:
    """The file of each frame: that of the values in it and in those within."""
    homes = np.zeros(len(code.frames), dtype=np.int64)
    parents = code.frames["parent"]
    for _ in range(_DEEPEST):
        homes[frames] = files
        frames = parents[frames].astype(np.int64)
        inner = frames >= 0
        frames, files = frames[inner], files[inner]
        if not len(frames):
            break
    return homes


class _Frames:
    """The type of what stands in each frame: a struct, or what an array has for elements."""

    def __init__(self, code: Code, layouts: Layouts, homes: Ids) -> None:
        self._code = code
        self._layouts = layouts
        self._homes = homes
        rows = code.frames
        self.types: Hashes = np.zeros(len(rows), dtype=np.int64)
        self._is_array: NDArray[np.bool_] = np.zeros(len(rows), dtype=np.bool_)
        self.members: Hashes = np.zeros(len(rows), dtype=np.int64)
        """Of each frame that is a member of a struct and an array: the name of the member."""
        at = np.flatnonzero(rows["parent"] < 0)
        self._roots(at)
        told = rows["parent"] < 0
        left = np.flatnonzero(~told)
        for _ in range(_DEEPEST):
            ready = told[rows["parent"][left]]
            at, left = left[ready], left[~ready]
            if not len(at):
                break
            self._inner(at)
            told[at] = True

    def _roots(self, at: Ids) -> None:
        rows, homes = self._code.frames[at], self._homes[at]
        tagged = (rows["root"] & ROOT_TAG) != 0
        types = np.where(tagged, rows["hash"], rows["hash"] ^ TYPEDEF_MARK)
        struct, _ = self._layouts.struct_of(types, homes)
        left = np.flatnonzero((struct == NONE) & ~tagged)
        variables = self._layouts.variables
        chosen = variables.choose(rows["hash"][left], homes[left], self._code)
        known = np.flatnonzero(chosen != NONE)
        left, chosen = left[known], chosen[known]
        own = variables.files[chosen] == homes[left]
        own |= (rows["root"][left] & ROOT_VALUE) != 0
        types[left[own]] = self._layouts.variable_types[chosen[own]]
        self.types[at] = types
        self._is_array[at] = (rows["root"] & ROOT_ARRAY) != 0

    def _inner(self, at: Ids) -> None:
        rows, homes = self._code.frames[at], self._homes[at]
        parent = rows["parent"].astype(np.int64)
        outer = self.types[parent]
        element = self._is_array[parent] & (rows["hash"] == 0)
        struct, _ = self._layouts.struct_of(outer, homes)
        place, _ = self._layouts.member_at(struct, rows["position"].astype(np.int64))
        name = np.where(rows["hash"] != 0, rows["hash"], place)
        _, types = self._layouts.member(struct, name)
        inner, _ = self._layouts.struct_of(types, homes)
        nested = (inner == NONE) & (rows["hash"] == 0)  # braces of an array within an array
        self.types[at] = np.where(element | nested, outer, types)
        array = self._layouts.is_array(struct, name)
        self._is_array[at] = ~element & ~nested & array
        self.members[at] = np.where(~element & array, name, 0)
