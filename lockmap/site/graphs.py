"""Small graphs as SVG with nodes to click: in layers from left to right, or in a circle."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
from markupsafe import Markup

from lockmap.escape import visible
from lockmap.site.html import safe

_CHARACTER, _HEIGHT, _GAP_X, _GAP_Y, _MARGIN = 7.3, 28, 70, 14, 12
"""Pixels: width of a character, height of a node, between layers, between nodes, around all."""
_LONGEST = 34
_SWEEPS = 4


@dataclass(frozen=True, slots=True)
class Node:
    """A box."""

    id: str
    label: str
    url: str
    kind: str
    """A class: ``lock``, ``function``, ``take``."""
    title: str


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow from a node to another."""

    source: str
    target: str
    url: str
    kind: str
    """A class: ``call``, ``pointer``."""
    title: str


@dataclass(frozen=True, slots=True)
class Box:
    """Where a node stands: its left upper corner and its size."""

    x: float
    y: float
    width: float
    height: float = _HEIGHT


def layered(title: str, nodes: Sequence[Node], edges: Sequence[Edge]) -> Markup:
    """What leads to what, from left to right."""
    graph: nx.DiGraph = nx.DiGraph()
    graph.add_nodes_from(node.id for node in nodes)
    graph.add_edges_from((e.source, e.target) for e in edges if e.source != e.target)
    columns = _ordered(graph, _layers(graph))
    by_id = {node.id: node for node in nodes}
    boxes: dict[str, Box] = {}
    x = float(_MARGIN)
    tallest = max((len(column) for column in columns), default=0)
    for column in columns:
        width = max(_width(by_id[name]) for name in column)
        # The middle of each column on one line.
        top = _MARGIN + (tallest - len(column)) * (_HEIGHT + _GAP_Y) / 2
        for row, name in enumerate(column):
            boxes[name] = Box(x, top + row * (_HEIGHT + _GAP_Y), _width(by_id[name]))
        x += width + _GAP_X
    size = (x - _GAP_X + _MARGIN, 2 * _MARGIN + tallest * (_HEIGHT + _GAP_Y) - _GAP_Y)
    return _drawn(title, by_id, edges, boxes, size, bend=0.0)


def circle(title: str, nodes: Sequence[Node], edges: Sequence[Edge]) -> Markup:
    """Few nodes, each of which may lead to each."""
    by_id = {node.id: node for node in nodes}
    rx, ry = 230.0, 55.0 + 30.0 * len(nodes)
    widest = max((_width(node) for node in nodes), default=0.0)
    middle = (rx + widest / 2 + _MARGIN, ry + _HEIGHT + _MARGIN)
    boxes = {}
    for at, node in enumerate(nodes):
        turn = 2 * math.pi * at / max(len(nodes), 1) - math.pi / 2
        width = _width(node)
        x, y = middle[0] + rx * math.cos(turn), middle[1] + ry * math.sin(turn)
        boxes[node.id] = Box(x - width / 2, y - _HEIGHT / 2, width)
    return _drawn(title, by_id, edges, boxes, (2 * middle[0], 2 * middle[1]), bend=28.0)


def _layers(graph: nx.DiGraph) -> dict[str, int]:
    """The layer of each node: further right than all that lead to it, loops taken as one."""
    condensed = nx.condensation(graph)
    depth: dict[int, int] = {}
    for component in nx.lexicographical_topological_sort(condensed):
        before = [depth[p] for p in condensed.predecessors(component)]
        depth[component] = max(before, default=-1) + 1
    mapping: dict[str, int] = condensed.graph["mapping"]
    return {name: depth[mapping[name]] for name in graph}


