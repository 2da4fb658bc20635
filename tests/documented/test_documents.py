"""Tables, lists and sentences of reStructuredText."""

from __future__ import annotations

import pytest
from docutils.parsers.rst import directives, roles

from documented.readers import in_rst, reader, said

FIELDS = """\
Addresses
=========

We can subdivide :c:struct:`!struct vm_area_struct` fields by their purpose:

.. table:: Some fields

   ============================ ============ ===========================
   Field                        Description  Write lock
   ============================ ============ ===========================
   :c:member:`!vm_start`        Start of     mmap write, VMA write,
                                the range.   rmap write.
   :c:member:`!vm_mm`           Its mm.      None - written once on
                                             initial map.
   :c:member:`!vm_flags`        Read-only.   N/A
   :c:member:`!vm_private_data` A pointer.   Handled by driver.
   :c:member:`!numab_state`     NUMA.        mmap read, numab-specific
                                             lock.
   :c:member:`!anon_vma`        Pages.       When NULL and setting
                                             non-NULL: mmap read,
                                             page_table_lock.
                                             When non-NULL and setting
                                             NULL: mmap write, anon_vma
                                             write.
   :c:member:`!strange`         Unclear.     Ask around.
   ============================ ============ ===========================
"""


def test_a_table_of_fields_gives_a_rule_a_row() -> None:
    found = in_rst(FIELDS)
    assert [(f.kind, f.subject.partition(".")[2], f.write.text) for f in found] == [
        (
            "field",
            "vm_start",
            "mmap_lock write + vma_lock write + (i_mmap_rwsem write | anon_vma write)",
        ),
        ("field", "vm_mm", "init only"),
        ("field", "vm_flags", "never"),
        ("field", "vm_private_data", "left to others"),
        ("field", "numab_state", "mmap_lock read + [numab-specific lock]"),
        (
            "field",
            "anon_vma",
            "mmap_lock read + [page_table_lock] or mmap_lock write + anon_vma write",
        ),
        ("unread", "strange", ""),
    ]
    assert {f.subject.partition(".")[0] for f in found} == {"vm_area_struct"}
    assert [(f.line, f.column) for f in found[:2]] == [(11, 16), (13, 16)]


def test_a_table_of_states() -> None:
    text = """\
Of VMA fields.

========= ======== ========= ======= ===== =========== ==========
mmap lock VMA lock rmap lock Stable? Read? Write most? Write all?
========= ======== ========= ======= ===== =========== ==========
\\-        R        \\-        Y       Y     N           N
W         W        \\-/R      Y       Y     Y           N
========= ======== ========= ======= ===== =========== ==========
"""
    first, second = in_rst(text)
    assert (first.kind, first.subject) == ("state", "vm_area_struct")
    assert first.state is not None
    assert dict(first.state.held)["vma_lock",] == {"read"}
    assert dict(first.state.allowed) == {"read": True, "most": False, "all": False}
    assert second.state is not None
    assert dict(second.state.held)["i_mmap_rwsem", "anon_vma"] == {"none", "read"}


def test_a_list_of_locks_under_a_sentence() -> None:
    text = """\
If you want to **read** VMA metadata fields you must do one of the following:

* Obtain an mmap read lock via :c:func:`!mmap_read_lock`, *or*
* Try to obtain a VMA read lock, *or*
* Acquire an rmap lock before traversing the tree.
"""
    (found,) = in_rst(text)
    assert (found.kind, found.subject) == ("struct", "vm_area_struct")
    locks = "mmap_lock read | vma_lock read | i_mmap_rwsem either | anon_vma either"
    assert found.read.text == f"({locks})"


CALLBACKS = """\
vm_operations_struct
====================

locking rules:

=============	==========	===========================
ops		mmap_lock	PageLocked(page)
=============	==========	===========================
open:		write
close:		read/write
fault:		read		can return with page locked
map_pages:	maybe-read
access:		no
none:
=============	==========	===========================
"""


def test_a_table_of_callbacks() -> None:
    struct = "vm_operations_struct"
    assert said(in_rst(CALLBACKS)) == [
        ("callback", f"{struct}.open", "mmap_lock write", ""),
        ("callback", f"{struct}.close", "mmap_lock either", ""),
        ("callback", f"{struct}.fault", "mmap_lock read", ""),
        ("callback", f"{struct}.map_pages", "mmap_lock read or mmap_lock none", ""),
        ("callback", f"{struct}.access", "mmap_lock none", ""),
    ]


def test_columns_of_other_locks_are_left() -> None:
    text = CALLBACKS.replace("mmap_lock\t", "i_rwsem\t\t")
    assert not in_rst(text)


def test_the_plain_text_of_old_kernels() -> None:
    text = """\
--------------------------- vm_operations_struct -----------------------------
locking rules:
\t\tmmap_sem\tPageLocked(page)
open:\t\tyes
fault:\t\tyes\t\tcan return with page locked
access:\t\tno
"""
    found = reader().of_document("Documentation/filesystems/Locking", text.encode())
    assert [(f.subject.partition(".")[2], f.read.text, f.line) for f in found] == [
        ("open", "mmap_lock either", 4),
        ("fault", "mmap_lock either", 5),
        ("access", "mmap_lock none", 6),
    ]


@pytest.mark.parametrize(
    "text",
    [
        ".. include:: /etc/passwd\n",
        ".. csv-table::\n   :file: /etc/passwd\n",
        ".. raw:: html\n   :file: /etc/passwd\n",
        ".. figure:: /etc/passwd\n   :figwidth: image\n",
        ".. kernel-include:: /etc/passwd\n",
        ".. literalinclude:: /etc/passwd\n",
    ],
)
def test_nothing_is_read_whatever_a_document_asks_for(text: str) -> None:
    found = in_rst(f"{text}\nmmap_lock\n")
    assert not any("root:" in f.words for f in found)
    assert [f.kind for f in found] == ["unread"]


def test_what_only_the_kernel_knows_stands_for_its_content() -> None:
    text = """\
.. kernel-doc:: mm/x.c
   :internal:

.. c:function:: int f(void)

   Called by :c:func:`!g` and :kref:`h <i>`, with mmap_lock.

.. flat-table:: Empty
   :header-rows: 1

   * - a
     - b
"""
    (found,) = in_rst(text)
    assert found.words == "Called by g and h, with mmap_lock."


def test_registers_of_docutils_are_left_as_they_were() -> None:
    before = directives.directive, roles.role
    in_rst(FIELDS)
    assert (directives.directive, roles.role) == before


def test_a_document_that_is_too_long_is_said_to_be() -> None:
    (found,) = in_rst("mmap_lock " * 200_000)
    assert found.kind == "unread"
    assert "longer than" in found.words
