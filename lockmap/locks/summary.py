"""What a function does to locks its caller sees: outcomes, told apart by what it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lockmap.locks.state import Key
from lockmap.locks.values import TOP, Value, join

_MAX_OUTCOMES = 24


@dataclass(frozen=True, slots=True)
class Effect:
    """On one lock: ``acquire`` (held on return), ``drop`` (the caller's hold is gone) or
    ``retake`` (dropped and taken again)."""

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
        lambda o: (o.effects, o.result, o.before, o.after),
        lambda o: (o.effects, o.result, o.after),
        lambda o: (o.effects, o.result.atoms, o.result.signs),
        lambda o: (o.effects, o.result.signs),
    )
    groups: dict[object, list[Outcome]] = {}
    for alike in likeness:
        groups = {}
        for outcome in outcomes:
            groups.setdefault(alike(outcome), []).append(outcome)
        if len(groups) <= _MAX_OUTCOMES:
            break
    return Summary(function, tuple(_joined(group) for group in groups.values()))


def _joined(group: list[Outcome]) -> Outcome:
    first = group[0]
    result = first.result
    before, after = dict(first.before), dict(first.after)
    for other in group[1:]:
        result = join(result, other.result)
        before = _common(before, dict(other.before))
        after = _common(after, dict(other.after))
    return Outcome(
        first.effects, result, tuple(sorted(before.items())), tuple(sorted(after.items())), first.origin
    )


def _common(a: dict[str, Value], b: dict[str, Value]) -> dict[str, Value]:
    both = {k: join(v, b[k]) for k, v in a.items() if k in b}
    return {k: v for k, v in both.items() if v != TOP}
