"""What the page of a subsystem, driver or filesystem shows: all that it does with the lock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lockmap.ask.driver import FieldHere, fields_here
from lockmap.map.read_ways import Way
from lockmap.map.records import Access, Contract, Diagnostic, Section, Site
from lockmap.site.tables import Put, Tables
from lockmap.site.ways import Ways


@dataclass(frozen=True, slots=True)
class CallbackHere:
    """A function that is put into a member here, and may run under the lock."""

    put: Put
    distance: int
    """Calls from the function that takes the lock."""
    modes: str


@dataclass(frozen=True, slots=True)
class MemberHere:
    """A member that functions are put in here which may run under the lock."""

    struct: str
    field: str
    callbacks: tuple[CallbackHere, ...]
    """Nearest first, each function once."""
    way: Way | None
    """To the first of them."""


@dataclass(frozen=True, slots=True)
class Folder:
    """All that the functions below a folder do with the lock."""

    path: str
    """``.`` for files at the top of the tree."""
    folders: tuple[str, ...]
    """Those directly in it that have a page."""
    sections: tuple[Section, ...]
    sites: tuple[Site, ...]
    contracts: tuple[Contract, ...]
    members: tuple[MemberHere, ...]
    """With the nearest callbacks first."""
    fields: tuple[FieldHere, ...]
    violations: tuple[Access, ...]
    diagnostics: tuple[Diagnostic, ...]
    reached: int
    """Functions that may run under the lock."""
    must: int
    """Functions that hold it on every call that is known."""

    @property
    def callbacks(self) -> int:
        """Functions in members."""
        return sum(len(member.callbacks) for member in self.members)


@dataclass(slots=True)
class _Gathered:
    """What was found below a folder so far."""

    sections: list[Section] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    contracts: list[Contract] = field(default_factory=list)
    puts: list[Put] = field(default_factory=list)
    accesses: list[Access] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    reached: int = 0
    must: int = 0

    @property
    def depends(self) -> bool:
        """Whether there is something to show beside functions that are reached."""
        return bool(self.sections or self.sites or self.puts or self.contracts or self.under)

    @property
    def under(self) -> bool:
        """Whether fields are accessed with the lock held."""
        return any(access.held not in {"none", "unknown"} for access in self.accesses)


def parents(path: str) -> tuple[str, ...]:
    """The folders that a file or folder lies in, the outermost first; ``.`` for none."""
    parts = path.split("/")[:-1]
    return tuple("/".join(parts[: n + 1]) for n in range(len(parts))) or (".",)


def folders(tables: Tables, ways: Ways) -> tuple[Folder, ...]:
    """Every folder that depends on the lock, in the order of their paths."""
    gathered = _gather(tables)
    depending = {path for path, found in gathered.items() if found.depends}
    below: dict[str, list[str]] = {}
    for path in sorted(depending):
        if "/" in path:
            below.setdefault(path.rpartition("/")[0], []).append(path)
    return tuple(
        _folder(path, gathered[path], tuple(below.get(path, ())), tables, ways)
        for path in sorted(depending)
    )


def _gather(tables: Tables) -> dict[str, _Gathered]:
    """Everything below each folder."""
    found: dict[str, _Gathered] = {}

    def places(file: str) -> Iterable[_Gathered]:
        return (found.setdefault(path, _Gathered()) for path in parents(file))

    def spread(name: str, rows: Iterable[Any]) -> None:
        for row in rows:
            for place in places(row.file):
                getattr(place, name).append(row)

    of_lock = (s for s in tables.sections if s.lock == tables.lock)
    spread("sections", of_lock)
    spread("sites", (s for s in tables.sites if s.lock == tables.lock and not s.definition))
    spread("contracts", tables.contracts)
    spread("puts", tables.puts)
    spread("accesses", tables.accesses)
    spread("diagnostics", tables.diagnostics)
    for key, marked in tables.marked.items():
        for place in places(tables.functions[key].file):
            place.reached += 1
            place.must += marked.must != "none"
    return found


def _folder(
    path: str, found: _Gathered, below: tuple[str, ...], tables: Tables, ways: Ways
) -> Folder:
    return Folder(
        path,
        below,
        tuple(found.sections),
        tuple(found.sites),
        tuple(found.contracts),
        _members(found.puts, tables, ways),
        fields_here(found.accesses),
        tuple(access for access in found.accesses if access.violates),
        tuple(found.diagnostics),
        found.reached,
        found.must,
    )


def _members(puts: Iterable[Put], tables: Tables, ways: Ways) -> tuple[MemberHere, ...]:
    """By member, the nearest first, each function once."""

    def distance(put: Put) -> int:
        return tables.marked[put.function].nearest.distance

    found: dict[tuple[str, str], dict[int, Put]] = {}
    for put in sorted(puts, key=lambda p: (distance(p), p.file, p.line)):
        found.setdefault((put.struct, put.field), {}).setdefault(put.function, put)
    return tuple(
        MemberHere(
            *member,
            tuple(
                CallbackHere(put, distance(put), tables.marked[put.function].modes)
                for put in of.values()
            ),
            ways.nearest(tables.marked[next(iter(of))]),
        )
        for member, of in found.items()
    )
