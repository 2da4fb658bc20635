"""What ``queries/macros.toml`` says of macros."""

from __future__ import annotations

import re
from functools import cache

import msgspec

from lockmap.data import load_toml, queries_dir
from lockmap.errors import DataError

_NAME = re.compile(r"[A-Za-z_]\w*\Z")


class StandsFor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What some macros are read as."""

    macros: tuple[str, ...]
    text: str
    """``(parameters)`` and what a use stands for."""


class MacroData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file as a whole."""

    stands_for: tuple[StandsFor, ...] = ()


@cache
def load_stand_ins() -> dict[str, bytes]:
    """Macro → the definition that it is read as, ``name(parameters) text``.

    Raises DataError when ``queries/macros.toml`` is not valid.
    """
    path = queries_dir() / "macros.toml"
    found: dict[str, bytes] = {}
    for number, row in enumerate(load_toml(path, MacroData).stands_for):
        if not row.text.startswith("(") or row.text.count("{") != row.text.count("}"):
            message = "must begin with the parameters in parentheses, and have its braces even"
            raise DataError(f"{path}: $.stands_for[{number}].text {message}")
        for name in row.macros:
            if not _NAME.match(name):
                raise DataError(f"{path}: $.stands_for[{number}].macros: {name!r} is no name")
            if name in found:
                raise DataError(f"{path}: $.stands_for[{number}].macros: {name} stands twice")
            found[name] = f"{name}{row.text}".encode()
    return found
