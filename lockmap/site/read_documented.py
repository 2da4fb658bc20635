"""Where the documented rules of a map come from."""

from __future__ import annotations

from lockmap.map.read import Map
from lockmap.site.documented import Documented


def read_documented(opened: Map) -> tuple[Documented, ...]:
    """The documented rules that the map holds; none where it has no such table."""
    reader = getattr(opened, "documented", None)
    return tuple(reader()) if reader is not None else ()
