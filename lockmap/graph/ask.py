"""One entrance to graphs: of a whole map, or around a node."""

from __future__ import annotations

from lockmap.graph.around import around
from lockmap.graph.model import Graph
from lockmap.graph.whole import whole
from lockmap.map.read import Map
from lockmap.tree.source import printable

DISTANCE, DISTANCE_AROUND, RADIUS, MOST = 3, 1, 1, 5000
"""What is asked for where nothing is said."""


def graph_of(
    opened: Map,
    *,
    locks: tuple[str, ...],
    node: str | None = None,
    radius: int = RADIUS,
    most: int = MOST,
    distance: int | None = None,
) -> Graph:
    """The graph around *node* (see ``lockmap.graph.around``), or that of the whole map.

    *distance*: of the whole map, or around a lock, the functions up to so many calls from where
    a lock is taken.  *most*: so many nodes at most around a node; 0: all.
    Raises ``NotFoundError`` where there is no such node.
    """
    meta = opened.meta()
    if node is None:
        far = DISTANCE if distance is None else distance
        found = whole(opened, locks, far)
        asked: dict[str, str | int] = {"distance": far}
    else:
        far = DISTANCE_AROUND if distance is None else distance
        found = around(opened, locks, node, radius, most=most, distance=far)
        asked = {"around": printable(node), "radius": radius}
    kernel, names = printable(meta.get("kernel", "")), printable(" ".join(locks))
    found.about = {"kernel": kernel, "locks": names, **asked}
    if found.left_out:
        found.about["left_out"] = "; ".join(f"{n} {what}" for what, n in found.left_out.items())
    return found
