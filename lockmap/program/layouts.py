"""Every struct of a tree with its members, every typedef and variable: tables of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lockmap.facts.outlined import Outlines, Records
from lockmap.facts.packing import TYPES
from lockmap.program.code import Code, Ids
from lockmap.program.membership import among
from lockmap.program.seen import NONE, Seen, distance, seen
from lockmap.syntax.declaring import memory as d
from lockmap.syntax.outlining.memory import TYPE

_MOST_TYPEDEFS = 6
_MARK = np.int64(d.TYPEDEF_MARK)
_SPREAD = -7046029254386353131
"""An odd number: spreads the number of a struct over a key's bits."""

Hashes = NDArray[np.int64]


@dataclass(frozen=True)
class Layouts:
    """The types of a tree.  A *type* is the hash of a tag, or of a typedef, marked as such."""

    code: Code
    rows: Records
    row_file: NDArray[np.int32]
    names: bytes
    structs: Seen
    struct_marks: NDArray[np.uint8]
    typedefs: Seen
    typedef_types: Hashes
    typedef_functions: NDArray[np.bool_]
    """Which are of functions, or of pointers to functions."""
    variables: Seen
    variable_types: Hashes
    member_keys: Hashes
    """(struct, name) as one number, in order."""
    member_types: Hashes
    member_rows: Ids
    place_keys: Hashes
    """(struct, which member) as one number, in order."""
    place_rows: Ids

    def places(self, which: Ids) -> Ids:
        """(file, place in it) of the rows *which*, as one number: that of a reference or item."""
        files = self.row_file[which].astype(np.int64)
        return np.asarray((files << 32) + self.rows["owner"][which])

    def struct_of(self, types: Hashes, homes: Ids) -> tuple[Ids, Hashes]:
        """The struct (a number, or NONE) and its tag (0: none) that each of *types* is."""
        at = types.copy()
        struct = self.structs.choose(at, homes, self.code)
        for _ in range(_MOST_TYPEDEFS):
            left = np.flatnonzero((struct == NONE) & (at != 0))
            found = self.typedefs.choose(at[left], homes[left], self.code)
            left, found = left[found != NONE], found[found != NONE]
            if not len(left):
                break
            at[left] = self.typedef_types[found]
            struct[left] = self.structs.choose(at[left], homes[left], self.code)
        return struct, self._tags(at, struct)

    def _tags(self, types: Hashes, struct: Ids) -> Hashes:
        known = struct != NONE
        marks = np.zeros(len(struct), dtype=np.uint8)
        marks[known] = self.struct_marks[struct[known]]
        tags = np.where(marks & d.BY_TYPEDEF, types ^ d.TYPEDEF_MARK, types)
        return np.where(known, tags, 0)

    def member(self, structs: Ids, names: Hashes) -> tuple[NDArray[np.bool_], Hashes]:
        """Whether each of *structs* has the member called so, and the type of that."""
        row = find_sorted(self.member_keys, _key(structs, names))
        known = (row != NONE) & (structs != NONE)
        return known, take(self.member_types, np.where(known, row, NONE))

    def holders(self, structs: Ids, names: Hashes, homes: Ids) -> Ids:
        """*structs*, but another of the same tag where that has the member called so, this not.

        Two drivers may each have a ``struct priv``, in headers that lie side by side.
        """
        found = structs.copy()
        known, _ = self.member(structs, names)
        left = np.flatnonzero(~known & (structs != NONE))
        which, choice = self.structs.spread(structs[left])
        has, _ = self.member(choice, names[left[which]])
        which, choice = left[which[has]], choice[has]
        far = distance(homes[which], self.structs.files[choice], self.code)
        order = np.lexsort((-choice, -far))
        found[which[order]] = choice[order]
        return found

    def is_array(self, structs: Ids, names: Hashes) -> NDArray[np.bool_]:
        """Whether the member called so of each of *structs* is an array."""
        row = find_sorted(self.member_keys, _key(structs, names))
        known: NDArray[np.bool_] = (row != NONE) & (structs != NONE)
        at = self.member_rows[row[known]]
        known[known] = (self.rows["position"][at] & d.ARRAY) != 0
        return known

    def points_to_function(self, tags: Hashes, names: Hashes, homes: Ids) -> NDArray[np.bool_]:
        """Whether the members of structs of these *tags* are declared as pointers to functions."""
        structs, marked = (self.structs.choose(t, homes, self.code) for t in (tags, tags ^ _MARK))
        structs = self.holders(np.where(structs == NONE, marked, structs), names, homes)
        row = find_sorted(self.member_keys, _key(structs, names))
        told = np.flatnonzero((row != NONE) & (structs != NONE))
        rows = self.rows[self.member_rows[row[told]]]
        found = np.zeros(len(tags), dtype=np.bool_)
        found[told] = (rows["position"] & d.TO_FUNCTION) != 0
        types = np.zeros(len(tags), dtype=np.int64)
        types[told] = rows["type"]
        for _ in range(_MOST_TYPEDEFS):
            left = np.flatnonzero(~found & (types != 0))
            chosen = self.typedefs.choose(types[left], homes[left], self.code)
            types[left] = take(self.typedef_types, chosen)
            left, chosen = left[chosen != NONE], chosen[chosen != NONE]
            found[left] = self.typedef_functions[chosen]
        return found

    @cached_property
    def function_members(self) -> Hashes:
        """The names, in order, of members that some struct declares as pointers to functions."""
        rows = self.rows
        functions = self.typedefs.hashes[self.typedef_functions]
        told = ((rows["position"] & d.TO_FUNCTION) != 0) | among(rows["type"], functions)
        return np.asarray(np.unique(rows["hash"][(rows["kind"] == d.MEMBER) & told]))

    def member_at(self, structs: Ids, places: Ids) -> tuple[Hashes, Hashes]:
        """The name and type of which member of each of *structs*; 0 where it is none to call."""
        row = find_sorted(self.place_keys, structs * 0x10000 + places)
        known = (row != NONE) & (structs != NONE)
        names, types = np.zeros_like(structs), np.zeros_like(structs)
        at = self.rows[self.place_rows[row[known]]]
        names[known], types[known] = at["hash"], at["type"]
        return names, types

    @cached_property
    def member_names(self) -> dict[int, str]:
        """The names of all members that can be called or followed, by their hashes."""
        hashes = self.rows["hash"][self.rows["kind"] == d.MEMBER].tolist()
        return dict(zip(hashes, self.names.decode("latin-1").split("\0"), strict=False))

    @cached_property
    def _struct_names(self) -> dict[int, str]:
        items = self.code.items
        found = np.flatnonzero((items["kind"] == TYPE) & (items["hash"] != 0))
        _, first = np.unique(items["hash"][found], return_index=True)
        names = self.code.names_of(found[first])
        return dict(zip(items["hash"][found[first]].tolist(), names, strict=True))

    @cached_property
    def _unnamed(self) -> dict[int, tuple[int, int]]:
        """Of the hash of each struct without a tag: that of the outer one, and of its member."""
        members = np.flatnonzero(self.rows["kind"] == d.MEMBER)
        marked = self.structs.hashes[(self.struct_marks & d.UNNAMED) != 0]
        at = members[np.isin(self.rows["type"][members], marked)]
        first = np.searchsorted(self.row_file, self.row_file[at])
        outer = self.rows["hash"][first + self.rows["owner"][at]]
        types, names = self.rows["type"][at].tolist(), self.rows["hash"][at].tolist()
        return dict(zip(types, zip(outer.tolist(), names, strict=True), strict=True))

    def struct_name(self, value: int) -> str:
        """The tag whose hash is *value*, ``outer.member`` for a struct without one."""
        known = self._struct_names.get(value) or self._struct_names.get(value ^ d.TYPEDEF_MARK)
        if known is not None:
            return known
        outer, member = self._unnamed.get(value, (0, 0))
        return f"{self.struct_name(outer) if outer else ''}.{self.member_names.get(member, '')}"


