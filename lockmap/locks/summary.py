"""What a function does to locks its caller sees: outcomes, told apart by what it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lockmap.locks.state import Key
from lockmap.locks.values import TOP, Value, join

_MAX_OUTCOMES = 24
_MOST_JOINED = 60
"""Outcomes of a kind that are compared with each other; the rest are joined as they are."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes of one lock.

    ``acquire`` (held on return), ``drop`` (the caller's hold is gone), ``retake`` (dropped
    and taken again) or ``convert`` (downgraded or upgraded).
    """

    key: Key
    """Lock and object path, with ``$0`` for the first argument, ``result`` for what is
    returned, other roots for globals; the lock is empty for a lock passed by address."""
    what: str
    mode: str
    primitive: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way to return: under what arguments, with what result and effects."""

    effects: tuple[Effect, ...]
    result: Value
    before: tuple[tuple[str, Value], ...]
    """What the arguments must have been: (``$0``, value)."""
    after: tuple[tuple[str, Value], ...]
    """What is so of objects passed by address: (``*$5``, value)."""
    origin: tuple[str, str] = ("", "")
    """(function, kind of result): which hold a caller takes over, when it does."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The outcomes of one function."""

    function: str
    outcomes: tuple[Outcome, ...]

    @property
    def visible(self) -> bool:
        """Whether a caller can find a lock in another state than before the call."""
        return any(e.what != "retake" for o in self.outcomes for e in o.effects)


def condense(function: str, outcomes: list[Outcome]) -> Summary:
    """The summary of *outcomes*: alike ones become one, the more so the more there are."""
    likeness: tuple[Callable[[Outcome], object], ...] = (
        lambda o: (o.effects, o.result, o.after),
        lambda o: (o.effects, o.result.atoms, o.result.signs, o.after),
        lambda o: (o.effects, o.result.signs, o.after),
        lambda o: (o.effects, o.result.signs),
    )
    left = list(dict.fromkeys(outcomes))
    for alike in likeness:
        groups: dict[object, list[Outcome]] = {}
        for outcome in left:
            groups.setdefault(alike(outcome), []).append(outcome)
        left = [one for group in groups.values() for one in _absorbed(group)]
        if len(left) <= _MAX_OUTCOMES:
            return Summary(function, tuple(left))
    last: dict[object, list[Outcome]] = {}
    for outcome in left:
        last.setdefault(likeness[-1](outcome), []).append(outcome)
    return Summary(function, tuple(_joined(group) for group in last.values()))


def _absorbed(group: list[Outcome]) -> list[Outcome]:
    """*group*, of like effects, with those joined that differ in one condition at most.

    So ``a and b`` and ``a and not b`` become ``a``, while two reasons that have nothing in
    common stay two.
    """
    done: list[tuple[dict[str, Value], Outcome]] = []
    for found in group[:_MOST_JOINED]:
        outcome = found
        before = dict(outcome.before)
        at = 0
        while at < len(done):
            other, joined = done[at]
            together = _one_apart(before, other)
            if together is None:
                at += 1
                continue
            before = together
            outcome = _joined([joined, outcome])
            del done[at]
            at = 0
        done.append((before, outcome))
    rest = group[_MOST_JOINED:]
    kept = [replace(o, before=tuple(sorted(before.items()))) for before, o in done]
    return kept if not rest else [*kept, _joined(rest)]


def _one_apart(a: dict[str, Value], b: dict[str, Value]) -> dict[str, Value] | None:
    """The condition ``a or b``, if it is one without loss; None if it is not."""
    differ = [k for k in a.keys() | b.keys() if a.get(k, TOP) != b.get(k, TOP)]
    if len(differ) <= 1:
        return {k: v for k in a if (v := join(a[k], b.get(k, TOP))) != TOP}
    if all(join(a.get(k, TOP), b.get(k, TOP)) == a.get(k, TOP) for k in differ):
        return a
    if all(join(a.get(k, TOP), b.get(k, TOP)) == b.get(k, TOP) for k in differ):
        return b
    return None


def _joined(group: list[Outcome]) -> Outcome:
    first = group[0]
    result = first.result
    before, after = dict(first.before), dict(first.after)
    for other in group[1:]:
        result = join(result, other.result)
        before = _common(before, dict(other.before))
        after = _common(after, dict(other.after))
    return Outcome(
        first.effects,
        result,
        tuple(sorted(before.items())),
        tuple(sorted(after.items())),
        first.origin,
    )


def _common(a: dict[str, Value], b: dict[str, Value]) -> dict[str, Value]:
    both = {k: join(v, b[k]) for k, v in a.items() if k in b}
    return {k: v for k, v in both.items() if v != TOP}
