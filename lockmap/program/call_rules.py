"""What ``queries/calls.toml`` says of calls."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import msgspec

from lockmap.data import load_toml, queries_dir
from lockmap.errors import DataError

_FIELD = re.compile(r"\w+\.\w+\Z")
ARGUMENT_FORM = re.compile(r"\w+:\d{1,2}\Z")
"""Of ``function:N``."""


class Deferred(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Functions that run later and elsewhere."""

    kind: str
    fields: tuple[str, ...] = ()
    """``struct.member``."""
    arguments: tuple[str, ...] = ()
    """``function:N``."""


class Hook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Macros that call what stands in the member that their argument names."""

    macros: tuple[str, ...]
    argument: int
    struct: str
    puts: tuple[str, ...] = ()
    """Macros that put a function in the member that their first argument names."""


class Bracket(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Members of one object that are called one after the other."""

    struct: str
    opens: str
    """The member that is called first: what it returns holding …"""
    inside: tuple[str, ...]
    """… these are called with."""


class Ways(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which ways to a function count as evidence that it may run there."""

    most: float
    """What a way may weigh: see lockmap.locks.ways."""
    prefer: tuple[str, ...] = ()
    """Architectures whose ways are taken before those of others."""


class CallRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file as a whole."""

    ways: Ways

    deferred: tuple[Deferred, ...] = ()
    hook: tuple[Hook, ...] = ()
    bracket: tuple[Bracket, ...] = ()
    exports: tuple[str, ...] = ()
    """Macros that name a function only for others to call it by its name."""

    def deferred_fields(self) -> dict[tuple[str, str], str]:
        """(struct, member) → kind."""
        pairs = ((f.partition("."), d.kind) for d in self.deferred for f in d.fields)
        return {(struct, member): kind for (struct, _, member), kind in pairs}

    def deferred_arguments(self) -> dict[tuple[str, int], str]:
        """(function, argument) → kind."""
        pairs = ((a.partition(":"), d.kind) for d in self.deferred for a in d.arguments)
        return {(name, int(number)): kind for (name, _, number), kind in pairs}


@cache
def load_call_rules() -> CallRules:
    """``queries/calls.toml``.  Raises DataError when it is not valid."""
    path = queries_dir() / "calls.toml"
    rules = load_toml(path, CallRules)
    _check(path.name, "fields", _FIELD, (f for d in rules.deferred for f in d.fields))
    _check(path.name, "arguments", ARGUMENT_FORM, (a for d in rules.deferred for a in d.arguments))
    return rules


def _check(file: str, key: str, pattern: re.Pattern[str], values: Iterable[str]) -> None:
    for value in values:
        if pattern.match(value) is None:
            raise DataError(
                f"{file}: deferred.{key}: {value!r} is not of the form that the file explains"
            )