def take(array: Hashes, at: Ids) -> Hashes:
    """array[at], 0 where *at* is NONE."""
    found = np.zeros(len(at), dtype=np.int64)
    known = at != NONE
    found[known] = array[at[known]]
    return found


def _key(structs: Ids, names: Hashes) -> Hashes:
    with np.errstate(over="ignore"):
        return np.asarray(names ^ (structs + 1) * np.int64(_SPREAD))


def find_sorted(keys: Hashes, wanted: Hashes) -> Ids:
    """Where each of *wanted* is in sorted *keys*; NONE where it is not."""
    if not len(keys):
        return np.full(len(wanted), NONE, dtype=np.int64)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, at, NONE)


def _ordered(keys: Hashes) -> tuple[Ids, Hashes]:
    """The order of *keys*, of equal ones the first only; and the keys so."""
    found, first = np.unique(keys, return_index=True)
    return first, found


def join_types(outlines: Outlines, code: Code) -> Layouts:
    """What the files of *outlines*, those of *code* in the same order, declare."""
    counts, rows = outlines.counts[:, TYPES], outlines.types
    row_file = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)

    def of(kind: int) -> Ids:
        return np.flatnonzero(rows["kind"] == kind)

    defined = of(d.STRUCT)
    defined = defined[(rows["hash"][defined] != 0) & (rows["owner"][defined] < 0)]
    structs, number = seen(rows["hash"][defined], row_file[defined])
    marks = np.zeros(len(structs.hashes), dtype=np.uint8)
    marks[number] = rows["position"][defined]
    struct_number = np.full(len(rows), NONE, dtype=np.int64)
    struct_number[defined] = number
    members = of(d.MEMBER)
    owner = struct_number[rows["owner"][members] + first[members]]
    members, owner = members[owner != NONE], owner[owner != NONE]
    order, keys = _ordered(_key(owner, rows["hash"][members]))
    at, places = _ordered(owner * 0x10000 + (rows["position"][members] & np.uint16(d.WHICH)))
    renamed, variables = of(d.TYPEDEF), of(d.VARIABLE)
    other_names = _renamed(rows, structs.groups, rows["hash"][renamed])
    names = np.concatenate((rows[renamed], other_names[0]))
    typedefs, typedef_rows = _table(
        names, np.concatenate((row_file[renamed], row_file[other_names[1]]))
    )
    of_function = (names["position"] & d.TO_FUNCTION) != 0
    variable, variable_rows = _table(rows[variables], row_file[variables])
    return Layouts(
        code,
        rows,
        row_file,
        outlines.type_names.tobytes(),
        structs,
        marks,
        typedefs,
        names["type"][typedef_rows],
        of_function[typedef_rows],
        variable,
        rows["type"][variables][variable_rows],
        keys,
        rows["type"][members[order]],
        members[order],
        places,
        members[at],
    )


