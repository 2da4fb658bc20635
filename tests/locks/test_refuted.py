"""Functions that would wait for a lock that their caller holds."""

from __future__ import annotations

import pytest

from lockmap.locks.refuted import waits_for
from tests.locks.text_program import analysed


def waits(body: str) -> int | None:
    """The line on which a function of *body* would wait for the lock."""
    program = analysed(HEAD + body + "\treturn 0;\n}\n")
    (member,) = (m for m in program.members.values() if m.name == "f")
    at = waits_for(member, "mmap_lock", program.catalog)
    return None if at is None else at[0]


HEAD = "int f(struct mm_struct *mm, int locked)\n{\n"


READ = "\tg(mm);\n\tmmap_read_unlock(mm);\n"
WRITE = "\tg(mm);\n\tmmap_write_unlock(mm);\n"


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (f"\tmmap_read_lock(mm);\n{READ}", 3),
        (f"\tif (!mm)\n\t\treturn 1;\n\tmmap_write_lock(mm);\n{WRITE}", 5),
        (f"\tif (mmap_write_lock_killable(mm))\n\t\treturn 1;\n{WRITE}", 3),
        # Whoever calls it goes on with the lock held.
        ("\tmmap_read_lock(mm);\n", 3),
        # Waits only where trying fails: the lock is taken either way.
        (f"\tif (!mmap_read_trylock(mm))\n\t\tmmap_read_lock(mm);\n{READ}", 4),
    ],
)
def test_who_takes_the_lock_would_wait_for_it(body: str, line: int) -> None:
    assert waits(body) == line


@pytest.mark.parametrize(
    "body",
    [
        f"\tif (!mmap_read_trylock(mm))\n\t\treturn 1;\n{READ}",
        "\tif (!locked)\n\t\tmmap_read_lock(mm);\n\tg(mm);\n"
        "\tif (!locked)\n\t\tmmap_read_unlock(mm);\n",
        "\tmmap_read_unlock(mm);\n\tg(mm);\n\tmmap_read_lock(mm);\n",
        "\tmmap_write_lock_nested(mm, 1);\n\tg(mm);\n\tmmap_write_unlock(mm);\n",
        "\tg(mm);\n",
        "\tif (!locked) {\n\t\tif (mmap_read_lock_killable(mm))\n\t\t\treturn 1;\n"
        "\t\tlocked = 1;\n\t}\n\tg(mm);\n\tif (locked)\n\t\tmmap_read_unlock(mm);\n",
    ],
    ids=["tries", "told to", "drops first", "nested", "takes none", "told to, and notes it"],
)
def test_who_need_not_wait_may_run_under_it(body: str) -> None:
    assert waits(body) is None
