"""What is kept of one file: plain data, small enough to cache and to send between processes."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from lockmap.facts.model import Call, Function


class Interest(msgspec.Struct, frozen=True):
    """The words by which functions are chosen.  A word is an identifier, as bytes."""

    read: frozenset[bytes]
    """A function that has one is read for its accesses, and counts for the share read whole."""
    keep: frozenset[bytes]
    """A function that has one has its facts kept: it may operate on a lock."""
    together: tuple[tuple[frozenset[bytes], frozenset[bytes]], ...]
    """(common words, words of their surroundings): a function that has one of each has its
    facts kept (``rwsem`` means something only beside ``anon_vma``)."""
    members: frozenset[bytes]
    """Struct members that are locks: who declares one is noted."""
    calls: frozenset[bytes]
    """Lock functions: each occurrence as a call is accounted for."""
    openers: frozenset[bytes] = frozenset()
    """Functions of any lock of a kind (``down_read``): calls that name one of ``members``
    among their arguments are accounted for."""

    @property
    def words(self) -> frozenset[bytes]:
        """All of them by which anything is chosen."""
        pairs = (words for pair in self.together for words in pair)
        return self.read.union(self.keep, self.members, *pairs)


class Unit(msgspec.Struct, frozen=True, array_like=True):
    """A function and the line of the file its text begins at."""

    line: int
    function: Function


class Span(msgspec.Struct, frozen=True, array_like=True):
    """Where a function that was read stands, and how well it was read."""

    name: str
    line: int
    end_line: int
    whole: bool
    errors: tuple[int, ...]


class Named(msgspec.Struct, frozen=True, array_like=True):
    """Where a function of interest stands that is not read yet: it operates on no lock.

    ``start``, ``body`` (its opening brace) and ``end`` are offsets in the file; ``line`` is
    that of ``start``.
    """

    line: int
    start: int
    body: int
    end: int


class Loose(msgspec.Struct, frozen=True, array_like=True):
    """A call outside any function: in an initialiser or a definer macro."""

    line: int
    column: int
    call: Call


class Arm(msgspec.Struct, frozen=True, array_like=True):
    """Lines under a preprocessor condition, its text as written (``!`` for ``#else``)."""

    first: int
    last: int
    condition: str


class FileFacts(msgspec.Struct, frozen=True, array_like=True):
    """Everything that is kept of one file."""

    functions: int = 0
    units: tuple[Unit, ...] = ()
    spans: tuple[Span, ...] = ()
    loose: tuple[Loose, ...] = ()
    members: tuple[tuple[str, str, str], ...] = ()
    """(struct, member, type) of members that are locks."""
    arms: tuple[Arm, ...] = ()
    unread: tuple[tuple[int, int, str], ...] = ()
    """(line, column, name) of lock functions named as calls, of which no fact was made."""
    problems: tuple[tuple[str, int, str], ...] = ()
    """(kind, line, message)."""
    named: tuple[Named, ...] = ()
    """Functions that have a word of interest, besides those in ``units``."""


@dataclass(frozen=True, slots=True)
class Triaged:
    """A file's index entries and its facts."""

    mentions: bytes
    definitions: bytes
    facts: FileFacts
