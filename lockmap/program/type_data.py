"""What ``queries/types.toml`` says of types and modes that no definition in a tree can tell."""

from __future__ import annotations

from functools import cache

import msgspec

from lockmap.data import load_toml, queries_dir


class TypeData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of ``types.toml``."""

    unevaluated: frozenset[str]
    """Functions that do not evaluate their arguments."""
    selectors: frozenset[str]
    """Functions that do not evaluate their first argument."""
    undefined: frozenset[str]
    """Macros that no compiler of a kernel has defined."""
    member_groups: frozenset[str]
    """Macros in a struct definition whose arguments are members."""
    value: dict[str, int]
    """Function → the argument that has the type of its value."""


@cache
def load_type_data() -> TypeData:
    """The data.  Raises DataError when it is not valid."""
    return load_toml(queries_dir() / "types.toml", TypeData)


@cache
def load_globals() -> dict[str, str]:
    """Types of names (``f()``: of what ``f`` returns) that no declaration in a tree tells."""
    return load_toml(queries_dir() / "globals.toml", dict[str, dict[str, str]])["type"]
