"""What the cells of tables say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lockmap.documented.data import DocumentedData, TableWords
from lockmap.documented.needs import INIT_ONLY, LEFT, NEVER, Mode, Need, Needs
from lockmap.documented.phrases import Phrases

_REMARK = re.compile(r"\(.*?\)|\[\d+\]_?|\s{2,}.*")


@dataclass(frozen=True, slots=True)
class Column:
    """What a column is for."""

    kind: str
    """A key of ``[table]``: ``field``, ``write``, ``callback``, ``state``, ``allowed_read`` ...;
    empty: nothing that matters here."""
    locks: tuple[str, ...] = ()
    """Of ``state`` and ``callback``'s columns: which locks, of which one is meant."""
    which: str = ""
    """Of ``allowed_write``: ``most``, ``all``."""


class Cells:
    """Understands them."""

    def __init__(self, data: DocumentedData, phrases: Phrases) -> None:
        self._table: TableWords = data.table
        self._phrases = phrases
        self._words = phrases.words
        self._case = re.compile("|".join(data.table.case), re.IGNORECASE)
        self._maybe = re.compile(data.table.maybe, re.IGNORECASE)

    def columns(self, heads: Sequence[str]) -> list[Column]:
        """What the columns under *heads* are for."""
        return [self._column(head.strip()) for head in heads]

    def _column(self, head: str) -> Column:
        for kind in ("field", "write", "read", "lock", "allowed_read", "callback"):
            if _whole(getattr(self._table, kind), head):
                return Column(kind)
        match = _whole(self._table.allowed_write, head)
        if match:
            return Column("allowed_write", which=(match.groupdict().get("which") or "all").lower())
        if _whole(self._table.allowed_other, head):
            return Column("allowed_other")
        match = _whole(self._table.state, head)
        short = self._words.short.get((match["lock"] if match else head).lower())
        if short:
            return Column("state", short)
        mentions = [m for m in self._words.mentions(head) if m.known]
        return Column("state", mentions[0].locks) if len(mentions) == 1 else Column("")

    def access(self, text: str) -> Needs | None:
        """What a cell of a column like ``Write lock`` asks for; None: not understood."""
        text = " ".join(text.split())
        for word, patterns in (
            (INIT_ONLY, self._table.once),
            (NEVER, self._table.never),
            (LEFT, self._table.left),
        ):
            if _whole(patterns, text):
                return Needs(word=word)
        if _whole(self._table.none, text):
            return Needs(word="none")
        cases = [part for part in self._case.split(text) if part.strip(" .")]
        told = [self._phrases.in_cell(case) for case in cases]
        if not told or any(needs is None for needs in told):
            return None
        return Needs(tuple(case for needs in told if needs for case in needs.cases))

    def held(self, text: str, locks: Sequence[str]) -> Needs | None:
        """How a caller holds one of *locks*, by a cell like ``read``; None: not understood."""
        text = _REMARK.sub("", text).strip().rstrip(":,").lower()
        if not text:
            return Needs()
        if _whole(self._table.yes, text):
            return _of(locks, "either")
        if _whole(self._table.no, text):
            return _of(locks, "none")
        maybe = self._maybe.match(text)
        mode = self._phrases.mode_of(text[maybe.end() :].strip("- ") if maybe else text)
        if maybe and not text[maybe.end() :].strip("- "):
            mode = "either"
        if mode is None:
            return None
        needs = _of(locks, mode)
        return Needs((*needs.cases, *_of(locks, "none").cases)) if maybe else needs

    def modes(self, text: str) -> frozenset[Mode] | None:
        """The ways in which a lock is held in a state: ``-/R`` is without it, or for reading."""
        found: set[Mode] = set()
        for part in text.replace("\\", "").split("/"):
            word = part.strip()
            mode = self._table.modes.get(word)
            if mode is not None:
                found.add(mode)  # type: ignore[arg-type]
            elif _whole(self._table.none, word):
                found.add("none")
            else:
                return None
        return frozenset(found)

    def is_exclusion(self, title: str) -> bool:
        """Whether a table of this title tells which ways of holding a lock exclude others."""
        return _whole(self._table.exclusion, title) is not None

    def allowed(self, text: str) -> bool | None:
        """Whether a cell says yes."""
        word = text.strip()
        if _whole(self._table.yes, word):
            return True
        return False if _whole(self._table.no, word) else None


def _of(locks: Sequence[str], mode: Mode) -> Needs:
    return Needs(((tuple(Need(lock, mode) for lock in locks),),))


def _whole(patterns: Iterable[str], text: str) -> re.Match[str] | None:
    for pattern in patterns:
        match = re.fullmatch(pattern, text, re.IGNORECASE)
        if match:
            return match
    return None
