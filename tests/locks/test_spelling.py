"""Object paths as C: members by the operator that the types ask for."""

from __future__ import annotations

import pytest
from text_program import analysed

from lockmap.locks.spelling import spelled

TEXT = """
struct slot { struct mm_struct *mm; struct mm_struct own; struct mm_struct *many[4]; };
struct scan { struct slot *slot; struct slot in; };
static struct scan all = { 0 };
static struct scan *some;
static struct scan *table[3];

void f(struct mm_struct *mm, struct scan *given)
{
	struct slot mine = { .mm = mm };

	mmap_read_lock(mm);
	mmap_read_unlock(mm);
}
"""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("mm", "mm"),
        ("mm~", "mm"),
        ("mine.mm", "mine.mm"),
        ("given.in.own", "given->in.own"),
        ("all.slot.mm", "all.slot->mm"),
        ("all.in.mm", "all.in.mm"),
        ("some.in.many[]", "some->in.many[...]"),
        ("table[].slot.mm", "table[...]->slot->mm"),
        ("current.mm", "current->mm"),
        ("init_mm.owner", "init_mm.owner"),
        ("nobody.knows", "nobody->knows"),
        ("file_of(x.y).mm", "file_of(x.y)->mm"),
    ],
)
def test_members_are_spelled_as_the_types_ask(path: str, text: str) -> None:
    program = analysed(TEXT)
    (member,) = program.members.values()
    assert spelled(path, member.unit.function, program.types, member.file) == text
