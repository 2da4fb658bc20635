"""What the steps of chains give, for all chains of a tree at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lockmap.facts.outlined import Records
from lockmap.program.code import Code, Ids
from lockmap.program.layouts import Hashes, Layouts, find_sorted, take
from lockmap.program.resolve import Resolver
from lockmap.program.seen import NONE, Seen, seen
from lockmap.program.structs import hash_of, tag_of
from lockmap.syntax.declaring import memory as d
from lockmap.syntax.outlining.memory import FUNCTION

_DEEPEST = 5
"""Macros within macros that are followed."""


@dataclass(frozen=True, slots=True)
class Chains:
    """Some chains: where the ops of each begin among the rows, how many, seen from which file."""

    first: Ids
    count: Ids
    homes: Ids

    def some(self, which: Ids) -> Chains:
        """Those of the numbers *which*."""
        return Chains(self.first[which], self.count[which], self.homes[which])


class Values:
    """Types of expressions, by the declarations of a tree."""

    def __init__(
        self,
        layouts: Layouts,
        resolver: Resolver,
        known: Mapping[str, str],
        transparent: Collection[str],
    ) -> None:
        """By *layouts*, and by what is known of names that no function declares.

        *known*: their types, as in ``globals.toml``; *transparent*: functions and macros whose
        value is that of their first argument.
        """
        self._layouts = layouts
        self._code = layouts.code
        self._resolver = resolver
        self._known = _told(known, calls=False)
        self._returned = _told(known, calls=True)
        self._transparent = np.sort(np.array([hash_of(n) for n in transparent], dtype=np.int64))
        rows = layouts.rows
        self._kinds, self._hashes = rows["owner"], rows["hash"]
        self._returns, self._values = _by_item(layouts)
        self._aliases, self._alias_rows = _aliases(layouts)

    def add(self, kinds: Ids, hashes: Hashes) -> int:
        """Take more ops, for chains of one's own; where the first of them is."""
        first = len(self._kinds)
        self._kinds = np.concatenate((self._kinds, kinds.astype(self._kinds.dtype)))
        self._hashes = np.concatenate((self._hashes, hashes))
        return first

    def types(self, chains: Chains, argument: Hashes, depth: int = 0) -> Hashes:
        """The type of each of *chains*; 0 where it is not told.

        *argument*: the types of the first arguments of the macros that they are of.
        """
        types = np.zeros(len(chains.first), dtype=np.int64)
        told = np.zeros(len(chains.first), dtype=np.int64)
        for step in range(int(chains.count.max(initial=0))):
            active = np.flatnonzero(chains.count > step)
            at = chains.first[active] + step
            kinds, names, homes = self._kinds[at], self._hashes[at], chains.homes[active]
            for kind in np.unique(kinds).tolist():
                here = kinds == kind
                which, name, home = active[here], names[here], homes[here]
                if kind == d.NAME_OP:
                    types[which] = self._variables(name, home, depth)
                elif kind == d.TYPE_OP:
                    types[which] = name
                elif kind == d.PARAMETER_OP:
                    types[which] = argument[which]
                elif kind == d.ARGUMENT_OP:
                    told[which] = name
                elif kind == d.CALL_OP:
                    types[which] = self._called(name, home, types[which], told[which], depth)
                    told[which] = 0
                else:
                    types[which] = self.members(types[which], name, home, depth)
        return types

    def _variables(self, names: Hashes, homes: Ids, depth: int) -> Hashes:
        """Types of variables that no function declares."""
        found = _look_up(self._known, names)
        left = np.flatnonzero(found == 0)
        chosen = self._layouts.variables.choose(names[left], homes[left], self._code)
        files = take(self._layouts.variables.files, chosen)
        visible = (chosen != NONE) & (self._code.file_is_header[files] | (files == homes[left]))
        found[left[visible]] = self._layouts.variable_types[chosen[visible]]
        left = left[~visible]
        if depth < _DEEPEST and len(left):
            nothing = np.zeros(len(left), dtype=np.int64)
            chosen = self._aliases.choose(names[left], homes[left], self._code)
            found[left] = self._worth(chosen, homes[left], nothing, depth)
        return found

    def _worth(self, aliases: Ids, homes: Ids, argument: Hashes, depth: int) -> Hashes:
        """What each of *aliases*, macros without arguments, is worth."""
        found = np.zeros(len(aliases), dtype=np.int64)
        which = np.flatnonzero(aliases != NONE)
        found[which] = self._macros(
            self._alias_rows[aliases[which]], homes[which], argument[which], depth
        )
        return found

    def _macros(self, rows: Ids, homes: Ids, argument: Hashes, depth: int) -> Hashes:
        """The types of what macros are worth; their values are *rows*."""
        count = self._layouts.rows["position"][rows].astype(np.int64)
        return self.types(Chains(rows + 1, count, homes), argument, depth + 1)

    def _called(
        self, names: Hashes, homes: Ids, argument: Hashes, told: Hashes, depth: int
    ) -> Hashes:
        """Types of what calls give."""
        found = _look_up(self._returned, names)
        same = (found == 0) & _contains(self._transparent, names)
        found[same] = argument[same]
        left = np.flatnonzero((found == 0) & ~same)
        returns, value, is_function = self._definitions(names[left], homes[left])
        found[left] = returns
        macro = ~is_function
        typed = left[macro & (told[left] != 0)]
        struct, _ = self._layouts.struct_of(told[typed], homes[typed])
        found[typed[struct != NONE]] = told[typed[struct != NONE]]
        worth = np.flatnonzero(macro & (found[left] == 0) & (value != NONE))
        if depth < _DEEPEST and len(worth):
            at = left[worth]
            found[at] = self._macros(value[worth], homes[at], argument[at], depth)
        return found

    def _definitions(self, names: Hashes, homes: Ids) -> tuple[Hashes, Ids, NDArray[np.bool_]]:
        """What each of *names*, called in the file of the same number, may be.

        The type that functions called so return, if they agree; the row of a macro's value;
        whether there is a function.
        """
        order = np.lexsort((homes, names))
        n, h = names[order], homes[order]
        new = np.ones(len(n), dtype=np.bool_)
        new[1:] = (n[1:] != n[:-1]) | (h[1:] != h[:-1])
        pair = np.zeros(len(n), dtype=np.int64)
        pair[order] = np.cumsum(new) - 1
        links = self._resolver.resolve(n[new], h[new])
        size = int(np.count_nonzero(new))
        function = self._code.items["kind"][links.target] == FUNCTION
        is_function = np.zeros(size, dtype=np.bool_)
        is_function[links.source[function]] = True
        returns = np.zeros(size, dtype=np.int64)
        told = self._returns[links.target]
        use = function & (told != 0)
        returns[links.source[use]] = told[use]
        disagree = links.source[use][returns[links.source[use]] != told[use]]
        returns[disagree] = 0
        value = np.full(size, NONE, dtype=np.int64)
        worth = self._values[links.target]
        use = worth != NONE
        value[links.source[use][::-1]] = worth[use][::-1]
        return returns[pair], value[pair], is_function[pair]

    def members(self, types: Hashes, names: Hashes, homes: Ids, depth: int = 0) -> Hashes:
        """The types of members of what is of *types*."""
        struct, _ = self._layouts.struct_of(types, homes)
        struct = self._layouts.holders(struct, names, homes)
        known, found = self._layouts.member(struct, names)
        left = np.flatnonzero((struct != NONE) & ~known)
        if depth < _DEEPEST and len(left):
            renamed = self._aliases.choose(names[left], homes[left], self._code)
            left, renamed = left[renamed != NONE], renamed[renamed != NONE]
            found[left] = self._followed(renamed, types[left], homes[left], 0, depth)
        return found

    def _followed(self, aliases: Ids, types: Hashes, homes: Ids, but: int, depth: int) -> Hashes:
        """*types* after the members that *aliases* stand for, *but* so many at the end."""
        rows = self._alias_rows[aliases]
        count = self._layouts.rows["position"][rows].astype(np.int64) - but
        found = types.copy()
        for step in range(int(count.max(initial=0))):
            at = np.flatnonzero(count > step)
            names = self._hashes[rows[at] + 1 + step]
            member = np.isin(self._kinds[rows[at] + 1 + step], (d.NAME_OP, d.MEMBER_OP))
            found[at] = np.where(member, self.members(found[at], names, homes[at], depth + 1), 0)
        return found

    def owners(self, types: Hashes, fields: Hashes, homes: Ids) -> tuple[Hashes, Hashes]:
        """The tag of the struct of *types* that has each of *fields*, and the field's own name.

        They differ from what is written where a macro stands for a member.  0 and the name as
        written where *types* have no such member.
        """
        struct, tags = self._layouts.struct_of(types, homes)
        struct = self._layouts.holders(struct, fields, homes)
        known, _ = self._layouts.member(struct, fields)
        tags, names = np.where(known, tags, 0), fields.copy()
        left = np.flatnonzero((struct != NONE) & ~known)
        renamed = self._aliases.choose(fields[left], homes[left], self._code)
        left, renamed = left[renamed != NONE], renamed[renamed != NONE]
        if len(left):
            rows = self._alias_rows[renamed]
            inner = self._followed(renamed, types[left], homes[left], 1, 0)
            last = self._hashes[rows + self._layouts.rows["position"][rows]]
            struct, told = self._layouts.struct_of(inner, homes[left])
            known, _ = self._layouts.member(struct, last)
            tags[left[known]], names[left[known]] = told[known], last[known]
        return tags, names


