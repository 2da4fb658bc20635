"""Members of one object that are called one after the other: what one returns holding."""

import numpy as np

from lockmap.locks.contexts import CALLERS, READ, Graph, may_run, must_run
from lockmap.locks.under import States, made_so, under
from tests.program.texts import Linked, linked

HEADER = (
    "struct seq_operations {\n\tvoid *(*start)(int n);\n\tvoid (*stop)(int n);\n"
    "\tvoid *(*next)(int n);\n\tint (*show)(int n);\n};\n"
    "int read(struct seq_operations *op)\n{\n\top->start(1);\n\top->show(1);\n}\n"
)


def functions(*names: str) -> str:
    return "".join(f"static int {name}(int n)\n{{\n\treturn 0;\n}}\n" for name in names)


OBJECT = (
    "static const struct seq_operations {0}_op = {{\n\t.start = {0}_start,\n\t.show = {1},\n}};\n"
)


def runs(found: Linked, name: str, *starts: str) -> tuple[bool, int]:
    """Whether function *name* may, and what it must, hold where *starts* return with the lock."""
    code, calls = found.code, found.graph
    states = {code.named(s)[0]: States((code.line(code.named(s)[0]),), ("R",)) for s in starts}
    bits = under(calls, states)
    kept = np.flatnonzero(made_so(calls, bits))
    graph = Graph(len(code.items), calls.caller[kept], calls.callee[kept], bits[kept])
    item = code.named(name)[0]
    return bool(may_run(graph, READ).distance[item] > 0), int(must_run(graph, [])[item])


TWO = HEADER + functions("a_start", "a_show", "b_start", "b_show")
TWO += OBJECT.format("a", "a_show") + OBJECT.format("b", "b_show")


def test_what_start_returns_holding_show_of_the_same_object_runs_under() -> None:
    found = linked({"a.c": TWO})
    assert runs(found, "a_show", "a_start") == (True, READ)
    assert runs(found, "b_show", "a_start") == (False, 0)


def test_where_start_returns_without_the_lock_the_caller_tells() -> None:
    found = linked({"a.c": TWO})
    bits = under(found.graph, {})
    assert not made_so(found.graph, bits)[found.graph.opened != 0].any()
    assert (bits[found.graph.opened == 0] == CALLERS).all()
    assert ("read", "a_show") in found.edges()


def test_a_function_that_two_objects_share_need_not_hold_what_one_of_them_does() -> None:
    text = HEADER + functions("a_start", "b_start", "both")
    text += OBJECT.format("a", "both") + OBJECT.format("b", "both")
    assert runs(linked({"a.c": text}), "both", "a_start") == (True, 0)
    assert runs(linked({"a.c": text}), "both", "a_start", "b_start") == (True, READ)
