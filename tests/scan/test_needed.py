"""What functions need of a lock of their caller, from what they say and let go of."""

from __future__ import annotations

import pytest

from lockmap.scan.collect import collect_claims
from lockmap.scan.needed import needed
from lockmap.scan.sites import SiteFinder
from tests.locks.text_program import analysed

HEAD = "int f(struct mm_struct *mm, int locked)\n{\n"


def words(body: str) -> set[str]:
    """The needs of a function of *body*, whose first line is 6."""
    program = analysed(HEAD + body + "\treturn 0;\n}\n")
    finder = SiteFinder(program.catalog, program.types)
    sites = [s for m in program.members.values() for s in finder.of_unit(m.file, m.unit, None)]
    return {c.text for c in needed(collect_claims(program, sites))}


def test_what_asserts_the_lock_needs_it() -> None:
    assert words("\tmmap_assert_locked(mm);\n") == {"needs mmap_lock held: asserts it on line 7"}
    assert words("\tmmap_assert_write_locked(mm);\n") == {
        "needs mmap_lock held for write: asserts it on line 7"
    }


def test_what_lets_go_of_a_lock_that_it_did_not_take_needs_it() -> None:
    assert words("\tmmap_read_unlock(mm);\n") == {
        "needs mmap_lock held for read: drops it on line 7"
    }
    assert words("\tmmap_write_downgrade(mm);\n") == {
        "needs mmap_lock held for read: changes it on line 7"
    }


def test_where_a_way_leads_past_it_is_said() -> None:
    assert words("\tif (locked)\n\t\tmmap_assert_locked(mm);\n") == {
        "needs mmap_lock held on some paths: asserts it on line 8"
    }


def test_what_a_callee_does_in_some_cases_is_a_need_in_some_cases() -> None:
    helper = "static void done(struct mm_struct *mm)\n{\n\tif (mm->users)\n"
    helper += "\t\tmmap_read_unlock(mm);\n}\n"
    program = analysed(helper + HEAD + "\tdone(mm);\n\treturn 0;\n}\n")
    finder = SiteFinder(program.catalog, program.types)
    members = program.members.values()
    sites = [
        finder.of_indirect(m.file, m.unit, done, None)
        for m in members
        for done in m.analysis.indirect
    ]
    said = {c.text for c in needed(collect_claims(program, sites)) if c.function == "f"}
    assert said == {"needs mmap_lock held for read on some paths: drops it on line 12"}


def test_several_places_are_one_need() -> None:
    twice = "\tmmap_assert_locked(mm);\n\tg(mm);\n\tmmap_assert_locked(mm);\n"
    assert words(twice) == {"needs mmap_lock held: asserts it on lines 7, 9"}


@pytest.mark.parametrize(
    "body",
    [
        "\tVM_BUG_ON_MM(!rwsem_is_locked(&mm->mmap_lock), mm);\n",
        "\tWARN_ON(mm->users && !rwsem_is_locked(&mm->mmap_lock));\n",
        "\tASSERT(rwsem_is_locked(&mm->mmap_lock));\n",
    ],
    ids=["not held is wrong", "in part", "demanded"],
)
def test_a_question_is_an_assertion_where_a_macro_checks_that_it_is_true(body: str) -> None:
    assert words(body) == {"needs mmap_lock held: asserts it on line 7"}


@pytest.mark.parametrize(
    "body",
    [
        "\tmmap_read_lock(mm);\n\tmmap_assert_locked(mm);\n\tmmap_read_unlock(mm);\n",
        "\tmight_lock(&mm->mmap_lock);\n",
        "\tif (rwsem_is_locked(&mm->mmap_lock))\n\t\treturn 1;\n",
        "\tVM_BUG_ON_MM(rwsem_is_locked(&mm->mmap_lock), mm);\n",
        "\tASSERT(!rwsem_is_locked(&mm->mmap_lock));\n",
        "\tg(mm);\n",
    ],
    ids=["taken before", "may be taken", "asked", "not to be held", "held is wrong", "nothing"],
)
def test_nothing_is_needed(body: str) -> None:
    assert words(body) == set()
