"""The margin of ``lockmap show``: what the states of many paths say of a line."""

from __future__ import annotations

import pytest
from text_program import analysed

from lockmap.scan.collect import collect_states


@pytest.mark.parametrize(
    ("body", "states"),
    [
        (["if (x)", "\tmmap_read_unlock(mm);", "work(mm);"], ["c", "c", "-?"]),
        (["mmap_read_unlock(mm);", "work(mm);"], ["c", "-"]),
        (["mmap_read_lock(mm);", "work(mm);", "mmap_read_unlock(mm);"], ["c", "R", "R"]),
        (["if (x)", "\tmmap_read_lock(mm);", "work(mm);"], ["c", "c", "R?"]),
        (["mmap_read_lock(mm);", "return;", "work(mm);"], ["c", "R", "x"]),
        (["x = x ||", "\tmmap_read_trylock(mm);", "work(mm);"], ["c", "c", "R?"]),
    ],
)
def test_a_line_has_the_states_of_all_paths_to_it(body: list[str], states: list[str]) -> None:
    text = (
        "\nvoid f(struct mm_struct *mm, int x)\n{\n" + "\n".join(f"\t{b}" for b in body) + "\n}\n"
    )
    program = analysed(text)
    (member,) = program.members.values()
    shown = {row.line: row.state for row in collect_states(program) if row.lock == "mmap_lock"}
    first = member.unit.line + 2
    assert [shown[first + n] for n in range(len(body))] == states
