"""What a rule asks for: which locks, held how.

The text of it is that of inferred rules (``mmap_lock write + vma_lock write``), with alternatives
in parentheses (``(i_mmap_rwsem write | anon_vma write)``), cases joined by `` or ``, and locks that
lockmap does not follow in brackets (``[page_table_lock]``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from lockmap.locks.held import Held

Mode = Literal["read", "write", "either", "none"]
"""``read`` and ``either``: in whatever mode; ``none``: it must not be held."""

INIT_ONLY, NEVER, LEFT, NOTHING = "init only", "never", "left to others", "none"
"""Set only while the object is new; never; ruled elsewhere; without any lock."""
_WORDS = (INIT_ONLY, NEVER, LEFT, NOTHING)
_HELD = frozenset({"read", "write", "either"})


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """One lock, held in one way."""

    lock: str
    """The name of its specification, or, in brackets, what a lock is called that has none."""
    mode: Mode

    @property
    def known(self) -> bool:
        """Whether lockmap follows the lock."""
        return not self.lock.startswith("[")

    @property
    def text(self) -> str:
        """In words."""
        return f"{self.lock} {self.mode}" if self.known else self.lock

    def met(self, held: Mapping[str, Held]) -> bool | None:
        """Whether it is met where locks are *held* so; None where that cannot be told."""
        how = held.get(self.lock, "unknown") if self.known else "unknown"
        if self.mode == "none":
            return None if how == "unknown" else how == "none"
        if how == "unknown":
            return None
        if self.mode == "write":
            return None if how == "either" else how == "write"
        return how in _HELD

    def implied_by(self, other: Need) -> bool:
        """Whether who holds *other* holds this."""
        if self.lock != other.lock:
            return False
        return self.mode == other.mode or (self.mode in {"read", "either"} and other.mode in _HELD)


Group = tuple[Need, ...]
"""Needs of which one is enough."""
Case = tuple[Group, ...]
"""Groups that must all be met."""


@dataclass(frozen=True, slots=True)
class Needs:
    """A requirement: one of its *cases* must be met; or one of the words above."""

    cases: tuple[Case, ...] = ()
    word: str = ""

    @property
    def text(self) -> str:
        """In words; empty where nothing is said."""
        return self.word or " or ".join(
            " + ".join(
                group[0].text if len(group) == 1 else f"({' | '.join(n.text for n in group)})"
                for group in case
            )
            for case in self.cases
        )

    @property
    def locks(self) -> tuple[str, ...]:
        """The locks with a specification that it names."""
        found = (n.lock for case in self.cases for group in case for n in group if n.known)
        return tuple(dict.fromkeys(found))

    def met(self, held: Mapping[str, Held]) -> bool | None:
        """Whether it is met; locks without a specification are taken to be held as they should."""
        told = [_all(_any(n.met(held) for n in group) for group in _known(c)) for c in self.cases]
        return _any(told) if told else None


NO_NEEDS = Needs()
"""Nothing is said."""


def one(lock: str, mode: Mode) -> Needs:
    """The requirement of one lock."""
    return Needs((((Need(lock, mode),),),))


def all_of(groups: Iterable[Group]) -> Needs:
    """The requirement of all of *groups*; of none, if there are none."""
    case = tuple(dict.fromkeys(groups))
    return Needs((case,)) if case else Needs()


def parse_needs(text: str) -> Needs:
    """The requirement of this text.  Raises ValueError."""
    if text in _WORDS:
        return Needs(word=text)
    if not text.strip():
        return Needs()
    return Needs(tuple(_case(case) for case in text.split(" or ")))


def _case(text: str) -> Case:
    return tuple(
        tuple(_need(n) for n in part.strip().removeprefix("(").removesuffix(")").split("|"))
        for part in text.split(" + ")
    )


def _need(text: str) -> Need:
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        return Need(text, "either")
    lock, _, mode = text.rpartition(" ")
    for known in ("read", "write", "either", "none"):
        if lock and mode == known:
            return Need(lock, known)
    raise ValueError(f"not a lock with read, write, either or none: {text!r}")


def _known(case: Case) -> Case:
    """The groups of *case* of which lockmap can tell."""
    return tuple(group for group in case if any(n.known for n in group))


def _any(told: Iterable[bool | None]) -> bool | None:
    answers = list(told)
    if True in answers:
        return True
    return None if None in answers or not answers else False


def _all(told: Iterable[bool | None]) -> bool | None:
    answers = list(told)
    if False in answers:
        return False
    return None if None in answers or not answers else True
