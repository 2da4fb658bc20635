"""Where the documented rules of a map come from.

A map of this schema holds none; a reader of a later one is put here.
"""

from __future__ import annotations

from lockmap.map.read import Map
from lockmap.site.documented import Documented


def read_documented(opened: Map) -> tuple[Documented, ...]:
    """The documented rules that the map holds."""
    del opened
    return ()
