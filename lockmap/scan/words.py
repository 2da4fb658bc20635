"""From lock specifications to the words by which triage chooses functions."""

from __future__ import annotations

from lockmap.facts.file import Interest
from lockmap.locks.catalog import Catalog


def interest_of(catalog: Catalog) -> Interest:
    """The words of *catalog*'s locks.

    A lock member with a name of its own (``mmap_sem``) is listed among the lock's words of
    interest and chooses a function alone; one with a common name (``rwsem``) only beside
    another word of its lock.
    """
    functions = {name for name, rows in catalog.apis.items() if any(row.lock for row in rows)}
    functions |= {name for name, rows in catalog.guards.items() if any(row.lock for row in rows)}
    functions |= set(catalog.conventions)
    telling: set[str] = set()
    words: set[str] = set()
    together = []
    for lock in catalog.locks:
        own = {*lock.interest.structs, *lock.interest.names}
        members = {field.name for field in lock.field}
        telling |= members & own
        words |= own
        if members - own:
            together.append((_bytes(members - own), _bytes(own)))
    keep = functions | telling
    openers = {name for name, rows in catalog.apis.items() if any(not row.lock for row in rows)}
    return Interest(
        _bytes(keep | words),
        _bytes(keep),
        tuple(together),
        _bytes(telling),
        _bytes(functions),
        _bytes(openers - functions),
    )


def _bytes(words: set[str]) -> frozenset[bytes]:
    return frozenset(word.encode() for word in words)
