"""What the page of a struct shows: its fields, their rules, and the accesses behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lockmap.ask.who import HELD, folder_of
from lockmap.locks.held import Held
from lockmap.map.documented_records import DocumentedRule
from lockmap.map.records import Access, Rule
from lockmap.site.tables import Tables

_FEW, _FEW_IN_ALL = 12, 1200
"""Accesses that the page of a struct shows of each field, and of all."""
_LISTED = 800
"""Structs on one page."""
_NO_LOCK = frozenset({"none", "unclear", "init only", ""})


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a struct that functions of interest access."""

    struct: str
    name: str
    read_rule: str
    write_rule: str
    support: tuple[tuple[str, int, int, int], ...]
    """(kind of access, that follow the rule, of which it can be told, of all)."""
    reads: tuple[tuple[Held, int], ...]
    """How the lock is held, and how many reads are made so; objects not shared are left out."""
    writes: tuple[tuple[Held, int], ...]
    addresses: int
    unshared: int
    """Accesses of objects that are not shared yet, or no longer."""
    accesses: tuple[Access, ...]
    """All of them, those that break a rule first."""
    documented: tuple[DocumentedRule, ...]

    @property
    def ruled(self) -> bool:
        """Whether a lock is needed to read or to write it."""
        return bool({self.read_rule, self.write_rule} - _NO_LOCK)

    @property
    def broken(self) -> int:
        """Accesses that break its rule."""
        return sum(bool(access.violates) for access in self.accesses)

    @property
    def under(self) -> int:
        """Reads and writes made with the lock held."""
        both = (*self.reads, *self.writes)
        return sum(number for held, number in both if held not in {"none", "unknown"})


@dataclass(frozen=True, slots=True)
class Struct:
    """All fields of one struct."""

    name: str
    fields: tuple[Field, ...]
    folders: tuple[tuple[str, int], ...]
    """Accesses by folder, most first."""

    @property
    def ruled(self) -> int:
        """Fields that need a lock."""
        return sum(field.ruled for field in self.fields)

    @property
    def broken(self) -> int:
        """Accesses that break a rule."""
        return sum(field.broken for field in self.fields)

    @property
    def under(self) -> int:
        """Accesses with the lock held."""
        return sum(field.under for field in self.fields)

    @property
    def few(self) -> int:
        """Accesses of a field that the page of the struct shows; more get a page of their own."""
        return max(1, min(_FEW, _FEW_IN_ALL // max(len(self.fields), 1)))

    @property
    def concerned(self) -> bool:
        """Whether the lock has anything to do with it."""
        return bool(self.under or self.ruled or any(f.documented for f in self.fields))

    @property
    def total(self) -> int:
        """Accesses."""
        return sum(len(field.accesses) for field in self.fields)


def structs(
    tables: Tables, documented: Mapping[str, Sequence[DocumentedRule]]
) -> tuple[Struct, ...]:
    """Every struct with a field that is accessed, by name."""
    accesses: dict[tuple[str, str], list[Access]] = {}
    for access in tables.accesses:
        accesses.setdefault((access.struct, access.field), []).append(access)
    rules: dict[str, list[Rule]] = {}
    for rule in tables.rules:
        rules.setdefault(rule.struct, []).append(rule)
    found = []
    for name in sorted(rules):
        fields = tuple(
            _field(rule, accesses.get((name, rule.field), []), documented) for rule in rules[name]
        )
        folders = Counter(folder_of(a.file) for field in fields for a in field.accesses)
        ordered = sorted(folders.items(), key=lambda item: (-item[1], item[0]))
        found.append(Struct(name, fields, tuple(ordered)))
    return tuple(found)


def others(found: Iterable[Struct]) -> list[tuple[str, tuple[Struct, ...]]]:
    """Pages that list the structs which the lock has nothing to do with, and what each lists."""
    rest = [struct for struct in found if not struct.concerned]
    return [
        (f"structs/others~{at // _LISTED + 1}", tuple(rest[at : at + _LISTED]))
        for at in range(0, len(rest), _LISTED)
    ]


def _field(
    rule: Rule, accesses: list[Access], documented: Mapping[str, Sequence[DocumentedRule]]
) -> Field:
    shared = [access for access in accesses if access.phase == "normal"]
    return Field(
        rule.struct,
        rule.field,
        rule.read_rule,
        rule.write_rule,
        rule.support,
        held_counts(a for a in shared if a.access in {"read", "readwrite"}),
        held_counts(a for a in shared if a.access in {"write", "readwrite"}),
        sum(access.access == "address" for access in shared),
        len(accesses) - len(shared),
        tuple(sorted(accesses, key=lambda a: (not a.violates, a.file, a.line, a.column))),
        tuple(documented.get(f"{rule.struct}.{rule.field}", ())),
    )


def held_counts(accesses: Iterable[Access]) -> tuple[tuple[Held, int], ...]:
    """How the lock is held at *accesses*, and how often, in the order of columns."""
    counts = Counter(access.held for access in accesses)
    return tuple((held, counts[held]) for held in HELD if counts[held])
