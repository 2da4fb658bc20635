"""Where a text names a lock, in whatever spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lockmap.documented.data import DocumentedData
from lockmap.documented.needs import Mode
from lockmap.locks.catalog import Catalog
from lockmap.locks.spec import Api

OPEN, CLOSE = "\x02", "\x03"
"""Around the number of a mention, where it was taken out of a text."""
_PATH = r"(?:\b(?:struct )?[&@]?[A-Za-z_]\w*(?:\(\))?(?:->|::|\.)\s?|\b\w+['\u2019]s (?=\w))*"
_NOUN = r"(?:\(\))?(?: (?:locks?|semaphores?|rwsem)\b(?! of))?"
_READ_WRITE: tuple[Mode, ...] = ("read", "write")
_TAKING = frozenset({"acquire", "try"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A lock that is named: which, and in which mode, if the name says so."""

    locks: tuple[str, ...]
    """Names of specifications; of several, one is meant.  ``[name]``: one without any."""
    mode: Mode | None
    start: int
    end: int

    @property
    def known(self) -> bool:
        """Whether lockmap follows the lock."""
        return not self.locks[0].startswith("[")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The spellings of all locks, as patterns."""

    known: re.Pattern[str]
    other: re.Pattern[str]
    spelled: dict[str, tuple[tuple[str, ...], Mode | None]]
    """Spelling, in small letters with single blanks → locks, mode."""
    short: dict[str, tuple[str, ...]]
    """Word of a cell → locks."""
    words: frozenset[str]
    """Identifiers by which files are chosen."""
    telling: frozenset[bytes]
    """Whole words one of which every mention ends with, whatever it is."""

    roots: tuple[bytes, ...] = ()
    """Texts one of which stands in every comment with the name of a lock, as most people write
    it."""
    homonyms: tuple[tuple[frozenset[str], re.Pattern[str]], ...] = ()

    def mentions(self, text: str, about: str = "") -> list[Mention]:
        """The locks that *text* names, in order; those without a specification included.

        *about*: what else tells which of several locks of one name is meant.
        """
        found = [
            Mention(*self._of(m["name"], f"{text} {about}"), m.start(), m.end())
            for m in self.known.finditer(text)
        ]
        taken = [(m.start, m.end) for m in found]
        for match in self.other.finditer(text):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                name = f"[{' '.join(match[0].split())}]"
                found.append(Mention((name,), None, match.start(), match.end()))
        return sorted(found, key=lambda m: m.start)

    def names(self, text: str) -> bool:
        """Whether *text* names a lock that has a specification."""
        return self.known.search(text) is not None

    def _of(self, name: str, near: str) -> tuple[tuple[str, ...], Mode | None]:
        name = " ".join(name.lower().split())
        for words, pattern in self.homonyms:
            if name in words and pattern.search(near):
                return (f"[{name}]",), None
        return self.spelled[name]


def masked(text: str, mentions: list[Mention]) -> str:
    """*text* with each mention as its number between ``OPEN`` and ``CLOSE``."""
    parts: list[str] = []
    at = 0
    for number, mention in enumerate(mentions):
        parts += [text[at : mention.start], f"{OPEN}{number}{CLOSE}"]
        at = mention.end
    return "".join([*parts, text[at:]])


def vocabulary(data: DocumentedData, catalog: Catalog) -> Vocabulary:
    """The spellings that *data* and the specifications give."""
    spelled: dict[str, tuple[tuple[str, ...], Mode | None]] = {}
    short: dict[str, tuple[str, ...]] = {}
    for name, mode, lock in _of_specs(catalog):
        spelled.setdefault(name.lower(), ((lock,), mode))
    for words in data.lock:
        spelled.update((w.lower(), ((words.name,), None)) for w in words.words)
        short.update((w.lower(), (words.name,)) for w in words.short)
    for several in data.several:
        spelled.update((w.lower(), (several.locks, None)) for w in several.words)
        short.update((w.lower(), several.locks) for w in several.short)
    for name, locks in short.items():
        for mode in _READ_WRITE:
            spelled.update((f"{name} {mode} {noun}", (locks, mode)) for noun in ("lock", "locks"))
    names = "|".join(
        re.escape(name).replace(r"\ ", r"\s+") for name in sorted(spelled, key=len, reverse=True)
    )
    known = re.compile(rf"{_PATH}(?<![\w-])(?P<name>{names})(?!\w){_NOUN}", re.IGNORECASE)
    other = re.compile("|".join(f"(?:{p})" for p in data.other.patterns), re.IGNORECASE)
    identifiers = frozenset(
        word for name in spelled for word in re.findall(r"\w+", name) if "_" in word
    )
    last = {re.split(r"\W+", name)[-1] for name in (*spelled, *_cased(data))}
    homonyms = tuple(
        (frozenset(w.lower() for w in h.words), re.compile(h.near, re.IGNORECASE))
        for h in data.homonym
    )
    telling = frozenset(word.encode() for word in last)
    return Vocabulary(
        known, other, spelled, short, identifiers, telling, _roots(data, catalog), homonyms
    )


def _roots(data: DocumentedData, catalog: Catalog) -> tuple[bytes, ...]:
    names = {*_cased(data), *(name for name in catalog.fields if "_" in name)}
    return tuple(
        name.encode()
        for name in sorted(names)
        if not any(other != name and other in name for other in names)
    )


def _cased(data: DocumentedData) -> Iterator[str]:
    yield from (word for lock in data.lock for word in lock.words)
    yield from (word for several in data.several for word in several.words)


def _of_specs(catalog: Catalog) -> Iterator[tuple[str, Mode | None, str]]:
    """(spelling, mode, lock) of members with a telling name, and of functions that take a lock."""
    for lock in catalog.locks:
        own = {*lock.interest.names}
        for member in lock.field:
            if member.name in own:
                yield member.name, None, lock.name
    for name, rows in catalog.apis.items():
        for row in rows:
            spec = row.spec
            if row.lock and isinstance(spec, Api) and spec.op in _TAKING and spec.mode != "any":
                yield name, spec.mode, row.lock.name
