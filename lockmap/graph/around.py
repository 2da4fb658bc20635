"""The part of the graph around one node."""

from __future__ import annotations

import re
from collections import defaultdict

from lockmap.ask.names import did_you_mean, functions_near, near
from lockmap.errors import NotFoundError
from lockmap.graph.links import Links
from lockmap.graph.model import NODE_KINDS, Graph
from lockmap.map.filters import EVERYTHING, Filter
from lockmap.map.read import Map
from lockmap.map.read_functions import FunctionPlace, read_places
from lockmap.map.read_links import read_near

_ORDER: dict[str | int, int] = {kind: place for place, kind in enumerate(NODE_KINDS)}
"""Of nodes that are equally near, which are kept first."""
_HUBS = frozenset({"lock", "file"})
"""Everything is near them: they are shown, but no way leads through them."""


def around(
    opened: Map, locks: tuple[str, ...], node: str, radius: int, *, most: int = 0, distance: int = 1
) -> Graph:
    """The nodes up to *radius* edges, in either direction, from those that *node* names.

    *node*: a node's own name (``function:mm/mmap.c:974:find_vma``); a lock; a file; a field
    or member, ``STRUCT.FIELD``; a function, ``NAME`` or ``FILE:NAME``; a section's id.
    *most*: so many nodes at most, the nearest; 0: all.  *distance*: around a lock, the
    functions so many calls from where it is taken.  Raises ``NotFoundError``.
    """
    links = Links(opened, Graph(), locks)
    start = _start(links, node)
    frontier, seen = list(start), set(start)
    for _ in range(radius):
        _expand(links, frontier, start, distance)
        found = _distances(links.graph, start, radius)
        frontier = [name for name in found if name not in seen]
        if most and len(seen) + len(frontier) > most:
            frontier = frontier[: max(most - len(seen), 0)]
        seen.update(frontier)
        if not frontier:
            break
    return _cut(links.graph, start, radius, most)


def _start(links: Links, node: str) -> list[str]:
    """The nodes that are meant, added to the graph."""
    kind, _, name = node.partition(":")
    if kind in NODE_KINDS and name:
        found = _of_kind(links, kind, name)
    else:
        # A field may be a member too; else what is found first is meant.
        meant = (("lock",), ("file",), ("field", "member"), ("section",), ("function",))
        tries = ([n for kind in kinds for n in _of_kind(links, kind, node)] for kinds in meant)
        found = next((nodes for nodes in tries if nodes), [])
    if not found:
        raise NotFoundError(f"the map has no {node}", _hint(links.opened, node))
    return found


def _of_kind(links: Links, kind: str, name: str) -> list[str]:
    opened, graph = links.opened, links.graph
    struct, _, field = name.rpartition(".")
    if kind == "lock" and name in links.locks:
        return [graph.node("lock", name, label=name)]
    if kind == "file" and opened.select("SELECT 1 FROM path WHERE path = ?", (int,), (name,)):
        return [graph.node("file", name, label=name)]
    if kind in {"field", "member"} and struct:
        table = "rule" if kind == "field" else "member"
        sql = f"SELECT 1 FROM {table} WHERE struct = ? AND field = ?"
        if opened.select(sql, (int,), (struct, field)):
            return [links.field(struct, field) if kind == "field" else links.member(name)]
    if kind == "section":
        wanted = Filter(path=name.partition(":")[0])
        sections = [s for s in opened.sections(wanted) if s.id == name and s.lock in links.locks]
        links.operations((), (), sections)
        return [f"section:{section.id}" for section in sections]
    if kind == "function":
        return [links.functions.node(graph, place) for place in _functions(opened, name)]
    return []


_FUNCTION = re.compile(r"(?:(?P<file>[^:]+):(?:(?P<line>\d{1,9}):)?)?(?P<name>[^:]+)")


def _functions(opened: Map, name: str) -> list[FunctionPlace]:
    """``NAME``, ``FILE:NAME`` or ``FILE:LINE:NAME``."""
    match = _FUNCTION.fullmatch(name)
    if match is None:
        return []
    places = read_places(opened.select, match["name"], match["file"] or "")
    return [place for place in places if place.line == int(match["line"] or place.line)]


def _hint(opened: Map, node: str) -> str:
    if "." in node and "/" not in node:
        names = {f"{s}.{f}" for s, f in opened.select("SELECT struct, field FROM rule", (str, str))}
        return did_you_mean(near(node, names), "name a lock, a file, STRUCT.FIELD or a function")
    close = [*near(node, opened.locks()), *functions_near(opened, node)]
    return did_you_mean(close[:3], "name a lock, a file, STRUCT.FIELD or a function")


def _expand(links: Links, names: list[str], start: list[str], distance: int) -> None:
    """Add all edges at the nodes of these names."""
    graph = links.graph
    places = []
    for name in names:
        kind, attributes = graph.nodes[name]["kind"], graph.nodes[name]
        if kind == "function":
            places.append(links.functions.places[name])
        elif kind == "field":
            links.at_field(str(attributes["struct"]), str(attributes["field"]))
        elif kind == "member":
            links.at_member(str(attributes["struct"]), str(attributes["field"]))
        elif kind == "lock" and name in start:
            _expand_lock(links, str(attributes["label"]), distance)
        elif kind == "file" and name in start:
            for place in read_places(links.opened.select, "*", str(attributes["label"])):
                links.defines(place)
        elif kind == "section":
            file = str(attributes["file"])
            sections = [
                s
                for s in links.opened.sections(Filter(path=file))
                if s.acquire_line == attributes["line"] and s.lock in links.locks
            ]
            links.operations((), (), sections)
    if places:
        links.at_functions(places)


def _expand_lock(links: Links, lock: str, distance: int) -> None:
    opened = links.opened
    wanted = Filter(lock=lock)
    links.operations(opened.sites(wanted), opened.contracts(wanted), opened.sections(wanted))
    links.protects(EVERYTHING)
    keys, _ = read_near(opened.select, lock, distance)
    links.functions.load_keys(keys)
    found = (links.functions.of_key(key) for key in sorted(keys))
    places = [place for place in found if place is not None]
    links.at_functions(places, callees=False, distance=distance)


def _distances(graph: Graph, start: list[str], radius: int) -> dict[str, int]:
    """The nodes within *radius* of the start, nearest first, and how far they are."""
    beside: dict[str, set[str]] = defaultdict(set)
    for source, target, _ in graph.edges:
        beside[source].add(target)
        beside[target].add(source)
    found = dict.fromkeys(start, 0)
    frontier = list(start)
    for step in range(1, radius + 1):
        reached = {
            other
            for name in frontier
            if graph.nodes[name]["kind"] not in _HUBS or name in start
            for other in beside[name]
        }
        frontier = sorted(
            reached - found.keys(), key=lambda name: (_ORDER[graph.nodes[name]["kind"]], name)
        )
        found |= dict.fromkeys(frontier, step)
    return found


def _cut(graph: Graph, start: list[str], radius: int, most: int) -> Graph:
    """What is within the radius, the nearest nodes if there are too many."""
    near_first = list(_distances(graph, start, radius))
    kept = dict.fromkeys(near_first[:most] if most else near_first)
    found = Graph(
        {name: graph.nodes[name] for name in kept},
        [edge for edge in graph.edges if edge[0] in kept and edge[1] in kept],
    )
    if len(kept) < len(near_first):
        found.left_out[f"nodes of those within {radius} edges"] = len(near_first) - len(kept)
    return found
