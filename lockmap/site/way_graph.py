"""How the lock gets into a folder: the ways to its nearest callbacks, as one graph."""

from __future__ import annotations

from markupsafe import Markup

from lockmap.map.read_ways import Way
from lockmap.site.book import Book
from lockmap.site.folders import Folder
from lockmap.site.graphs import Edge, Node, layered
from lockmap.site.links import Links

_MOST_WAYS, _MOST_NODES = 8, 28


def way_graph(book: Book, folder: Folder, links: Links) -> Markup:
    """The picture; empty where there is no way."""
    nodes: dict[str, Node] = {}
    edges: dict[tuple[str, str], Edge] = {}
    for member in folder.members[:_MOST_WAYS]:
        if member.way is None or len(nodes) + len(member.way.steps) > _MOST_NODES:
            continue
        last = book.tables.functions[member.callbacks[0].put.function]
        _add(book, member.way, last.file, links, nodes, edges)
    if not edges:
        return Markup("")
    title = f"Ways of {book.tables.lock} to callbacks of {folder.path}"
    return layered(title, list(nodes.values()), list(edges.values()))


def _add(
    book: Book,
    way: Way,
    last: str,
    links: Links,
    nodes: dict[str, Node],
    edges: dict[tuple[str, str], Edge],
) -> None:
    calls = way.steps[1:]
    for at, step in enumerate(calls):
        file = calls[at + 1].file if at + 1 < len(calls) else last
        ends = ((step.file, step.caller), (file, step.function))
        for place, kind in zip(
            ends, ("take" if not at else "", "" if at + 1 < len(calls) else "end"), strict=True
        ):
            name = ":".join(place)
            if name not in nodes or (kind and not nodes[name].kind):
                target = book.catalog.by_place.get(place)
                url = links.url(*target) if target else _source(links, place[0], step.line)
                nodes[name] = Node(name, place[1], url, kind, f"{place[1]} ({place[0]})")
        source, target_name = (":".join(end) for end in ends)
        edges.setdefault(
            (source, target_name),
            Edge(
                *(source, target_name, _source(links, step.file, step.line)),
                "call" if step.how == "call" else "pointer",
                f"{step.how} at {step.file}:{step.line}",
            ),
        )


def _source(links: Links, file: str, line: int) -> str:
    page = links.catalog.shown.page(file, line)
    return links.url(page, f"L{line}") if page else ""
