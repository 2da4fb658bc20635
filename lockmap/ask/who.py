"""Who accesses a field of a struct, and under which lock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from lockmap.ask.names import did_you_mean, near
from lockmap.errors import NotFoundError
from lockmap.locks.held import Held
from lockmap.map.filters import Filter
from lockmap.map.read import Map
from lockmap.map.records import Access, Kind, Phase, Rule

HELD: tuple[Held, ...] = ("read", "write", "either", "none", "unknown")
"""Ways to hold a lock, in the order of columns."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many accesses are of one kind, of objects in one phase, in one folder, held so."""

    access: Kind
    phase: Phase
    folder: str
    """The first two parts of the path at most, as ``drivers/gpu``."""
    held: Held
    number: int


@dataclass(frozen=True, slots=True)
class Accessor:
    """A function that accesses the field."""

    file: str
    function: str
    phase: Phase
    reads: int
    writes: int
    addresses: int
    """A read and write counts as both, an address as neither."""
    held: tuple[Held, ...]
    """How the lock is held there."""
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Who:
    """All that the map says about one field and one lock (``lockmap who``)."""

    struct: str
    field: str
    lock: str
    rule: Rule
    """Which locks it is read and written under, with support and violations."""
    counts: tuple[Count, ...]
    accessors: tuple[Accessor, ...]
    """Most accesses first."""
    alike: tuple[str, ...]
    """Fields of the same struct with almost this name, such as ``__vm_flags``."""


def who(opened: Map, field: str, *, lock: str = "") -> Who:
    """The answer for ``STRUCT.FIELD``, or ``FIELD`` where only one struct has such a field.

    *lock*: the map's own if empty.  Raises ``NotFoundError``.
    """
    lock = lock or opened.meta().get("default_lock", "")
    struct, name = _resolved(opened, field)
    accesses = opened.accesses(Filter(struct=struct, field=name, told=True), lock)
    (rule,) = opened.rules(Filter(struct=struct, field=name))
    counted = Counter((a.access, a.phase, folder_of(a.file), a.held) for a in accesses)
    return Who(
        struct,
        name,
        lock,
        rule,
        tuple(Count(*what, number) for what, number in sorted(counted.items())),
        _accessors(accesses),
        _alike(opened, struct, name),
    )


def folder_of(file: str) -> str:
    """``mm``, ``drivers/gpu``, ``arch/x86``: what a subsystem is, as far as paths tell."""
    return "/".join(file.split("/")[:-1][:2]) or "."


def _accessors(accesses: Iterable[Access]) -> tuple[Accessor, ...]:
    by_function: dict[tuple[str, str, Phase], list[Access]] = {}
    for access in accesses:
        by_function.setdefault((access.file, access.function, access.phase), []).append(access)
    found = [
        Accessor(
            *place,
            sum(a.access in {"read", "readwrite"} for a in made),
            sum(a.access in {"write", "readwrite"} for a in made),
            sum(a.access == "address" for a in made),
            tuple(held for held in HELD if any(a.held == held for a in made)),
            tuple(sorted({a.line for a in made})),
        )
        for place, made in by_function.items()
    ]
    found.sort(key=lambda a: (-(a.reads + a.writes + a.addresses), a.file, a.lines))
    return tuple(found)


def _resolved(opened: Map, field: str) -> tuple[str, str]:
    """Struct and field that *field* names."""
    struct, _, name = field.rpartition(".")
    struct = struct.removeprefix("struct ").strip()
    rows = opened.select("SELECT struct, field FROM rule", (str, str))
    if struct:
        if (struct, name) in rows:
            return struct, name
        fields = {of for tag, of in rows if tag == struct}
        if fields:
            hint = did_you_mean(
                [f"{struct}.{n}" for n in near(name, fields)],
                f"{len(fields)} others are: lockmap rules --struct {struct}",
            )
            raise NotFoundError(f"no access of a field {name} of {struct} is in the map", hint)
        structs = [tag for tag, of in rows if of == name] or near(struct, {tag for tag, _ in rows})
        raise NotFoundError(
            f"no access of a field of {struct} is in the map",
            did_you_mean([f"{tag}.{name}" for tag in structs[:3]], _ONLY),
        )
    structs = [tag for tag, of in rows if of == name]
    if len(structs) == 1:
        return structs[0], name
    if not structs:
        alike = near(name, {of for _, of in rows})
        raise NotFoundError(
            f"no access of a field {name} is in the map", did_you_mean(alike, _ONLY)
        )
    most = sorted(structs, key=lambda tag: -_total(opened, tag, name))
    shown = ", ".join(f"{tag}.{name}" for tag in most[:_CHOICES])
    more = f" and {len(most) - _CHOICES} more" if len(most) > _CHOICES else ""
    raise NotFoundError(f"{len(structs)} structs have a field {name}", f"name one: {shown}{more}")


_CHOICES = 5
_ONLY = "only fields are that are accessed in functions that name a lock or what it protects"


def _total(opened: Map, struct: str, field: str) -> int:
    sql = "SELECT coalesce(max(total), 0) FROM rule_support WHERE struct = ? AND field = ?"
    return int(opened.select(sql, (int,), (struct, field))[0][0])


def _alike(opened: Map, struct: str, field: str) -> tuple[str, ...]:
    stem = field.strip("_")
    rows = opened.select("SELECT field FROM rule WHERE struct = ?", (str,), (struct,))
    return tuple(name for (name,) in rows if name != field and stem and name.strip("_") == stem)
