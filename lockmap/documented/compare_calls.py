"""Rules about callers, beside the calls that the call graph knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from lockmap.documented.agreement import Agreement, Site, first_sites, held_text
from lockmap.documented.needs import Need, Needs
from lockmap.locks.held import Held
from lockmap.rules.thresholds import Thresholds

HeldBy = Mapping[str, Held]
NO_OTHERS: Mapping[str, Sequence[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function, and what is held there for certain."""

    file: str
    line: int
    caller: str
    held: HeldBy
    shown: frozenset[str] = frozenset()
    """The locks of which the caller's own code shows it; of others what is known of its callers."""


@dataclass(frozen=True, slots=True)
class Called:
    """A function as the call graph knows it."""

    file: str
    line: int
    name: str
    always: HeldBy
    """How locks are held whenever it is called; unknown, where not all of its calls are known."""
    calls: Sequence[Call] = ()
    """Those that are known."""
    takes: frozenset[str] = frozenset()
    """The locks that it waits for itself."""
    asserts: Mapping[str, str] = field(default_factory=dict)
    """Lock → mode, where every way through it says that its caller holds it."""
    may: Mapping[str, frozenset[Held]] = field(default_factory=dict)
    """Lock → the modes in which the call graph has a way to it with the lock held."""


def compare_calls(
    needs: Needs,
    functions: Sequence[Called],
    thresholds: Thresholds,
    instead: Mapping[str, Sequence[str]] = NO_OTHERS,
) -> Agreement:
    """How the calls of *functions*, which are meant by one rule, agree with it.

    *instead*: lock → those that are held in its stead by readers.
    """
    if not functions:
        return Agreement("call", "not compared", note="no such function is known")
    if not needs.locks:
        return Agreement("call", "not compared", note="it names no lock that lockmap follows")
    follow = broken = untold = bare = reached = certain = 0
    sites: list[Site] = []
    said: set[str] = set()
    always: list[HeldBy] = []
    for function in functions:
        # An assertion says what is meant, and is among what the call graph takes for certain.
        asserted = not function.asserts.keys().isdisjoint(needs.locks)
        met = None if asserted else needs.met(function.always)
        always.append(function.always)
        reached += _reached(needs, function)
        if met is True:
            follow += max(1, len(function.calls))
            continue
        told = [needs.met(call.held) for call in function.calls]
        follow += told.count(True)
        broken += told.count(False)
        untold += told.count(None)
        bare += sum(
            answer is False and _bare(call.held, needs)
            for call, answer in zip(function.calls, told, strict=True)
        )
        certain += sum(
            answer is False and not call.shown.isdisjoint(needs.locks)
            for call, answer in zip(function.calls, told, strict=True)
        )
        sites += [
            (c.file, c.line, c.caller, held_text(_of(c.held, needs)))
            for c, answer in zip(function.calls, told, strict=True)
            if answer is False
        ]
        if not function.calls:
            # Held at none of its calls is also what nobody calls.
            told_so = met is False and not all(
                function.always.get(lock) == "none" for lock in needs.locks
            )
            broken += told_so
            untold += not told_so
            if told_so:
                bare += _bare(function.always, needs)
                held = held_text(_of(function.always, needs))
                sites.append((function.file, function.line, function.name, held))
        says = _by_itself(needs, function)
        if says is not None:
            said.add("says so itself" if says else "does otherwise itself")
    enough = bool(certain) or follow + broken >= thresholds.told * (follow + broken + untold)
    verdict = _verdict(needs, follow, broken, untold, bare, sites, said, always, thresholds, enough)
    if verdict.verdict != "not compared" or not reached:
        return verdict
    note = f"{reached} of {len(functions)} may run so; it is not known of every call"
    others = [o for lock in needs.locks for o in instead.get(lock, ()) if o not in needs.locks]
    for other in others:
        count = sum(bool(function.may.get(other)) for function in functions)
        note += f"; {count} may run with {other} held, perhaps in its stead" if count else ""
    if not thresholds.most(reached, len(functions)):
        return replace(verdict, note=note)
    return replace(verdict, verdict="agrees", note=note)


def _verdict(
    needs: Needs,
    follow: int,
    broken: int,
    untold: int,
    bare: int,
    sites: Sequence[Site],
    said: set[str],
    always: Sequence[HeldBy],
    thresholds: Thresholds,
    enough: bool,
) -> Agreement:
    told = follow + broken
    found = first_sites(sites)
    note = "the code " + ", ".join(sorted(said)) if said else ""
    if broken and enough and not thresholds.few(broken, told):
        nothing = thresholds.most(bare, told) and "says so itself" not in said
        verdict = "contradicts" if nothing and not untold else "code weaker"
        return Agreement("call", verdict, follow, broken, untold, note, found)  # type: ignore[arg-type]
    if _stronger(needs, always):
        note = "it is always held for writing"
        return Agreement("call", "code stronger", follow, broken, untold, note, found)
    if follow or said == {"says so itself"}:
        return Agreement("call", "agrees", follow, broken, untold, note, found)
    return Agreement(
        "call", "not compared", follow, broken, untold, note or "not all calls are known", found
    )


def _reached(needs: Needs, function: Called) -> bool:
    """Whether there is a way to it with the locks held as asked, and none with them otherwise."""
    modes = [(n.lock, how) for n in _asked(needs) for how in function.may.get(n.lock, ())]
    return bool(modes) and all(needs.met({lock: how}) is not False for lock, how in modes)


def _asked(needs: Needs) -> list[Need]:
    return [n for case in needs.cases for group in case for n in group if n.known]


def _by_itself(needs: Needs, function: Called) -> bool | None:
    """What the function's own code says of the rule."""
    asked = _asked(needs)
    if all(n.mode == "none" for n in asked):
        return True if all(n.lock in function.takes for n in asked) else None
    asserted: dict[str, Held] = {
        lock: "either" if mode == "any" else mode  # type: ignore[misc]
        for lock, mode in function.asserts.items()
    }
    met = needs.met({n.lock: asserted.get(n.lock, "unknown") for n in asked})
    return True if met else None


def _stronger(needs: Needs, always: Sequence[HeldBy]) -> bool:
    asked = _asked(needs)
    if any(n.mode in {"none", "write"} for n in asked):
        return False
    locks = {n.lock for n in asked}
    return bool(always) and all(all(held.get(lock) == "write" for lock in locks) for held in always)


def _bare(held: HeldBy, needs: Needs) -> bool:
    """Whether none of the locks is held; of those that must not be, whether one is."""
    asked = _asked(needs)
    return all(_opposite(n, held) for n in asked)


def _opposite(need: Need, held: HeldBy) -> bool:
    how = held.get(need.lock)
    return how in {"read", "write", "either"} if need.mode == "none" else how == "none"


def _of(held: HeldBy, needs: Needs) -> list[tuple[str, str]]:
    return [(lock, held.get(lock, "unknown")) for lock in needs.locks]