def _told(known: Mapping[str, str], *, calls: bool) -> tuple[Hashes, Hashes]:
    """Hashes of names, in order, and of the structs that they are; or of what is called."""
    found = sorted(
        (hash_of(name.removesuffix("()")), hash_of(tag_of(kind)))
        for name, kind in known.items()
        if name.endswith("()") == calls and tag_of(kind)
    )
    table = np.array(found, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _look_up(table: tuple[Hashes, Hashes], names: Hashes) -> Hashes:
    at = find_sorted(table[0], names)
    return take(table[1], at)


def _contains(ordered: Hashes, names: Hashes) -> NDArray[np.bool_]:
    return np.asarray(find_sorted(ordered, names) != NONE)


def _places(code: Code) -> tuple[Ids, Ids]:
    """(file, start) of each item as one number, in order; and the items so."""
    keys = (code.item_file << 32) + code.items["start"]
    order = np.argsort(keys, kind="stable")
    return keys[order], order


def _by_item(layouts: Layouts) -> tuple[Hashes, Ids]:
    """Of each item: the type that it returns, and the row of what it is worth."""
    code, rows = layouts.code, layouts.rows
    keys, order = _places(code)
    returns = np.zeros(len(code.items), dtype=np.int64)
    values = np.full(len(code.items), NONE, dtype=np.int64)
    for kind in (d.RETURNS, d.VALUE):
        which = np.flatnonzero(rows["kind"] == kind)
        at = find_sorted(keys, layouts.places(which))
        which, items = which[at != NONE], order[at[at != NONE]]
        if kind == d.RETURNS:
            returns[items] = rows["type"][which]
        else:
            values[items] = which
    return returns, values


def _aliases(layouts: Layouts) -> tuple[Seen, Ids]:
    """The macros without arguments, and the row of what each is worth."""
    rows: Records = layouts.rows
    which = np.flatnonzero((rows["kind"] == d.VALUE) & (rows["hash"] != 0))
    table, number = seen(rows["hash"][which], layouts.row_file[which])
    found = np.full(len(table.hashes), NONE, dtype=np.int64)
    found[number[::-1]] = which[::-1]
    return table, found
