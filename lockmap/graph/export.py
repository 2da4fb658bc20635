"""A graph as text: GraphML, node-link JSON, DOT; safe whatever its names are."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from lockmap.graph.model import Attributes, EdgeKind, Graph, NodeKind

GraphFormat = Literal["json", "graphml", "dot"]


def lines(graph: Graph, form: GraphFormat) -> Iterator[str]:
    """The text of *graph*, a line at a time, each with its end."""
    return _FORMS[form](graph)


def _json(graph: Graph) -> Iterator[str]:
    """What ``networkx.node_link_graph(data, edges="edges")`` reads, a node or edge a line."""
    about = _object(graph.about)
    yield f'{{"directed": true, "multigraph": true, "graph": {about},\n"nodes": ['
    yield from _rows({"id": name, **attributes} for name, attributes in graph.nodes.items())
    yield '\n],\n"edges": ['
    between: Counter[tuple[str, str]] = Counter()

    def edges() -> Iterator[Attributes]:
        for source, target, attributes in graph.edges:
            key = between[source, target]
            between[source, target] += 1
            yield {"source": source, "target": target, "key": key, **attributes}

    yield from _rows(edges())
    yield "\n]}\n"


def _rows(rows: Iterator[Attributes]) -> Iterator[str]:
    before = "\n"
    for row in rows:
        yield before + _object(row)
        before = ",\n"


_ENCODE = msgspec.json.Encoder().encode


def _object(row: Attributes) -> str:
    text = _ENCODE(row).decode()
    # What is not ASCII is escaped, whatever the encoding of standard output.
    return text if text.isascii() else json.dumps(row, separators=(",", ":"))


def _graphml(graph: Graph) -> Iterator[str]:
    import networkx  # noqa: PLC0415 (only where it is needed: it takes long to load)

    stream = io.BytesIO()
    networkx.write_graphml_xml(graph.networkx(), stream)
    stream.seek(0)
    for line in stream:
        yield line.decode("utf-8")
    yield "\n"


_SHAPES: dict[NodeKind, str] = {
    "lock": "doubleoctagon",
    "section": "component",
    "function": "box",
    "member": "cds",
    "field": "ellipse",
    "file": "folder",
}
_STYLES: dict[EdgeKind, str] = {
    "defines": "dotted",
    "runs_under": "dashed",
    "protected_by": "bold",
    "waits": "bold",
}


def _dot(graph: Graph) -> Iterator[str]:
    yield "digraph lockmap {\n"
    for name, value in graph.about.items():
        yield f"  {_quoted(name)}={_quoted(value)};\n"
    yield "  rankdir=LR;\n"
    for name, attributes in graph.nodes.items():
        kind = attributes["kind"]
        told = {**attributes, "shape": next(s for k, s in _SHAPES.items() if k == kind)}
        yield f"  {_quoted(name)} [{_attributes(told)}];\n"
    for source, target, attributes in graph.edges:
        kind = attributes["kind"]
        style = next((s for k, s in _STYLES.items() if k == kind), "solid")
        told = {**attributes, "label": str(kind), "style": style}
        yield f"  {_quoted(source)} -> {_quoted(target)} [{_attributes(told)}];\n"
    yield "}\n"


def _attributes(attributes: Attributes) -> str:
    return ", ".join(f"{name}={_quoted(value)}" for name, value in attributes.items())


def _quoted(value: str | int) -> str:
    """A quoted string of DOT: a backslash and a quote are escaped, and nothing else is special."""
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_FORMS: dict[GraphFormat, Callable[[Graph], Iterator[str]]] = {
    "json": _json,
    "graphml": _graphml,
    "dot": _dot,
}
FORMATS: tuple[GraphFormat, ...] = tuple(_FORMS)
