"""Documented rules are read from tables, and compared by what locks they ask for."""

from __future__ import annotations

import pytest

from lockmap.map.records import Rule

pytest.importorskip("docutils")
from tests.accuracy.documented import Documented, documented, verdict

TEXT = """\
Title
=====

.. table:: Fields

   ================== ============= ==============
   Field              Description   Write lock
   ================== ============= ==============
   :c:member:`!start` Where it      mmap write,
                      starts.       VMA write.
   :c:member:`!ops`   Callbacks.    None - written
                                    once.
   ================== ============= ==============

======== =======
Other    Table
======== =======
:c:func:`!f` x
======== =======
"""


def test_fields_and_words_come_from_tables_with_a_column_for_the_write_lock() -> None:
    assert documented(TEXT) == [
        Documented("start", "mmap write, VMA write."),
        Documented("ops", "None - written once."),
    ]


@pytest.mark.parametrize(
    ("words", "rule", "result"),
    [
        ("mmap write, VMA write.", "mmap_lock write + vma_lock write", "agrees"),
        ("mmap write, VMA write.", "mmap_lock write", "in part"),
        ("mmap write, rmap write.", "mmap_lock write + anon_vma write", "agrees"),
        ("mmap read, a lock of its own.", "mmap_lock either", "agrees"),
        ("mmap write.", "mmap_lock either", "differs"),
        ("mmap write.", "unclear", "differs"),
        ("None - written once.", "init only", "agrees"),
        ("None - written once.", "mmap_lock write", "differs"),
        ("N/A", "none", "no rule to compare"),
    ],
)
def test_rules_are_compared_by_the_locks_that_they_ask_for(
    words: str, rule: str, result: str
) -> None:
    assert verdict(Documented("x", words), Rule("s", "x", "none", rule, ())) == result
