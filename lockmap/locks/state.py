"""The state of locks on one path, and how operations change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from lockmap.facts.model import Position
from lockmap.locks.paths import words
from lockmap.locks.values import TOP, Value, join

_TOLD = "->*"

Key = tuple[str, str]
"""(lock name, object path): a lock belongs to an object, not only to a class."""


class Held(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Held by this function since one of *sites*."""

    mode: str
    sites: frozenset[Position]
    retaken: bool = False
    """Taken again after the caller's hold was dropped."""


class Dropped(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """The caller's hold was released here, in *mode* as far as the release tells."""

    mode: str = "any"


@dataclass(frozen=True, slots=True)
class Changed:
    """The caller's hold is now in *mode*: it was downgraded or upgraded here."""

    mode: str


LockState = Held | Dropped | Changed


@dataclass(frozen=True, slots=True)
class State:
    """What is so at a point of one path.  Treated as immutable: change makes a copy.

    A lock that is not in ``locks`` is as the caller left it.  ``aliases`` are variables known
    to name another object; ``facts`` are values known of variables and expressions;
    ``touched`` are parameters, globals and members (``->locked``) that were written to.
    """

    locks: Mapping[Key, LockState] = field(default_factory=dict)
    facts: Mapping[str, Value] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    touched: frozenset[str] = frozenset()

    def signature(self) -> frozenset[tuple[object, object]]:
        """What decides about locks, hashable: paths that agree in it may be joined.

        The locks, and what the variables of the caller were that are told of its lock
        (``$4->*``): joined, a function that takes the lock if it is not held, and one that
        drops what it found held, would drop what they did not find.
        """
        told = ((k, v.zero) for k, v in self.facts.items() if k.endswith(_TOLD) and k[0] == "$")
        return frozenset((*self.locks.items(), *told))

    def is_alike(self, other: State) -> bool:
        """Whether *other* surely has the same signature."""
        return self.locks is other.locks and self.facts is other.facts

    def sites(self) -> Iterator[Position]:
        """Acquisitions that hold now."""
        for state in self.locks.values():
            if isinstance(state, Held):
                yield from state.sites

    def with_lock(self, key: Key, state: LockState | None) -> State:
        """The state with one lock changed; None forgets it."""
        locks = dict(self.locks)
        if state is None:
            locks.pop(key, None)
        else:
            locks[key] = state
        return State(locks, self.facts, self.aliases, self.touched)

    def with_fact(self, key: str, value: Value) -> State:
        """The state with one value known."""
        facts = dict(self.facts)
        if value == TOP:
            facts.pop(key, None)
        else:
            facts[key] = value
        return State(self.locks, facts, self.aliases, self.touched)

    def with_alias(self, name: str, path: str | None) -> State:
        """The state with variable *name* known to be *path* (None: no longer)."""
        aliases = dict(self.aliases)
        if path is None:
            aliases.pop(name, None)
        else:
            aliases[name] = path
        return State(self.locks, self.facts, aliases, self.touched)

    def without(self, name: str) -> State:
        """The state after variable *name* was overwritten by something unknown."""
        facts = {k: v for k, v in self.facts.items() if k[0] == "$" or name not in words(k)}
        aliases = {
            k: p for k, p in self.aliases.items() if name not in words(p) and name not in words(k)
        }
        locks = self.locks
        if any(name == _root(path) for _, path in locks):
            locks = {
                (lock, f"{name}~{path[len(name) :]}" if _root(path) == name else path): s
                for (lock, path), s in locks.items()
            }
        return State(locks, facts, aliases, self.touched)

    def without_memory(self, names: frozenset[str]) -> State:
        """The state after somebody else may have changed members and globals *names*."""
        facts = {k: v for k, v in self.facts.items() if k[0] in "$#" or words(k).isdisjoint(names)}
        if len(facts) == len(self.facts):
            return self
        aliases = {
            k: p for k, p in self.aliases.items() if k[0] != "=" or words(k).isdisjoint(names)
        }
        return State(self.locks, facts, aliases, self.touched)

    def with_result(self, path: str) -> State:
        """The state after what a call returned was stored in *path*: locks of it are named so."""
        if not any(_root(p) == "result" for _, p in self.locks):
            return self
        locks = {
            (lock, path + p[len("result") :] if _root(p) == "result" else p): s
            for (lock, p), s in self.locks.items()
        }
        return State(locks, self.facts, self.aliases, self.touched)

    def only(self, live: frozenset[str]) -> State:
        """The state without facts on variables that nobody asks about any more."""
        facts = {
            k: v for k, v in self.facts.items() if k[0] in "$%#*" or not words(k).isdisjoint(live)
        }
        if len(facts) == len(self.facts):
            return self
        return State(self.locks, facts, self.aliases, self.touched)


def _root(path: str) -> str:
    end = len(path)
    for mark in ".[(":
        at = path.find(mark)
        if 0 <= at < end:
            end = at
    return path[:end]


def covers(wide: State, narrow: State) -> bool:
    """Whether *wide*, of the same locks, already stands for everything *narrow* does."""
    known = narrow.facts
    if len(wide.facts) > len(known):
        return False
    for key, value in wide.facts.items():
        other = known.get(key)
        if other is None:
            return False
        if other is not value and other != value and join(value, other) != value:
            return False
    return wide.touched >= narrow.touched and (
        wide.aliases.items() <= narrow.aliases.items()
        or all(_named(narrow, k) in {p, None} for k, p in wide.aliases.items())
    )


def _named(state: State, name: str) -> str | None:
    """What variable *name* is another name of; None where it is NULL, and so of anything."""
    path = state.aliases.get(name)
    if path is None:
        value = state.facts.get(name)
        return None if value is not None and value.zero else ""
    return path


def merged(states: list[State]) -> State:
    """One state for several with the same locks: what is so on every one of them.

    ``sem`` that is NULL on one and ``&mm->mmap_lock`` on another names that lock if anything.
    """
    first = states[0]
    facts = dict(first.facts)
    aliases = dict(first.aliases)
    touched = first.touched
    for other in states[1:]:
        facts = {k: join(v, other.facts[k]) for k, v in facts.items() if k in other.facts}
        aliases |= {k: p for k, p in other.aliases.items() if k not in aliases}
        touched |= other.touched
    common = {k: p for k, p in aliases.items() if all(_named(s, k) in {p, None} for s in states)}
    return State(first.locks, {k: v for k, v in facts.items() if v != TOP}, common, touched)


def find_held(state: State, key: Key) -> Key | None:
    """The hold that a release of *key* ends: the same object, else the only one of the class.

    Two names of one object are common (``mm`` and ``vma->vm_mm``); two objects of one
    class held at once are rare and are named alike at both ends.
    """
    if isinstance(state.locks.get(key), Held):
        return key
    if isinstance(state.locks.get(key), Dropped):
        return None
    held = [k for k, s in state.locks.items() if k[0] == key[0] and isinstance(s, Held)]
    return held[0] if len(held) == 1 else None


def find_dropped(state: State, key: Key) -> Key | None:
    """The caller's hold, dropped before, that an acquisition of *key* takes again.

    The same object, else the only one of the class while none of it is held.
    """
    if isinstance(state.locks.get(key), Dropped):
        return key
    same = [(k, s) for k, s in state.locks.items() if k[0] == key[0]]
    if len(same) == 1 and isinstance(same[0][1], Dropped):
        return same[0][0]
    return None
