"""Rules of the user: what a file may say, and how a wrong one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from documented.readers import said
from lockmap.documented.user_rules import read_user_rules
from lockmap.errors import DataError

LOCKS = ("mmap_lock", "vma_lock", "i_mmap_rwsem")


def read(tmp_path: Path, text: str) -> list[tuple[str, str, str, str]]:
    path = tmp_path / "ours.toml"
    path.write_text(text)
    return said(read_user_rules(path, LOCKS))


def test_every_kind_of_rule(tmp_path: Path) -> None:
    text = """\
[[rule]]
field = "mm_struct.map_count"
read  = "(mmap_lock read | vma_lock read)"
write = "mmap_lock write"
[[rule]]
struct = "vm_area_struct"
write  = "mmap_lock write + vma_lock write"
[[rule]]
function = "find_vma"
file     = "mm/mmap.c"
needs    = "mmap_lock either"
[[rule]]
callback = "vm_operations_struct.fault"
needs    = "mmap_lock read or vma_lock read"
[[rule]]
order = ["mmap_lock", "i_mmap_rwsem", "[page_table_lock]"]
"""
    assert read(tmp_path, text) == [
        ("field", "mm_struct.map_count", "(mmap_lock read | vma_lock read)", "mmap_lock write"),
        ("struct", "vm_area_struct", "", "mmap_lock write + vma_lock write"),
        ("function", "find_vma", "mmap_lock either", ""),
        ("callback", "vm_operations_struct.fault", "mmap_lock read or vma_lock read", ""),
        ("order", "mmap_lock > i_mmap_rwsem", "", ""),
        ("order", "i_mmap_rwsem > [page_table_lock]", "", ""),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[rule]]\nfield = 3\n", r"\$\.rule\[0\]\.field"),
        ('[[rule]]\nfieldd = "a.b"\n', "fieldd"),
        ("[[rule]]\n", "one of field"),
        ('[[rule]]\nfield = "a.b"\nfunction = "c"\n', "one of field"),
        ('[[rule]]\nfield = "a"\nwrite = "mmap_lock write"\n', "not STRUCT.FIELD"),
        ('[[rule]]\nfield = "a.b"\nneeds = "mmap_lock write"\n', "read, write or both"),
        ('[[rule]]\nfunction = "f"\nwrite = "mmap_lock write"\n', "has needs"),
        ('[[rule]]\nfunction = "f"\nneeds = "mmap_lock"\n', r"\$\.rule\[0\]\.needs: not a lock"),
        ('[[rule]]\nfunction = "f"\nneeds = "mmap_lok read"\n', "no such lock 'mmap_lok'"),
        ('[[rule]]\norder = ["mmap_lock", "x"]\n', "no such lock 'x'"),
        ("[[rule\n", "not valid TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_the_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path, text)
    assert "ours.toml" in str(caught.value)
