"""The rule that accesses of one field show: which locks are held, in which mode.

After LockDoc (Lochmann, Schirmeier, Borghorst, Spinczyk, EuroSys 2019): of the rules that
nearly all accesses follow, the one that asks for most.  Where no lock is held at nearly all of
them, but at each some lock is, the rule is that one of these must be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lockmap.locks.held import Held
from lockmap.rules.thresholds import Thresholds

NONE, UNCLEAR, INIT_ONLY = "none", "unclear", "init only"
_HELD = frozenset({"read", "write", "either"})

Locks = tuple[Held, ...]
"""How each lock is held at an access; locks always in the same order."""
Counts = Mapping[Locks, float]
"""How many accesses are made with which locks held.  One that is made with different locks held
counts for a part of each."""


@dataclass(frozen=True, slots=True)
class Need:
    """One lock that a rule asks for; ``read`` and ``either``: in whatever mode."""

    lock: int
    """Its number."""
    mode: Held

    def met(self, locks: Locks) -> bool | None:
        """Whether it is held so; None where that cannot be told."""
        held = locks[self.lock]
        if held == "unknown":
            return None
        return held == "write" if self.mode == "write" else held in _HELD


@dataclass(frozen=True, slots=True)
class Inferred:
    """The rule of one kind of access, and how far it is followed."""

    needs: tuple[Need, ...]
    any_of: bool
    """Whether one of ``needs`` is enough."""
    clear: bool
    """False: no rule shows; with ``clear`` and no needs, no lock is needed."""
    follow: float
    told: float
    total: float
    own: bool = False
    """Whether the rule is that only objects are accessed that are not shared yet."""

    def text(self, names: Sequence[str]) -> str:
        """In words, with the *names* of the locks."""
        if not self.clear:
            return UNCLEAR
        if self.own:
            return INIT_ONLY
        words = (f"{names[need.lock]} {need.mode}" for need in self.needs)
        return (" or " if self.any_of else " + ").join(words) or NONE

    def broken_by(self, locks: Locks) -> bool:
        """Whether an access with these locks held is known to break the rule."""
        if not self.clear or not self.needs:
            return False
        met = [need.met(locks) for need in self.needs]
        if self.any_of:
            return all(m is False for m in met)
        return any(m is False for m in met)


def infer(
    accesses: Counts,
    locks: int,
    thresholds: Thresholds,
    *,
    alternatives: bool = True,
    instead: Sequence[tuple[int, int]] = (),
) -> Inferred:
    """The rule that *accesses* of one field and kind show, over so many *locks*.

    *alternatives*: whether a rule that nearly all follow gives way to one that more do, because
    it lets another lock do, too.  *instead*: (lock, other): the one is made to be held instead
    of the other, so that a single access that does so shows that it will do here.
    """
    total = sum(accesses.values())
    needs: list[Need] = []
    if thresholds.enough(total, total):
        found_needs = (_need(accesses, lock, thresholds) for lock in range(locks))
        needs += (need for need in found_needs if need is not None)
    while needs:
        follow, told = _counted(accesses, needs)
        if thresholds.enough(told, total) and thresholds.most(follow, told):
            found = Inferred(tuple(needs), False, True, follow, told, total)
            if not alternatives:
                return found
            either = _or_another(found, accesses, locks, thresholds)
            return _or_instead(either, accesses, thresholds, instead)
        needs.remove(min(needs, key=lambda n: (_met(accesses, n), -n.lock)))
    return _one_of(accesses, locks, thresholds)


def only_new(new: float, shared: float, thresholds: Thresholds) -> Inferred | None:
    """The rule that a field is written only in objects that nobody else knows yet, if it is one.

    *new*, *shared*: how many writes there are to objects of either kind.
    """
    total = new + shared
    if new < thresholds.fewest or not thresholds.most(new, total):
        return None
    return Inferred((), False, True, new, total, total, own=True)


def _or_another(found: Inferred, accesses: Counts, locks: int, thresholds: Thresholds) -> Inferred:
    """The rule *found*, or the one that another lock will do, where most of the rest has that."""
    if len(found.needs) > 1 or found.needs[0].mode == "write":
        return found
    other = _one_of(accesses, locks, thresholds)
    better = other.any_of and 2 * (other.told - other.follow) <= found.told - found.follow
    return other if better and found.follow < found.told else found


def _or_instead(
    found: Inferred,
    accesses: Counts,
    thresholds: Thresholds,
    instead: Sequence[tuple[int, int]],
) -> Inferred:
    """The rule *found*, or with the locks that some access holds instead of its own."""
    if len(found.needs) > 1 or found.needs[0].mode == "write":
        return found
    own = found.needs[0]
    bare = {held: count for held, count in accesses.items() if own.met(held) is False}
    seen = [
        Need(lock, _mode_of(bare, lock, thresholds))
        for lock, other in sorted(instead)
        if other == own.lock and any(held[lock] in _HELD for held in bare)
    ]
    if not seen:
        return found
    needs = (own, *seen)
    follow = sum(c for held, c in accesses.items() if any(need.met(held) for need in needs))
    told = follow + sum(
        c for held, c in accesses.items() if all(need.met(held) is False for need in needs)
    )
    return Inferred(needs, True, True, follow, told, found.total)


def _met(accesses: Counts, need: Need) -> float:
    return sum(count for locks, count in accesses.items() if need.met(locks) is True)


def _counted(accesses: Counts, needs: Sequence[Need]) -> tuple[float, float]:
    """(accesses that meet all needs, of how many it can be told)."""
    follow = broken = 0.0
    for locks, count in accesses.items():
        met = [need.met(locks) for need in needs]
        if False in met:
            broken += count
        elif None not in met:
            follow += count
    return follow, follow + broken


def _need(accesses: Counts, lock: int, thresholds: Thresholds) -> Need | None:
    """In which mode *lock* is held at nearly all accesses; None where it is not."""
    held = dict.fromkeys(("none", "read", "write", "either"), 0.0)
    for locks, count in accesses.items():
        if locks[lock] != "unknown":
            held[locks[lock]] += count
    told = sum(held.values())
    if not thresholds.enough(told, sum(accesses.values())):
        return None
    if thresholds.most(held["write"], told):
        return Need(lock, "write")
    if thresholds.most(held["read"], told):
        return Need(lock, "read")
    if thresholds.most(told - held["none"], told):
        return Need(lock, "either")
    return None


def _one_of(accesses: Counts, locks: int, thresholds: Thresholds) -> Inferred:
    """Whether some lock is held nearly always, or none is."""
    total = sum(accesses.values())
    some = {a: count for a, count in accesses.items() if any(held in _HELD for held in a)}
    bare = sum(count for a, count in accesses.items() if all(held == "none" for held in a))
    held_some = sum(some.values())
    told = held_some + bare
    unclear = Inferred((), False, False, 0, told, total)
    if not thresholds.enough(told, total):
        return unclear
    if thresholds.most(bare, told):
        return Inferred((), False, True, bare, told, total)
    if not thresholds.most(held_some, told):
        return unclear
    needs = [
        Need(lock, _mode_of(some, lock, thresholds))
        for lock in range(locks)
        if not thresholds.few(sum(c for a, c in some.items() if a[lock] in _HELD), held_some)
    ]
    if len(needs) < 2:
        return unclear
    follow = sum(c for a, c in some.items() if any(n.met(a) for n in needs))
    return Inferred(tuple(needs), True, True, follow, told, total)


def _mode_of(some: Counts, lock: int, thresholds: Thresholds) -> Held:
    """In which mode *lock* is held where it is."""
    by_mode: dict[Held, float] = {}
    for locks, count in some.items():
        if locks[lock] in _HELD:
            by_mode[locks[lock]] = by_mode.get(locks[lock], 0.0) + count
    mode, most = max(by_mode.items(), key=lambda item: item[1])
    return mode if thresholds.most(most, sum(by_mode.values())) else "either"
