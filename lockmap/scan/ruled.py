"""The rule of every field, from all its accesses, and which of these break it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lockmap.map.records import Rule
from lockmap.rules.infer import Inferred, Locks, infer, only_new
from lockmap.rules.thresholds import Thresholds
from lockmap.scan.held import Lockset, Way

_KINDS = {"read": ("read",), "write": ("write",), "readwrite": ("read", "write")}
"""Accesses by the rules that speak of them; others speak for themselves."""


@dataclass(frozen=True, slots=True)
class Place:
    """An access with a struct, and what is held there."""

    file: str
    function: str
    touch: tuple[int, int, str, str, str, str, str]
    locks: Lockset
    """What is held for certain."""
    ways: tuple[Way, ...]
    """What is held for certain, and else usually."""
    phase: str
    shared: float
    """How many accesses of objects that others know it stands for: 1, but in helpers one for
    each call, and a part where the object is sometimes new; 0 in ``init`` and ``teardown``."""
    new: float
    """How many it stands for of objects that nobody else knows yet."""


@dataclass(slots=True)
class _Kind:
    """The accesses of one field and kind."""

    counts: dict[Locks, float] = field(default_factory=dict)
    new: float = 0.0
    numbers: list[int] = field(default_factory=list)

    def add(self, number: int, place: Place) -> None:
        """Count *place*, which has this *number*."""
        self.new += place.new
        if place.shared:
            for locks, share in place.ways:
                count = self.counts.get(locks, 0.0) + share * place.shared
                self.counts[locks] = count
            self.numbers.append(number)


def rules_of(
    places: Sequence[Place],
    locks: Sequence[str],
    thresholds: Thresholds,
    instead: Mapping[str, Sequence[tuple[int, int]]] | None = None,
) -> tuple[list[Rule], dict[int, str]]:
    """The rule of every field, and which accesses (by number) are known to break which.

    Where a field of an object that others know is not written except by functions that may be,
    because they are given its address, the rule for writing is that of these places, and its
    support says ``address``.  *instead*: by struct, (lock, other): its fields may be read under
    the one instead of under the other.
    """
    by_field: dict[tuple[str, str], dict[str, _Kind]] = {}
    for number, place in enumerate(places):
        touch = place.touch
        kinds = by_field.setdefault(
            (touch[2], touch[3]), {"read": _Kind(), "write": _Kind(), "address": _Kind()}
        )
        for kind in _KINDS.get(touch[4], (touch[4],)):
            kinds[kind].add(number, place)
    rules: list[Rule] = []
    violates: dict[int, list[str]] = {}
    for (struct, name), kinds in sorted(by_field.items()):
        write = "write" if kinds["write"].numbers or not kinds["address"].numbers else "address"
        enough = thresholds.of(struct)
        read = infer(
            kinds["read"].counts,
            len(locks),
            enough,
            instead=instead.get(struct, ()) if instead else (),
        )
        written = _written(kinds[write], len(locks), enough)
        for kind, rule in (("read", read), (write, written)):
            for number in _broken(kinds[kind].numbers, places, rule):
                violates.setdefault(number, []).append("read" if kind == "read" else "write")
        support = tuple(
            (kind, round(r.follow), round(r.told), round(r.total))
            for kind, r in (("read", read), (write, written))
        )
        rules.append(Rule(struct, name, read.text(locks), written.text(locks), support))
    return rules, {number: " ".join(kinds) for number, kinds in violates.items()}


def _written(kind: _Kind, locks: int, thresholds: Thresholds) -> Inferred:
    rule = infer(kind.counts, locks, thresholds, alternatives=False)
    if rule.needs:
        return rule
    return only_new(kind.new, sum(kind.counts.values()), thresholds) or rule


def _broken(numbers: Iterable[int], places: Sequence[Place], rule: Inferred) -> Iterable[int]:
    for number in numbers:
        place = places[number]
        if not place.new and rule.broken_by(tuple(how for _, how in place.locks)):
            yield number
