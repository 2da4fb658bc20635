"""lockmap from Python: what the manual says works."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import networkx
import pytest
from map.sample import CONTEXTS, access, make_data, make_tree

import lockmap
from lockmap.api import OpenMap
from lockmap.errors import MapError, NotFoundError
from lockmap.map.write import write_map

ROOT = Path(__file__).resolve().parents[1]
MANUAL = ROOT / "docs/reference/python.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```", MANUAL.read_text(encoding="utf-8"), re.M | re.S)


@pytest.fixture
def map_file(tmp_path: Path) -> Path:
    """The small map, with the names of a kernel that the manual's examples ask for."""
    data = make_data(make_tree(tmp_path / "linux"))
    rule = replace(data.rules[0], struct="vm_area_struct", field="vm_flags")
    flags = access(6, "vm_flags", "read", "read", struct="vm_area_struct")
    rows = [(*row[:4], "filemap_fault" if row[4] == "x_fault" else row[4]) for row in _FUNCTIONS]
    write_map(
        tmp_path / "6.12.db",
        replace(data, meta=data.meta | {"kernel": "6.12"}, rules=(rule,), accesses=(flags,)),
        replace(CONTEXTS, functions=tuple(rows)),
    )
    return tmp_path / "6.12.db"


_FUNCTIONS = CONTEXTS.functions
OUTPUT = [
    """\
6.12 i_mmap mmap_lock
write 2 helper > filemap_fault
mmap_lock write 1
member:ops.fault -> function:drivers/x/x.c:7:filemap_fault
""",
    """\
mm/grow.c:4: grow
filemap_fault ('write',) none
""",
]


@pytest.mark.parametrize(("example", "output"), list(zip(EXAMPLES, OUTPUT, strict=True)))
def test_the_examples_of_the_manual_run(
    map_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    example: str,
    output: str,
) -> None:
    monkeypatch.chdir(map_file.parent)
    exec(compile(example, str(MANUAL), "exec"), {})
    assert capsys.readouterr().out == output


def test_every_method_is_in_the_manual() -> None:
    page = MANUAL.read_text(encoding="utf-8")
    public = [name for name in vars(OpenMap) if not name.startswith("_")]
    assert sorted(n for n in public if f"`{n}(" not in page and f"`{n}`" not in page) == [
        "close",
        "map",
    ]


def test_a_graph_is_one_of_networkx(map_file: Path) -> None:
    with lockmap.open_map(map_file) as opened:
        graph = opened.graph(around="filemap_fault", radius=1)
        assert isinstance(graph, networkx.MultiDiGraph)
        assert graph.nodes["lock:mmap_lock"] == {"kind": "lock", "label": "mmap_lock"}
        assert len(opened.graph()) > len(graph)
        assert len(opened.graph(lock="all")) > len(opened.graph())
        with pytest.raises(NotFoundError):
            opened.graph(lock="nothing")
        with pytest.raises(NotFoundError):
            opened.why("nothing")


def test_a_map_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MapError):
        lockmap.open_map(tmp_path / "none.db")


def test_lockmap_has_no_other_names() -> None:
    with pytest.raises(AttributeError):
        lockmap.close_map  # noqa: B018
