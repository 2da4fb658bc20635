"""What ``queries/entries.toml`` says: where code is entered, and whether that is under a lock."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Literal

import msgspec

from lockmap.data import load_toml, queries_dir
from lockmap.errors import DataError
from lockmap.program.call_rules import ARGUMENT_FORM, CallRules, load_call_rules

Under = Literal["never", "may"]

_FIELD = re.compile(r"\w+(?:\.\w+)*\.(?:\w+|\*)\Z")
_MACRO = re.compile(r"[A-Za-z_]\w*\Z")


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of entry point, and how it is recognised."""

    kind: str
    under: Under
    """Whether it may be called with an address-space lock held."""
    deferred: str = ""
    """The kind of ``calls.toml`` whose fields and arguments are of this one too."""
    fields: tuple[str, ...] = ()
    """``struct.member`` or ``struct.*``."""
    arguments: tuple[str, ...] = ()
    """``function:N``."""
    macros: tuple[str, ...] = ()
    """What stands at the head of such a function."""
    named: str = ""
    """A pattern of names …"""
    word: str = ""
    """… of functions whose head has this word."""


class EntryData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file as a whole; ``deferred`` is resolved."""

    entry: tuple[Entry, ...] = ()

    def fields(self) -> dict[tuple[str, str], int]:
        """(struct, member or ``*``) → number of the entry; the first that names it."""
        found: dict[tuple[str, str], int] = {}
        for number, entry in enumerate(self.entry):
            for text in entry.fields:
                struct, _, member = text.rpartition(".")
                found.setdefault((struct, member), number)
        return found

    def arguments(self) -> dict[tuple[str, int], int]:
        """(function, argument) → number of the entry."""
        found: dict[tuple[str, int], int] = {}
        for number, entry in enumerate(self.entry):
            for text in entry.arguments:
                name, _, position = text.partition(":")
                found.setdefault((name, int(position)), number)
        return found

    def macros(self) -> dict[str, int]:
        """Macro at the head of a function → number of the entry."""
        return {name: n for n, entry in enumerate(self.entry) for name in entry.macros}


@cache
def load_entries() -> EntryData:
    """``queries/entries.toml``.  Raises DataError when it is not valid."""
    path = queries_dir() / "entries.toml"
    return checked(load_toml(path, EntryData), path.name, load_call_rules())


def checked(data: EntryData, file: str, rules: CallRules) -> EntryData:
    """*data* with what ``deferred`` refers to.  Raises DataError naming *file* and the key."""
    deferred = {row.kind: row for row in rules.deferred}
    done: list[Entry] = []
    for number, entry in enumerate(data.entry):
        at = f"{file}: entry[{number}]"
        _check(f"{at}.fields", _FIELD, entry.fields)
        _check(f"{at}.arguments", ARGUMENT_FORM, entry.arguments)
        _check(f"{at}.macros", _MACRO, entry.macros)
        for key in ("named", "word"):
            _check_pattern(f"{at}.{key}", getattr(entry, key))
        if bool(entry.named) != bool(entry.word):
            raise DataError(f"{at}.named: `named` and `word` go together")
        if any(entry.kind == other.kind for other in done):
            raise DataError(f"{at}.kind: {entry.kind!r} is there twice")
        if entry.deferred:
            if entry.deferred not in deferred:
                raise DataError(f"{at}.deferred: calls.toml has no kind {entry.deferred!r}")
            row = deferred[entry.deferred]
            fields, arguments = row.fields + entry.fields, row.arguments + entry.arguments
            entry = msgspec.structs.replace(entry, fields=fields, arguments=arguments)  # noqa: PLW2901
        done.append(entry)
    return EntryData(tuple(done))


def _check(key: str, pattern: re.Pattern[str], values: Iterable[str]) -> None:
    for value in values:
        if pattern.match(value) is None:
            raise DataError(f"{key}: {value!r} is not of the form that the file explains")


def _check_pattern(key: str, text: str) -> None:
    try:
        re.compile(text.encode())
    except re.error as error:
        raise DataError(f"{key}: not a pattern: {text!r}: {error}") from error
