"""The struct that owns the member of every call and assignment through one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lockmap.program.code import Code
from lockmap.program.hooks import Listed
from lockmap.program.layouts import Hashes, Layouts, find_sorted
from lockmap.program.seen import NONE
from lockmap.program.structs import hash_of
from lockmap.program.values import Chains, Values
from lockmap.syntax.declaring import memory as d
from lockmap.syntax.outlining.memory import ASSIGNMENT, MEMBER_CALL, POINTER_CALL


@dataclass(frozen=True, slots=True)
class Owners:
    """Of each reference of a tree: hashes of a struct and of the member of it."""

    struct: Hashes
    """0: open, or no call through a member or assignment to one."""
    field: Hashes
    """0: not told even by its name."""


def member_owners(
    code: Code, layouts: Layouts, values: Values, listed: Listed | None = None
) -> Owners:
    """The owner of the member of each call through a member and each assignment to one.

    *listed*: members that no definition shows.
    """
    rows, refs = layouts.rows, code.refs
    found = Owners(np.zeros(len(refs), dtype=np.int64), np.zeros(len(refs), dtype=np.int64))
    wanted = np.flatnonzero(np.isin(refs["kind"], (MEMBER_CALL, POINTER_CALL, ASSIGNMENT)))
    keys = (code.item_file[refs["owner"][wanted]] << 32) + refs["at"][wanted]
    order = np.argsort(keys, kind="stable")
    keys, wanted = keys[order], wanted[order]
    heads = np.flatnonzero(rows["kind"] == d.CHAIN)
    at = find_sorted(keys, layouts.places(heads))
    heads, targets = heads[at != NONE], wanted[at[at != NONE]]
    homes = layouts.row_file[heads].astype(np.int64)
    chains = Chains(heads + 1, rows["position"][heads].astype(np.int64), homes)
    types = values.types(chains, np.zeros(len(heads), dtype=np.int64))
    struct, field = values.owners(types, rows["hash"][heads], homes)
    _, tags = layouts.struct_of(types, homes)
    for name, members in (listed or {}).items():
        struct[(tags == hash_of(name)) & np.isin(field, list(members))] = hash_of(name)
    found.struct[targets], found.field[targets] = struct, field
    return found
