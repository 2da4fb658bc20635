"""The graph of a whole map: what is near the locks."""

from __future__ import annotations

from lockmap.graph.links import Links
from lockmap.graph.model import Graph
from lockmap.map.filters import EVERYTHING, Filter
from lockmap.map.read import Map
from lockmap.map.read_links import read_near


def whole(opened: Map, locks: tuple[str, ...], distance: int) -> Graph:
    """All that works on *locks*, and the functions up to *distance* calls from where one is taken.

    With what these functions access, and the members that they are put in.
    """
    graph = Graph()
    links = Links(opened, graph, locks)
    functions = links.functions
    keys: set[int] = set()
    further = 0
    for lock in locks:
        wanted = Filter(lock=lock)
        links.operations(opened.sites(wanted), opened.contracts(wanted), opened.sections(wanted))
        near, left = read_near(opened.select, lock, distance)
        keys |= near
        further += left
    functions.load_keys(keys)
    for key in sorted(keys):
        place = functions.of_key(key)
        if place is not None:
            functions.node(graph, place)
    links.at_functions(list(functions.places.values()), callees=False, distance=distance)
    links.protects(EVERYTHING)
    _count(opened, graph, further, distance)
    return graph


def _count(opened: Map, graph: Graph, further: int, distance: int) -> None:
    """What was left out."""
    if further:
        graph.left_out[f"functions further than {distance} calls from where a lock is taken"] = (
            further
        )
    ((told,),) = opened.select("SELECT count(*) FROM access WHERE cause = ''", (int,))
    shown = sum(int(a["count"]) for _, _, a in graph.edges if a["kind"] == "accesses")
    if told > shown:
        graph.left_out["accesses by functions that are left out"] = told - shown
