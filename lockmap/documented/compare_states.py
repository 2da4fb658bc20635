"""What a state of the locks allows, beside the accesses that are made in it; and lock order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lockmap.documented.agreement import Agreement, Site, first_sites
from lockmap.documented.compare_access import Touch
from lockmap.documented.model import State
from lockmap.documented.needs import Mode
from lockmap.locks.held import Held
from lockmap.rules.thresholds import Thresholds

_READS, _WRITES = frozenset({"read"}), frozenset({"write", "readwrite"})


def compare_state(
    state: State, touches: Sequence[tuple[str, Touch]], thresholds: Thresholds
) -> Agreement:
    """Whether accesses of a struct's members are made in *state* that it does not allow.

    *touches*: (``read``, ``most`` or ``all``: what is asked of the state for this access; the
    access), of objects that others know.
    """
    allowed = dict(state.allowed)
    follow = broken = untold = 0
    sites: list[Site] = []
    for what, touch in touches:
        there = in_state(state, touch.held)
        if there is None:
            untold += 1
        elif there and what in allowed:
            follow += allowed[what]
            broken += not allowed[what]
            if not allowed[what]:
                sites.append(touch.site)
    told = sum(in_state(state, t.held) is not None for _, t in touches)
    note = f"of {told} accesses it can be told whether they are made in this state"
    if broken and not thresholds.few(broken, told):
        return Agreement("state", "code weaker", follow, broken, untold, note, first_sites(sites))
    if not told:
        return Agreement("state", "not compared", follow, broken, untold, note)
    return Agreement("state", "agrees", follow, broken, untold, note, first_sites(sites))


def in_state(state: State, held: Mapping[str, Held]) -> bool | None:
    """Whether locks that are *held* so are in *state*; None where that cannot be told."""
    answers = [_fits(held, locks, modes) for locks, modes in state.held]
    if False in answers:
        return False
    return None if None in answers else True


def _fits(held: Mapping[str, Held], locks: Sequence[str], modes: frozenset[Mode]) -> bool | None:
    """Whether the strongest hold on one of *locks* is among *modes*."""
    ways = [held.get(lock, "unknown") for lock in locks]
    best: Mode
    if "write" in ways:
        best = "write"
    elif "unknown" in ways:
        return None
    elif "either" in ways:
        return True if {"read", "write"} <= modes else None if modes & {"read", "write"} else False
    else:
        best = "read" if "read" in ways else "none"
    return best in modes


def compare_order(
    before: Sequence[Site], after: Sequence[Site], thresholds: Thresholds, *, followed: bool
) -> Agreement:
    """How the places that take the second lock with the first one held agree with an order.

    *after*: the places that do it the other way round; *followed*: whether lockmap follows both.
    """
    if not followed:
        return Agreement("order", "not compared", note="lockmap does not follow both locks")
    told = len(before) + len(after)
    sites = first_sites(after)
    if not told:
        return Agreement("order", "not compared", note="nothing takes one with the other held")
    if thresholds.few(len(after), told):
        return Agreement("order", "agrees", len(before), len(after), 0, "", sites)
    verdict = "code weaker" if before else "contradicts"
    return Agreement("order", verdict, len(before), len(after), 0, "", sites)  # type: ignore[arg-type]
