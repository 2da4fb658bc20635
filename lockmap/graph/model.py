"""Nodes and edges, their kinds and names; documented in docs/reference/graph.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from lockmap.tree.source import printable

if TYPE_CHECKING:
    import networkx as nx

NodeKind = Literal["lock", "section", "function", "member", "field", "file"]
EdgeKind = Literal[
    "defines",
    "opens",
    "locks",
    "operates",
    "waits",
    "may_fault",
    "contract",
    "runs_under",
    "reaches",
    "calls",
    "puts",
    "accesses",
    "protected_by",
]
NODE_KINDS: tuple[NodeKind, ...] = get_args(NodeKind)
EDGE_KINDS: tuple[EdgeKind, ...] = get_args(EdgeKind)

Attributes = dict[str, str | int]
"""All that GraphML takes."""


@dataclass(slots=True)
class Graph:
    """A directed graph with several edges between two nodes, in the order they were added.

    Texts are as lockmap shows them: whatever could steer a terminal is escaped.
    """

    nodes: dict[str, Attributes] = field(default_factory=dict)
    edges: list[tuple[str, str, Attributes]] = field(default_factory=list)
    about: Attributes = field(default_factory=dict)
    """Of which kernel, which locks, what was asked."""
    left_out: dict[str, int] = field(default_factory=dict)
    """What was left out, in words, and how much of it."""
    _known: set[tuple[str, str, tuple[tuple[str, str | int], ...]]] = field(default_factory=set)

    def node(self, kind: NodeKind, name: str, **attributes: str | int) -> str:
        """Add a node if it is new; its name in the graph, ``KIND:NAME``."""
        identity = _text(f"{kind}:{name}")
        if identity not in self.nodes:
            self.nodes[identity] = {"kind": kind, **_shown(attributes)}
        return identity

    def edge(self, kind: EdgeKind, source: str, target: str, **attributes: str | int) -> None:
        """Add an edge between nodes of the graph, unless the very same is there."""
        told: Attributes = {"kind": kind, **_shown(attributes)}
        same = (source, target, tuple(told.items()))
        if same not in self._known:
            self._known.add(same)
            self.edges.append((source, target, told))

    def networkx(self) -> nx.MultiDiGraph:
        """The same as a networkx graph."""
        import networkx  # noqa: PLC0415 (only where it is needed: it takes long to load)

        graph = networkx.MultiDiGraph(**self.about)
        graph.add_nodes_from((name, dict(attributes)) for name, attributes in self.nodes.items())
        graph.add_edges_from((s, t, dict(attributes)) for s, t, attributes in self.edges)
        return graph


def _shown(attributes: Mapping[str, str | int]) -> Attributes:
    return {n: _text(v) if isinstance(v, str) else v for n, v in attributes.items()}


def _text(text: str) -> str:
    return text if text.isprintable() else printable(text)
