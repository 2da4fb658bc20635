"""The page of write rules is that of the document's tables, compared as a scan compares."""

from __future__ import annotations

from pathlib import Path

from map.sample import CONTEXTS, make_data, make_tree

from lockmap.map.read import open_map
from lockmap.map.write import write_map
from tests.accuracy.documented import judged, page

TEXT = b"""\
Of struct vm_area_struct fields.

================== ============= ==============
Field              Description   Write lock
================== ============= ==============
:c:member:`!start` Where it      mmap write,
                   starts.       VMA write.
================== ============= ==============
"""


def test_each_field_has_its_words_and_a_verdict(tmp_path: Path) -> None:
    write_map(tmp_path / "map.db", make_data(make_tree(tmp_path / "tree")), CONTEXTS)
    with open_map(tmp_path / "map.db") as opened:
        says = judged(opened, TEXT)
        text = "".join(page(opened, says, {"start": "Because."}, "Linux 6.13"))
    assert [(one.field, one.cell) for one in says] == [("start", "mmap write, VMA write.")]
    assert "| `start` | mmap write, VMA write. |  |  | never accessed |" in text
    assert "`start`: never accessed. Because." in text