def _renamed(rows: Records, tags: Hashes, typedefs: Hashes) -> tuple[Records, Ids]:
    """Tags and typedefs that are macros for others, ``#define rcu_head callback_head``.

    As rows of typedefs, and which rows they are made from.
    """
    at = np.flatnonzero((rows["kind"] == d.VALUE) & (rows["hash"] != 0) & (rows["position"] == 1))
    at = at[rows["owner"][at + 1] == d.NAME_OP]
    target = rows["hash"][at + 1]
    found, sources = [], []
    for mark, known in ((0, tags), (d.TYPEDEF_MARK, np.unique(typedefs))):
        which = at[find_sorted(known, target ^ mark) != NONE]
        made = rows[which]
        made["hash"] ^= mark
        made["position"] = 0
        made["type"] = rows["hash"][which + 1] ^ mark
        found.append(made)
        sources.append(which)
    return np.concatenate(found), np.concatenate(sources)


def _table(rows: Records, files: NDArray[np.int32]) -> tuple[Seen, Ids]:
    """*rows*, of *files*, as definitions, and the first row of each."""
    table, number = seen(rows["hash"], files)
    first = np.zeros(len(table.hashes), dtype=np.int64)
    first[number[::-1]] = np.arange(len(rows))[::-1]
    return table, first
