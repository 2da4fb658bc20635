"""What somebody may have meant by a name that is not there."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from lockmap.map.read import Map
from lockmap.map.read_functions import read_names_like, read_names_with, read_places

_AFFIXES = ("sys_{}", "__{}", "_{}", "do_{}", "{}_locked", "__do_{}")
_CUT = ("__x64_sys_", "__se_sys_", "__do_sys_", "SyS_", "sys_", "__", "_")
_SHOWN = 3
_TELLING = 4
"""Letters of a part of a name that are enough to look for it."""


def near(name: str, names: Collection[str]) -> list[str]:
    """Up to three of *names* that are much like *name*."""
    return get_close_matches(name, names, n=_SHOWN)


def functions_near(opened: Map, name: str) -> list[str]:
    """Up to three functions that *name* may mean."""
    stem = next((name.removeprefix(cut) for cut in _CUT if name.startswith(cut)), name)
    tried = dict.fromkeys(
        [stem, *(affix.format(part) for part in (name, stem) for affix in _AFFIXES)]
    )
    same = [other for other in tried if other != name and read_places(opened.select, other)]
    alike = read_names_like(opened.select, name)
    longer = sorted((other for other in alike if other.startswith(name)), key=len)
    found = list(dict.fromkeys([*same, *longer, *near(name, alike)]))
    parts = [part for part in name.split("_") if len(part) >= _TELLING]
    if not found and parts:
        # Another beginning: a scan of all names.
        found = near(name, read_names_with(opened.select, max(parts, key=len)))
    return found[:_SHOWN]


def did_you_mean(names: Collection[str], otherwise: str) -> str:
    """A hint for an error."""
    return f"did you mean {' or '.join(names)}?" if names else otherwise
