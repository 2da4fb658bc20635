"""All that one driver, filesystem or file does with a lock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from lockmap.ask.names import did_you_mean, near
from lockmap.errors import NotFoundError
from lockmap.locks.held import Held
from lockmap.map.filters import Filter, path_terms
from lockmap.map.read import Map
from lockmap.map.read_faults import Fault
from lockmap.map.read_folders import (
    PutHere,
    Reached,
    read_member,
    read_put_here,
    read_put_place,
    read_reached,
)
from lockmap.map.read_ways import Way, read_ways
from lockmap.map.records import Access, Contract, Diagnostic, Section


@dataclass(frozen=True, slots=True)
class CallbackHere:
    """A function that is put into a member here, and may run under the lock."""

    file: str
    line: int
    """Where it is put there."""
    function: str
    function_file: str
    function_line: int
    distance: int
    """Calls from the function that takes the lock, by the likeliest way."""


@dataclass(frozen=True, slots=True)
class MemberHere:
    """A member of a struct that functions are put in here which may run under the lock."""

    struct: str
    field: str
    callbacks: tuple[CallbackHere, ...]
    """Nearest first."""
    ways: tuple[Way, ...]
    """To the first of them, the likeliest in each mode."""


@dataclass(frozen=True, slots=True)
class FieldHere:
    """A field of a struct that is accessed here, objects that are not shared left out."""

    struct: str
    field: str
    reads: tuple[tuple[Held, int], ...]
    """How the lock is held, and how many reads are made so."""
    writes: tuple[tuple[Held, int], ...]
    violations: int
    """Accesses that break the rule of the field."""

    @property
    def under(self) -> int:
        """Accesses made with the lock held."""
        return sum(n for held, n in (*self.reads, *self.writes) if held not in {"none", "unknown"})

    @property
    def total(self) -> int:
        """Reads and writes."""
        return sum(number for _, number in (*self.reads, *self.writes))


@dataclass(frozen=True, slots=True)
class Driver:
    """All that the functions below one path do with a lock (``lockmap driver``)."""

    path: str
    lock: str
    files: int
    """Files below the path."""
    reached: Reached
    sections: tuple[Section, ...]
    contracts: tuple[Contract, ...]
    members: tuple[MemberHere, ...]
    """With the nearest callbacks first; as many as were asked for."""
    all_members: int
    callbacks: int
    """Functions that are put into members here and may run under the lock."""
    put: int
    """Functions that are put into members here, whether or not they may."""
    fields: tuple[FieldHere, ...]
    """Those with accesses under the lock first."""
    violations: tuple[Access, ...]
    """Accesses that break the rule of their field."""
    diagnostics: tuple[Diagnostic, ...]
    faults: tuple[Fault, ...] = ()
    """Calls here during which a page fault may take the lock."""


def driver(opened: Map, path: str, *, lock: str = "", most: int = 0) -> Driver:
    """The answer for a file, a folder or a glob.

    *lock*: the map's own if empty; *most*: so many members, the nearest; 0 for all.
    Raises ``NotFoundError`` where the tree has no such file.
    """
    lock = lock or opened.meta().get("default_lock", "")
    files = _files(opened, path)
    wanted = Filter(path=path, lock=lock)
    accesses = opened.accesses(Filter(path=path, told=True), lock)
    put = read_put_here(opened.select, path, lock)
    members = _by_member(put)
    return Driver(
        path,
        lock,
        files,
        read_reached(opened.select, path, lock),
        opened.sections(wanted),
        opened.contracts(wanted),
        tuple(_member(opened, lock, *item) for item in members[: most or None]),
        len(members),
        sum(len(found) for _, found in members),
        len({(row.member, row.function) for row in put}),
        fields_here(accesses),
        tuple(access for access in accesses if access.violates),
        opened.diagnostics(Filter(path=path)),
        opened.faults(wanted),
    )


def _files(opened: Map, path: str) -> int:
    terms, values = path_terms("path", path)
    condition = f"WHERE {' AND '.join(terms)}" if terms else ""
    ((files,),) = opened.select(f"SELECT count(*) FROM path {condition}", (int,), tuple(values))
    if not files:
        raise NotFoundError(f"the tree has no file or folder {path}", _hint(opened, path))
    return int(files)


def _hint(opened: Map, path: str) -> str:
    known = [file for (file,) in opened.select("SELECT path FROM path", (str,))]
    folders = {file.rpartition("/")[0] for file in known}
    for folder in list(folders):
        while folder:
            folders.add(folder)
            folder = folder.rpartition("/")[0]  # noqa: PLW2901 (upwards)
    last = path.rpartition("/")[2]
    same = [name for name in (*folders, *known) if name.rpartition("/")[2] == last]
    alike = sorted(same, key=lambda name: (len(name), name))[:3] or near(path, folders)
    return did_you_mean(alike, "give a path below the top of the tree")


def _by_member(put: Iterable[PutHere]) -> list[tuple[int, list[PutHere]]]:
    """Those that may run under the lock by member, the nearest first, each function once."""
    found: dict[int, dict[int, PutHere]] = {}
    nearest = sorted(
        (row for row in put if row.distance > 0), key=lambda row: (row.distance, row.path, row.line)
    )
    for row in nearest:
        found.setdefault(row.member, {}).setdefault(row.function, row)
    return [(member, list(rows.values())) for member, rows in found.items()]


def _member(opened: Map, lock: str, member: int, put: list[PutHere]) -> MemberHere:
    select = opened.select
    callbacks = []
    for row in put:
        file, name, home, line = read_put_place(select, row)
        callbacks.append(CallbackHere(file, row.line, name, home, line, row.distance))
    ways = read_ways(select, lock, put[0].function)
    return MemberHere(*read_member(select, member), tuple(callbacks), ways)


def fields_here(accesses: Iterable[Access]) -> tuple[FieldHere, ...]:
    """The fields accessed, those under the lock first; objects that are not shared are left out."""
    reads: dict[tuple[str, str], Counter[Held]] = {}
    writes: dict[tuple[str, str], Counter[Held]] = {}
    broken: Counter[tuple[str, str]] = Counter()
    for access in accesses:
        if access.phase != "normal" or access.access == "address":
            continue
        field = (access.struct, access.field)
        broken[field] += bool(access.violates)
        if access.access != "write":
            reads.setdefault(field, Counter())[access.held] += 1
        if access.access != "read":
            writes.setdefault(field, Counter())[access.held] += 1
    found = [
        FieldHere(*field, _sorted(reads, field), _sorted(writes, field), broken[field])
        for field in reads.keys() | writes.keys()
    ]
    found.sort(key=lambda f: (-f.under, -f.total, f.struct, f.field))
    return tuple(found)


def _sorted(
    counts: dict[tuple[str, str], Counter[Held]], field: tuple[str, str]
) -> tuple[tuple[Held, int], ...]:
    return tuple(sorted(counts.get(field, Counter()).items()))
