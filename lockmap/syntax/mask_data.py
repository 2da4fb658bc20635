"""What is masked, as data: the schema of ``queries/syntax/masks.toml``."""

from __future__ import annotations

import re

import msgspec

from lockmap.data import load_toml, queries_dir
from lockmap.errors import DataError


class Definer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A macro that defines a function named by one of its arguments, the first."""

    macro: str
    pairs: bool
    """Parameters come as type, name, type, name."""
    prefix: str
    """What the macro puts before the name."""


class MaskData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``queries/syntax/masks.toml``; what each key means is said there."""

    weak_words: tuple[str, ...]
    init_words: tuple[str, ...]
    attribute_words: tuple[str, ...]
    attribute_calls: tuple[str, ...]
    loop_macros: str
    loop_tails: str
    grammar_words: tuple[str, ...]
    guard_statements: tuple[str, ...]
    guard_blocks: tuple[str, ...]
    guard_classes: tuple[str, ...]
    type_words: tuple[str, ...]
    type_macros: tuple[str, ...]
    array_macros: tuple[str, ...]
    definer: tuple[Definer, ...]


def load_mask_data() -> MaskData:
    """Read the file.  Raises DataError naming it when it or a pattern in it is not valid."""
    path = queries_dir() / "syntax" / "masks.toml"
    data = load_toml(path, MaskData)
    for pattern in (data.loop_macros, data.loop_tails, *(d.macro for d in data.definer)):
        try:
            re.compile(pattern.encode())
        except re.error as error:
            raise DataError(f"{path}: not a pattern: {pattern!r}: {error}") from error
    return data
