"""What ``queries/documented.toml`` says, with the names that the locks themselves have."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

import msgspec

from lockmap.data import load_toml, queries_dir
from lockmap.documented.needs import Mode
from lockmap.errors import DataError


class LockWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a lock is called: in prose, and in a cell or a list of locks."""

    name: str
    words: tuple[str, ...]
    short: tuple[str, ...] = ()


class SeveralWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What several locks are called together."""

    words: tuple[str, ...]
    locks: tuple[str, ...]
    short: tuple[str, ...] = ()


class Homonym(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that mean another lock near a pattern."""

    words: tuple[str, ...]
    near: str


class Other(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Locks without a specification."""

    patterns: tuple[str, ...]


class Modes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words for how a lock is held."""

    read: tuple[str, ...]
    write: tuple[str, ...]
    either: tuple[str, ...]


class FunctionPhrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Patterns of what is said of functions."""

    held: tuple[str, ...]
    free: tuple[str, ...]
    takes: tuple[str, ...]
    effects: tuple[str, ...]


class MemberPhrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Patterns of what is said of members."""

    protected: tuple[str, ...]
    written: tuple[str, ...]
    read: tuple[str, ...]
    protects: str
    once: tuple[str, ...]
    group: tuple[str, ...]


class Caution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that make a sentence say something else."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    harmless: tuple[str, ...]
    words_after: int


class TableWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Heads of columns and cells of tables."""

    field: tuple[str, ...]
    write: tuple[str, ...]
    read: tuple[str, ...]
    lock: tuple[str, ...]
    state: tuple[str, ...]
    allowed_read: tuple[str, ...]
    allowed_write: tuple[str, ...]
    allowed_other: tuple[str, ...]
    callback: tuple[str, ...]
    once: tuple[str, ...]
    never: tuple[str, ...]
    left: tuple[str, ...]
    none: tuple[str, ...]
    yes: tuple[str, ...]
    no: tuple[str, ...]
    maybe: str
    modes: dict[str, str]
    case: tuple[str, ...]
    exclusion: tuple[str, ...]
    struct: str


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a list is about, by its words."""

    words: tuple[str, ...]
    struct: str


class ListWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that lead a list of locks."""

    read: tuple[str, ...]
    write: tuple[str, ...]
    any: tuple[str, ...]
    item: str
    about: tuple[About, ...]


class Annotation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What annotations of these names say."""

    names: tuple[str, ...]
    says: Literal["held", "free", "protected"]
    mode: Mode


class DocumentedData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of ``documented.toml``."""

    documents: tuple[str, ...]
    max_document: int
    lock: tuple[LockWords, ...]
    several: tuple[SeveralWords, ...]
    homonym: tuple[Homonym, ...]
    other: Other
    modes: Modes
    function: FunctionPhrases
    member: MemberPhrases
    caution: Caution
    table: TableWords
    list: ListWords
    annotation: tuple[Annotation, ...]


@cache
def load_documented() -> DocumentedData:
    """The data.  Raises DataError when it, a pattern or the name of a lock is not valid."""
    path = queries_dir() / "documented.toml"
    data = load_toml(path, DocumentedData)
    known = {p.stem for p in (queries_dir() / "locks").glob("*.toml")}
    named = [(f"$.lock[{n}].name", lock.name) for n, lock in enumerate(data.lock)]
    named += [
        (f"$.several[{n}].locks", name) for n, s in enumerate(data.several) for name in s.locks
    ]
    for key, name in named:
        if name not in known:
            raise DataError(f"{path}: no such lock {name!r} - at `{key}`")
    for key, patterns in _patterns(data):
        for number, pattern in enumerate(patterns):
            plain = pattern.replace("{lock}", "x").replace("{mode}", "")
            try:
                re.compile(plain)
            except re.error as error:
                raise DataError(f"{path}: not a pattern: {error} - at `{key}[{number}]`") from error
    return data


def _patterns(data: DocumentedData) -> list[tuple[str, tuple[str, ...]]]:
    found = [("$.other.patterns", data.other.patterns)]
    for name, part in (
        ("function", data.function),
        ("member", data.member),
        ("caution", data.caution),
        ("table", data.table),
        ("list", data.list),
    ):
        for key in part.__struct_fields__:
            value = getattr(part, key)
            if isinstance(value, tuple) and all(isinstance(item, str) for item in value):
                found.append((f"$.{name}.{key}", value))
    found += [
        ("$.table.struct", (data.table.struct,)),
        ("$.member.protects", (data.member.protects,)),
        ("$.list.item", (data.list.item,)),
        ("$.homonym.near", tuple(h.near for h in data.homonym)),
    ]
    return found