def _ordered(graph: nx.DiGraph, layers: Mapping[str, int]) -> list[list[str]]:
    """The nodes of each layer, so that few edges cross: near to what they hang together with."""
    columns: list[list[str]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for name in graph:
        columns[layers[name]].append(name)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for column in columns if forward else reversed(columns):
            place = {name: row for of in columns for row, name in enumerate(of)}
            near = graph.pred if forward else graph.succ

            def middle(
                name: str, place: Mapping[str, int] = place, near: Mapping[str, object] = near
            ) -> tuple[float, int]:
                rows = [place[other] for other in near[name]]  # type: ignore[attr-defined]
                return (sum(rows) / len(rows) if rows else place[name], place[name])

            column.sort(key=middle)
    return columns


def _width(node: Node) -> float:
    return min(len(visible(node.label)), _LONGEST) * _CHARACTER + 20


def _drawn(
    title: str,
    nodes: Mapping[str, Node],
    edges: Sequence[Edge],
    boxes: Mapping[str, Box],
    size: tuple[float, float],
    bend: float,
) -> Markup:
    arrows = Markup("").join(_arrow(edge, boxes, bend) for edge in edges)
    drawn = Markup("").join(_box(nodes[name], box) for name, box in boxes.items())
    return Markup(
        '<div class="lm-scroll" role="region" tabindex="0" aria-label="{0}">'
        '<svg class="lm-graph" viewBox="0 0 {1:.0f} {2:.0f}" width="{1:.0f}" height="{2:.0f}" '
        'role="group" aria-label="{0}"><defs><marker id="lm-head" viewBox="0 0 8 8" refX="7" '
        'refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0,0L8,4L0,8z"/></marker></defs>{3}{4}</svg></div>'
    ).format(title, *size, arrows, drawn)


def _box(node: Node, box: Box) -> Markup:
    label = visible(node.label)
    shown = label if len(label) <= _LONGEST else f"{label[: _LONGEST - 3]}..."
    inner = Markup(
        '<title>{}</title><rect class="lm-node {}" x="{:.1f}" y="{:.1f}" width="{:.1f}" '
        'height="{:.0f}" rx="5"/><text x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>'
    ).format(
        *(safe(node.title), node.kind, box.x, box.y, box.width, box.height),
        *(box.x + box.width / 2, box.y + 19, shown),
    )
    if not node.url:
        return Markup("<g>{}</g>").format(inner)
    return Markup('<a href="{}">{}</a>').format(node.url, inner)


def _arrow(edge: Edge, boxes: Mapping[str, Box], bend: float) -> Markup:
    """A curve between two boxes; bent aside, so that there and back are two lines."""
    a, b = boxes[edge.source], boxes[edge.target]
    if bend:
        path = _bent(a, b, bend)
    else:
        x1, y1 = a.x + a.width, a.y + a.height / 2
        x2, y2 = b.x, b.y + b.height / 2
        half = max(abs(x2 - x1) / 2, 20.0)
        control = f"{x1 + half:.1f},{y1:.1f} {x2 - half:.1f},{y2:.1f}"
        path = f"M{x1:.1f},{y1:.1f}C{control} {x2:.1f},{y2:.1f}"
    inner = Markup(
        '<title>{}</title><path class="lm-hit" d="{}"/>'
        '<path class="lm-edge {}" d="{}" marker-end="url(#lm-head)"/>'
    ).format(safe(edge.title), path, edge.kind, path)
    if not edge.url:
        return Markup("<g>{}</g>").format(inner)
    return Markup('<a href="{}">{}</a>').format(edge.url, inner)


def _bent(a: Box, b: Box, bend: float) -> str:
    ax, ay = a.x + a.width / 2, a.y + a.height / 2
    bx, by = b.x + b.width / 2, b.y + b.height / 2
    length = math.hypot(bx - ax, by - ay) or 1.0
    mx = (ax + bx) / 2 - (by - ay) / length * bend
    my = (ay + by) / 2 + (bx - ax) / length * bend
    (x1, y1), (x2, y2) = _edge_of(a, mx, my), _edge_of(b, mx, my)
    return f"M{x1:.1f},{y1:.1f}Q{mx:.1f},{my:.1f} {x2:.1f},{y2:.1f}"


def _edge_of(box: Box, x: float, y: float) -> tuple[float, float]:
    """Where the line from the middle of a box to a point leaves the box."""
    cx, cy = box.x + box.width / 2, box.y + box.height / 2
    dx, dy = x - cx, y - cy
    if not dx and not dy:
        return cx, cy
    along = min(
        box.width / 2 / abs(dx) if dx else math.inf, box.height / 2 / abs(dy) if dy else math.inf
    )
    return cx + dx * min(along, 1.0), cy + dy * min(along, 1.0)
