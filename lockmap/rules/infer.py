"""The rule that accesses of one field show: which locks are held, in which mode.

After LockDoc (Lochmann, Schirmeier, Borghorst, Spinczyk, EuroSys 2019): of the rules that
nearly all accesses follow, the one that asks for most.  Where no lock is held at nearly all of
them, but at each some lock is, the rule is that one of these must be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lockmap.locks.held import Held
from lockmap.rules.thresholds import Thresholds

NONE, UNCLEAR = "none", "unclear"
_HELD = frozenset({"read", "write", "either"})

Locks = Sequence[Held]
"""How each lock is held at an access; locks always in the same order."""


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
    follow: int
    told: int
    total: int

    def text(self, names: Sequence[str]) -> str:
        """In words, with the *names* of the locks."""
        if not self.clear:
            return UNCLEAR
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


def infer(accesses: Sequence[Locks], locks: int, thresholds: Thresholds) -> Inferred:
    """The rule that *accesses* of one field and kind show, over so many *locks*."""
    needs = [n for lock in range(locks) if (n := _need(accesses, lock, thresholds)) is not None]
    while needs:
        follow, told = _counted([[n.met(a) for n in needs] for a in accesses])
        if thresholds.enough(told, len(accesses)) and thresholds.most(follow, told):
            return Inferred(tuple(needs), False, True, follow, told, len(accesses))
        needs.remove(min(needs, key=lambda n: (_met(accesses, n), -n.lock)))
    return _one_of(accesses, locks, thresholds)


def _met(accesses: Iterable[Locks], need: Need) -> int:
    return sum(need.met(a) is True for a in accesses)


def _counted(met: list[list[bool | None]]) -> tuple[int, int]:
    """(accesses that meet all needs, of how many it can be told), from what each *met*."""
    follow = sum(all(m is True for m in of_one) for of_one in met)
    broken = sum(any(m is False for m in of_one) for of_one in met)
    return follow, follow + broken


def _need(accesses: Sequence[Locks], lock: int, thresholds: Thresholds) -> Need | None:
    """In which mode *lock* is held at nearly all accesses; None where it is not."""
    held = [a[lock] for a in accesses if a[lock] != "unknown"]
    if not thresholds.enough(len(held), len(accesses)):
        return None
    if thresholds.most(held.count("write"), len(held)):
        return Need(lock, "write")
    if thresholds.most(held.count("read"), len(held)):
        return Need(lock, "read")
    if thresholds.most(len(held) - held.count("none"), len(held)):
        return Need(lock, "either")
    return None


def _one_of(accesses: Sequence[Locks], locks: int, thresholds: Thresholds) -> Inferred:
    """Whether some lock is held nearly always, or none is."""
    some = [a for a in accesses if any(held in _HELD for held in a)]
    bare = sum(all(held == "none" for held in a) for a in accesses)
    told = len(some) + bare
    unclear = Inferred((), False, False, 0, told, len(accesses))
    if not thresholds.enough(told, len(accesses)):
        return unclear
    if thresholds.most(bare, told):
        return Inferred((), False, True, bare, told, len(accesses))
    if not thresholds.most(len(some), told):
        return unclear
    needs = [
        Need(lock, _mode_of([a[lock] for a in some]))
        for lock in range(locks)
        if sum(a[lock] in _HELD for a in some) > (1 - thresholds.share) * len(some)
    ]
    if len(needs) < 2:
        return unclear
    follow = sum(any(n.met(a) for n in needs) for a in accesses)
    return Inferred(tuple(needs), True, True, follow, told, len(accesses))


def _mode_of(held: list[Held]) -> Held:
    modes = {h for h in held if h in _HELD}
    return modes.pop() if len(modes) == 1 else "either"
