"""The graph: which nodes and edges there are, of a whole map and around a node."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from map.sample import CONTEXTS, UNREACHED, make_data, make_tree

from lockmap.errors import NotFoundError
from lockmap.graph.ask import graph_of
from lockmap.graph.model import EDGE_KINDS, NODE_KINDS, Graph
from lockmap.map.read import Map, open_map
from lockmap.map.write import write_map

MMAP = ("mmap_lock",)
GROW = "function:mm/grow.c:2:grow"
HELPER = "function:mm/grow.c:40:helper"
X_FAULT = "function:drivers/x/x.c:7:x_fault"
X_INIT = "function:drivers/x/x.c:20:x_init"
DROP = "function:mm/grow.c:14:drop"


def edges(graph: Graph, kind: str) -> list[tuple[str, str]]:
    return [(source, target) for source, target, told in graph.edges if told["kind"] == kind]


def told(graph: Graph, kind: str, source: str, target: str) -> dict[str, str | int]:
    (found,) = [
        attributes
        for s, t, attributes in graph.edges
        if (s, t, attributes["kind"]) == (source, target, kind)
    ]
    return found


def test_a_way_is_edges_from_function_to_function(opened: Map) -> None:
    graph = graph_of(opened, locks=MMAP)
    assert edges(graph, "reaches") == [(GROW, HELPER), (HELPER, X_FAULT)]
    assert told(graph, "reaches", HELPER, X_FAULT) == {
        "kind": "reaches",
        "lock": "mmap_lock",
        "mode": "write",
        "distance": 2,
        "line": 44,
        "how": "callback ops.fault",
    }
    assert edges(graph, "calls") == [(HELPER, "member:ops.fault")]
    assert ("member:ops.fault", X_FAULT) in edges(graph, "puts")
    assert told(graph, "runs_under", HELPER, "lock:mmap_lock")["must"] == "write"


def test_what_a_function_does_with_the_lock_is_edges_to_it(opened: Map) -> None:
    graph = graph_of(opened, locks=MMAP)
    section = "section:mm/grow.c:4:6:mmap_lock"
    assert (GROW, section) in edges(graph, "opens")
    assert edges(graph, "locks") == [(section, "lock:mmap_lock")]
    assert edges(graph, "waits") == [(GROW, "lock:mmap_lock")]
    assert told(graph, "contract", DROP, "lock:mmap_lock")["text"].startswith("returns with")
    assert graph.nodes[section]["paths"] == "leaks"
    ops = [a["op"] for s, _, a in graph.edges if (s, a["kind"]) == (GROW, "operates")]
    assert ops == ["try", "downgrade", "release"]


def test_a_field_has_its_accesses_and_its_rules(opened: Map) -> None:
    graph = graph_of(opened, locks=MMAP, node="mm_struct.map_count")
    field = "field:mm_struct.map_count"
    assert set(graph.nodes) == {field, GROW, "lock:mmap_lock"}
    access = told(graph, "accesses", GROW, field)
    assert (access["access"], access["held"], access["breaks"]) == ("read", "read", "read")
    assert told(graph, "protected_by", field, "lock:mmap_lock")["rule"] == "mmap_lock write"


@pytest.mark.parametrize(
    ("node", "radius", "names"),
    [
        (X_FAULT, 0, {X_FAULT}),
        (X_FAULT, 1, {X_FAULT, HELPER, "member:ops.fault", "file:drivers/x/x.c", "lock:mmap_lock"}),
        ("drivers/x/x.c:x_fault", 0, {X_FAULT}),
        ("x_fault", 0, {X_FAULT}),
        ("drivers/x/x.c:7:x_fault", 0, {X_FAULT}),
        ("ops.fault", 1, {"member:ops.fault", HELPER, X_FAULT}),
        ("member:ops.init", 1, {"member:ops.init", X_INIT}),
        ("drivers/x/x.c", 1, {"file:drivers/x/x.c", X_FAULT, X_INIT}),
        ("mm/grow.c:4:6:mmap_lock", 1, {"section:mm/grow.c:4:6:mmap_lock", GROW, "lock:mmap_lock"}),
        ("mmap_lock", 0, {"lock:mmap_lock"}),
    ],
)
def test_around_a_node_is_what_is_so_many_edges_away(
    opened: Map, node: str, radius: int, names: set[str]
) -> None:
    assert set(graph_of(opened, locks=MMAP, node=node, radius=radius).nodes) == names


def test_no_way_leads_through_a_lock_or_a_file(opened: Map) -> None:
    graph = graph_of(opened, locks=MMAP, node="drop", radius=5)
    assert "lock:mmap_lock" in graph.nodes
    assert "file:mm/grow.c" in graph.nodes
    assert GROW not in graph.nodes


def test_around_a_lock_are_those_near_to_where_it_is_taken(opened: Map) -> None:
    near = graph_of(opened, locks=MMAP, node="mmap_lock")
    assert HELPER in near.nodes
    assert X_FAULT not in near.nodes
    assert X_FAULT in graph_of(opened, locks=MMAP, node="mmap_lock", distance=2).nodes


def test_what_is_further_away_is_left_out_and_counted(opened: Map) -> None:
    graph = graph_of(opened, locks=MMAP, distance=1)
    assert X_FAULT not in graph.nodes
    assert graph.left_out["functions further than 1 calls from where a lock is taken"] == 1
    assert "1 functions further" in str(graph.about["left_out"])
    assert "further" not in str(graph_of(opened, locks=MMAP, distance=2).left_out)


def test_too_many_nodes_are_cut_and_counted(opened: Map) -> None:
    graph = graph_of(opened, locks=MMAP, node="x_fault", most=3)
    assert set(graph.nodes) == {X_FAULT, "lock:mmap_lock", HELPER}
    assert graph.left_out == {"nodes of those within 1 edges": 2}


def test_every_edge_is_between_nodes(opened: Map) -> None:
    for graph in (
        graph_of(opened, locks=MMAP),
        graph_of(opened, locks=opened.locks()),
        graph_of(opened, locks=MMAP, node="grow", radius=3, most=4),
    ):
        ends = {end for source, target, _ in graph.edges for end in (source, target)}
        assert ends <= graph.nodes.keys()


def test_with_several_locks_it_is_said_which_is_held(opened: Map) -> None:
    graph = graph_of(opened, locks=opened.locks())
    access = told(graph, "accesses", GROW, "field:mm_struct.map_count")
    assert access["held"] == "mmap_lock read"


@pytest.mark.parametrize(
    ("node", "hint"),
    [
        ("mm_struct.map_cuont", "did you mean mm_struct.map_count"),
        ("x_falt", "did you mean x_fault?"),
        ("mmap_lok", "did you mean mmap_lock"),
        ("field:mm_struct.zzz", "name a lock"),
        ("function:x:y:z:w", "name a lock"),
    ],
)
def test_an_unknown_node_is_told_with_the_closest(opened: Map, node: str, hint: str) -> None:
    with pytest.raises(NotFoundError) as raised:
        graph_of(opened, locks=MMAP, node=node)
    assert hint in raised.value.hint


def test_functions_of_one_name_are_nodes_of_their_own(tmp_path: Path) -> None:
    twins = replace(
        CONTEXTS,
        functions=(*CONTEXTS.functions, (5, 1, 70, 80, "helper")),
        contexts={"mmap_lock": ((5, 0, *UNREACHED, *(1, 1, 9, 0, 0)),)},
    )
    write_map(tmp_path / "t.db", make_data(make_tree(tmp_path / "linux")), twins)
    with open_map(tmp_path / "t.db") as opened:
        both = graph_of(opened, locks=MMAP, node="helper", radius=0)
        assert set(both.nodes) == {HELPER, "function:drivers/x/x.c:70:helper"}
        one = graph_of(opened, locks=MMAP, node="mm/grow.c:helper", radius=1)
        assert set(one.nodes) == {HELPER, "file:mm/grow.c", "lock:mmap_lock"}


def test_every_kind_and_attribute_is_in_the_manual(opened: Map) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/reference/graph.md").read_text(
        encoding="utf-8"
    )
    assert all(f"| `{kind}` |" in page for kind in (*NODE_KINDS, *EDGE_KINDS))
    graph = graph_of(opened, locks=opened.locks())
    assert {told["kind"] for told in graph.nodes.values()} == set(NODE_KINDS)
    assert {told["kind"] for *_, told in graph.edges} == set(EDGE_KINDS)
    for told in (*graph.nodes.values(), *(told for *_, told in graph.edges)):
        (row,) = re.findall(rf"^\| `{told['kind']}` \|.*$", page, re.MULTILINE)
        for name in told.keys() - {"kind", "label"}:
            assert f"`{name}`" in row, (told["kind"], name)


def test_an_access_of_user_memory_is_an_edge_to_the_lock_that_a_fault_takes(opened: Map) -> None:
    graph = graph_of(opened, locks=MMAP)
    assert edges(graph, "may_fault") == [(HELPER, "lock:mmap_lock")]
    assert told(graph, "may_fault", HELPER, "lock:mmap_lock") == {
        "kind": "may_fault",
        "mode": "read",
        "line": 43,
        "callee": "get_user",
    }
