"""The compiled passes behind :mod:`lockmap.program.resolve`: millions of names to definitions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lockmap.syntax.compiled import compiled, inlined

Ids = NDArray[np.int64]
Numbers = NDArray[np.int32]
Flags = NDArray[np.bool_]


@compiled
def index_names(hashes: Ids, first: Ids, table: Ids) -> None:
    """Fill *table*, an open hash table of group + 1, with the groups of equal *hashes*."""
    mask = table.size - 1
    for group in range(first.size - 1):
        slot = hashes[first[group]] & mask
        while table[slot] != 0:
            slot = (slot + 1) & mask
        table[slot] = group + 1


@inlined
def _group_of(value: int, hashes: Ids, first: Ids, table: Ids) -> int:
    mask = table.size - 1
    slot = value & mask
    while table[slot] != 0:
        if hashes[first[table[slot] - 1]] == value:
            return int(table[slot] - 1)
        slot = (slot + 1) & mask
    return -1


@inlined
def _shared(folders: Ids, a: int, b: int) -> int:
    """How many folders two files share from the top."""
    count = 0
    while count < folders.shape[1] and folders[a, count] >= 0:
        if folders[a, count] != folders[b, count]:
            break
        count += 1
    return count


@inlined
def _own(group: int, file: int, first: Ids, files: Ids) -> int:
    """Where the definitions of *group* in *file* begin; they are in order of file."""
    low, high = int(first[group]), int(first[group + 1])
    while low < high:
        middle = (low + high) // 2
        if files[middle] < file:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def resolve_into(
    wanted: Ids,
    home: Ids,
    hashes: Ids,
    items: Ids,
    files: Ids,
    first: Ids,
    table: Ids,
    private: Flags,
    weak: Flags,
    arch: Ids,
    header: Flags,
    public: Flags,
    folders: Ids,
    known: Ids,
    turn: int,
    start: Ids,
    count: Ids,
    pool: Ids,
) -> int:
    """What each name *wanted* in file *home* may be: pool[start:start + count], items.

    Returns how much of *pool* was needed: more than its size when it was too small.
    ``hashes``, ``items``, ``files``: the definitions by name and file; ``first``: where each
    group of one name begins; ``private``: which of them only their own file sees; ``weak``:
    which give way to others; by file:
    its architecture, whether it is a header, a public one, and its folders.  ``known``: of each
    group what was found last (for whom, start, count); ``turn``: a number from 1 on that no call
    with it has had.
    """
    turn *= header.size + 1
    used = 0
    for number in range(wanted.size):
        group = _group_of(wanted[number], hashes, first, table)
        if group < 0:
            start[number], count[number] = 0, 0
            continue
        at_home = home[number]
        if known[group, 0] != turn + at_home:
            before = used
            used = _own_choice(
                group, at_home, items, files, first, private, weak, arch, header, pool, used
            )
            if used == before:
                used = _choice(
                    group, at_home, items, files, first, private, arch, header, public, folders,
                    pool, used,
                )  # fmt: skip
            known[group, 0] = turn + at_home
            known[group, 1], known[group, 2] = before, used - before
        start[number], count[number] = known[group, 1], known[group, 2]
    return used


@inlined
def _put(pool: Ids, used: int, item: int) -> int:
    if used < pool.size:
        pool[used] = item
    return used + 1


@inlined
def _reaches(at: int, home: int, files: Ids, private: Flags, arch: Ids) -> bool:
    """Whether file *home* can mean the definition *at* at all."""
    file = files[at]
    if file == home:
        return True
    other: bool = arch[home] >= 0 and arch[file] >= 0 and arch[home] != arch[file]
    return not private[at] and not other


@inlined
def _beside_own(at: int, home: int, own: int, files: Ids, header: Flags, arch: Ids) -> bool:
    """Whether the definition *at* may be meant although file *home* has one of its own.

    *own*: 0 where that is static, 1 where it is global, 2 where it is weak.  One in a header
    stands in for what another configuration defines elsewhere; a global one in generic code for
    that of an architecture.
    """
    if header[home]:
        return not header[files[at]]
    return own == 2 or (own == 1 and arch[home] < 0 and arch[files[at]] >= 0)


@inlined
def _own_choice(
    group: int,
    home: int,
    items: Ids,
    files: Ids,
    first: Ids,
    private: Flags,
    weak: Flags,
    arch: Ids,
    header: Flags,
    pool: Ids,
    used: int,
) -> int:
    """Add the definitions that file *home* itself has, and those that may stand beside them."""
    begin, end = int(first[group]), int(first[group + 1])
    at = _own(group, home, first, files)
    own = -1
    while at < end and files[at] == home:
        used = _put(pool, used, items[at])
        own = max(own, 0 if private[at] else 2 if weak[at] else 1)
        at += 1
    if own > 0:
        for at in range(begin, end):
            beside = files[at] != home and _reaches(at, home, files, private, arch)
            if beside and _beside_own(at, home, own, files, header, arch):
                used = _put(pool, used, items[at])
    return used


@inlined
def _choice(
    group: int,
    home: int,
    items: Ids,
    files: Ids,
    first: Ids,
    private: Flags,
    arch: Ids,
    header: Flags,
    public: Flags,
    folders: Ids,
    pool: Ids,
    used: int,
) -> int:
    """Add the definitions of others that file *home* may mean."""
    begin, end = int(first[group]), int(first[group + 1])
    in_arch, nearest, shown = 0, 0, 0
    for at in range(begin, end):
        file = files[at]
        if _reaches(at, home, files, private, arch):
            in_arch += arch[home] >= 0 and arch[file] >= 0
            if header[file] and not public[file]:
                nearest = max(nearest, _shared(folders, home, file))
            else:
                shown += 1
    for at in range(begin, end):
        file = files[at]
        if not _reaches(at, home, files, private, arch):
            continue
        near = header[file] and not public[file]
        if in_arch > 0:
            meant = arch[home] >= 0 and arch[file] >= 0
        elif nearest > 0:  # a private header, and what it stands in for in its folder
            meant = (near or not header[file]) and _shared(folders, home, file) >= nearest
        else:
            meant = not near or shown == 0
        if meant:
            used = _put(pool, used, items[at])
    return used


@compiled
def edges_into(
    owner: Numbers,
    line: Numbers,
    start: Ids,
    count: Ids,
    pool: Ids,
    seen: Numbers,
    caller: Numbers,
    callee: Numbers,
    at_line: Numbers,
) -> int:
    """Each (owner, item) once, with the first line; returns how many.

    References of one owner stand together; *seen*, an entry for each item: the last owner that
    refers to it.
    """
    found = 0
    for number in range(owner.size):
        for at in range(start[number], start[number] + count[number]):
            target = pool[at]
            if seen[target] != owner[number]:
                seen[target] = owner[number]
                caller[found], callee[found] = owner[number], target
                at_line[found] = line[number]
                found += 1
    return found
