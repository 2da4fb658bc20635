"""GraphML, JSON and DOT: other programs read the same graph, whatever its names are."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET

import networkx
import pytest

from lockmap.graph.ask import graph_of
from lockmap.graph.export import FORMATS, GraphFormat, lines
from lockmap.graph.model import Graph
from lockmap.map.read import Map

EVIL = (
    '\x1b[2J\x07\x00\n\u202e\u2028\ufffe"\\"; rm -rf /; <!-- ]]> & </data> \\N \\G é \U0001f512 {}'
)


@pytest.fixture
def hostile() -> Graph:
    """A graph whose every text is hostile."""
    graph = Graph(about={"kernel": "6.12", "left_out": "none"})
    file = graph.node("file", EVIL, label=EVIL)
    function = graph.node("function", EVIL, label=EVIL, file=EVIL, line=-(2**62))
    graph.edge("defines", file, function)
    graph.edge("contract", function, file, text=EVIL)
    graph.edge("contract", function, file, text=f"{EVIL}{EVIL}")
    return graph


def text(graph: Graph, form: GraphFormat) -> str:
    return "".join(lines(graph, form))


def same(one: networkx.MultiDiGraph, other: networkx.MultiDiGraph) -> bool:
    def rows(graph: networkx.MultiDiGraph) -> tuple[object, object]:
        return (
            sorted((name, sorted(told.items())) for name, told in graph.nodes(data=True)),
            sorted((s, t, sorted(map(str, told.items()))) for s, t, told in graph.edges(data=True)),
        )

    return rows(one) == rows(other)


def test_json_is_what_networkx_writes(opened: Map, hostile: Graph) -> None:
    for graph in (graph_of(opened, locks=("mmap_lock",)), hostile, Graph()):
        read = json.loads(text(graph, "json"))
        written = networkx.node_link_data(graph.networkx(), edges="edges")
        for data in (read, written):
            data["edges"].sort(key=lambda edge: (edge["source"], edge["target"], edge["key"]))
        assert read == written
        assert same(networkx.node_link_graph(read, edges="edges"), graph.networkx())


def test_graphml_comes_back_as_it_was(opened: Map, hostile: Graph) -> None:
    for graph in (graph_of(opened, locks=("mmap_lock",)), hostile):
        read = networkx.read_graphml(
            io.BytesIO(text(graph, "graphml").encode()), force_multigraph=True
        )
        assert same(read, graph.networkx())


def test_graphml_is_sound_xml(hostile: Graph) -> None:
    root = ET.fromstring(text(hostile, "graphml"))
    assert root.tag.endswith("}graphml")


_STRING = r'"(?:[^"\\]|\\.)*"'
_ATTRIBUTES = rf"\[[a-z_]+={_STRING}(?:, [a-z_]+={_STRING})*\]"
_STATEMENT = re.compile(
    rf"  (?:{_STRING}={_STRING}|rankdir=LR|{_STRING}(?: -> {_STRING})? {_ATTRIBUTES});"
)


def test_dot_is_nothing_but_quoted_strings(opened: Map, hostile: Graph) -> None:
    for graph in (graph_of(opened, locks=("mmap_lock",)), hostile):
        first, *statements, last = text(graph, "dot").splitlines()
        assert (first, last) == ("digraph lockmap {", "}")
        assert len(statements) == len(graph.nodes) + len(graph.edges) + len(graph.about) + 1
        for statement in statements:
            assert _STATEMENT.fullmatch(statement), statement


@pytest.mark.parametrize("form", FORMATS)
def test_no_text_steers_a_terminal(hostile: Graph, form: GraphFormat) -> None:
    assert all(char.isprintable() or char == "\n" for char in text(hostile, form))


def test_names_of_a_graph_are_escaped(hostile: Graph) -> None:
    assert all(name.isprintable() for name in hostile.nodes)
    assert all(str(value).isprintable() for *_, told in hostile.edges for value in told.values())
