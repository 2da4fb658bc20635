"""What must be followed, so that no operation is lost: a small C text and its sections."""

from __future__ import annotations

import pytest
from text_program import analysed, verdict

from lockmap.locks.unreached import reachable_calls
from lockmap.locks.verdicts import verdicts
from lockmap.locks.whole import WholeProgram


def ends(program: WholeProgram, function: str) -> list[tuple[int, list[int]]]:
    """(line of the acquisition, lines of releases) of each section of *function*."""
    return sorted(
        (section.site[0], sorted(section.releases))
        for member in program.members.values()
        if member.name == function
        for section in member.analysis.sections.values()
    )


GUP = """
static bool valid(int *locked)
{
	if (locked && *locked != 1)
		return false;
	return true;
}
static int fault(struct mm_struct *mm, int *locked)
{
	if (mm->users) {
		mmap_read_unlock(mm);
		*locked = 0;
	}
	return 0;
}
static long inner(struct mm_struct *mm, int *locked)
{
	if (!*locked) {
		if (mmap_read_lock_killable(mm))
			return -EAGAIN;
		*locked = 1;
	}
	return fault(mm, locked);
}
long outer(struct mm_struct *mm, int *locked)
{
	int local_locked = 1;

	if (!valid(locked))
		return -EINVAL;
	return inner(mm, locked ? locked : &local_locked);
}
"""


def test_a_call_that_is_told_nothing_by_null_returns_with_the_lock_held() -> None:
    text = f"""{GUP}
void use(struct mm_struct *mm)
{{
	mmap_read_lock(mm);
	outer(mm, NULL);
	mmap_read_unlock(mm);
}}
"""
    program = analysed(text)
    assert ends(program, "use") == [(3, [5])]
    assert not [m.name for m in program.members.values() if m.analysis.oddities]


def test_what_a_flag_held_before_the_call_is_known_of_the_callee() -> None:
    text = f"""{GUP}
void use(struct mm_struct *mm)
{{
	int locked = 1;

	mmap_read_lock(mm);
	outer(mm, &locked);
	if (locked)
		mmap_read_unlock(mm);
}}
"""
    assert verdict(text, "use").paths == "balanced"
    assert ends(analysed(text), "use") == [(5, [6, 8])]


def test_a_call_that_no_outcome_fits_returns_all_the_same() -> None:
    text = """
static void drop(struct mm_struct *mm, int how)
{
	if (how == 1) {
		mmap_read_unlock(mm);
		return;
	}
	panic("no");
}

void use(struct mm_struct *mm)
{
	mmap_read_lock(mm);
	drop(mm, 0);
	mmap_read_unlock(mm);
}
"""
    program = analysed(text)
    assert ends(program, "use") == [(3, [5])]
    use = next(m for m in program.members.values() if m.name == "use")
    assert [odd.kind for odd in use.analysis.oddities.values()] == ["no-outcome"]


def test_an_upgrade_by_hand_ends_one_section_and_begins_another() -> None:
    text = """
static bool mmap_upgrade_trylock(struct mm_struct *mm)
{
	return false;
}

static bool by_hand(struct mm_struct *mm)
{
	mmap_read_unlock(mm);
	return !mmap_write_lock_killable(mm);
}

void use(struct mm_struct *mm)
{
	mmap_read_lock(mm);
	if (!mmap_upgrade_trylock(mm)) {
		if (!by_hand(mm))
			return;
	}
	mmap_write_unlock(mm);
}
"""
    program = analysed(text)
    assert ends(program, "use") == [(3, [5]), (5, [8])]
    sections = [
        s for m in program.members.values() if m.name == "use" for s in m.analysis.sections.values()
    ]
    assert not any(s.changes for s in sections), "the body in sight never upgrades in place"


@pytest.mark.parametrize(
    "before",
    ["j->done = 0;", "if (j->done)\n\t\treturn;", "flag = 0;", "j->all[0] = 0;"],
)
def test_memory_may_change_while_another_lock_is_let_go(before: str) -> None:
    asked = "flag" if "flag" in before else "j->all[0]" if "all" in before else "j->done"
    text = f"""
struct job {{ int done; int all[2]; }};
static int flag;

void f(struct job *j, struct mm_struct *mm)
{{
	{before}
	mutex_unlock(&l);
	mutex_lock(&l);
	if ({asked}) {{
		mmap_read_lock(mm);
		mmap_read_unlock(mm);
	}}
}}
"""
    assert verdict(text, "f").paths == "balanced"


def test_a_member_tested_twice_to_the_same_end_is_taken_to_stay() -> None:
    text = """
struct job { int done; };

void f(struct job *j, struct mm_struct *mm)
{
	if (j->done)
		mmap_read_lock(mm);
	mutex_lock(&l);
	if (j->done)
		mmap_read_unlock(mm);
}
"""
    assert verdict(text, "f").paths == "balanced"


def test_a_macro_that_assigns_its_argument_changes_it() -> None:
    text = """
#define VERIFY(err, val) \\
do { \\
	if (0 == (val)) \\
		(err) = (err) == 0 ? -1 : (err); \\
} while (0)

int f(struct mm_struct *mm)
{
	int err = 0;

	mmap_read_lock(mm);
	VERIFY(err, find_vma(mm, 0));
	if (err) {
		mmap_read_unlock(mm);
		return err;
	}
	mmap_read_unlock(mm);
	return 0;
}
"""
    assert ends(analysed(text), "f") == [(5, [8, 11])]


def test_a_pointer_that_is_null_or_the_lock_is_still_the_lock_where_paths_join() -> None:
    text = """
struct queue { int error; int kind; int a; };

int f(struct queue *q)
{
	struct rw_semaphore *sem = NULL;
	int ret;

	if (current && current->mm)
		sem = &current->mm->mmap_lock;
	ret = verify(q);
	if (ret < 0)
		return ret;
	if (q->a == 1 && other(q->kind))
		return -EINVAL;
	if (q->error)
		return -EIO;
	if (sem)
		down_read(sem);
	ret = work(q);
	if (sem)
		up_read(sem);
	return ret;
}
"""
    assert verdict(text, "f").paths == "balanced"


def test_a_trylock_that_must_fail_is_a_check_and_no_section() -> None:
    text = """
void f(struct mm_struct *mm)
{
	BUG_ON(mmap_read_trylock(mm));
	mm->users++;
}
"""
    assert verdicts(analysed(text)) == {}


def test_a_hold_that_reaches_no_way_out_is_not_called_balanced() -> None:
    text = """
void f(struct mm_struct *mm)
{
	mmap_read_lock(mm);
	for (;;)
		work(mm);
}
"""
    assert verdict(text, "f").paths == "unknown"


@pytest.mark.parametrize(
    ("flags", "drops"),
    [
        ("FAULT_FLAG_DEFAULT", True),
        ("FAULT_FLAG_ALLOW_RETRY", True),
        ("FAULT_FLAG_PLAIN", False),
        ("0", False),
    ],
)
def test_a_flag_that_nothing_defines_may_hold_any(flags: str, drops: bool) -> None:
    text = f"""
enum fault_flag {{ FAULT_FLAG_OTHER, FAULT_FLAG_PLAIN = 4 }};

void f(struct mm_struct *mm, struct vm_area_struct *vma)
{{
	unsigned int flags = {flags};

	mmap_read_lock(mm);
	if (handle_mm_fault(vma, 0, flags, 0) & VM_FAULT_RETRY)
		return;
	mmap_read_unlock(mm);
}}
"""
    [(_, releases)] = ends(analysed(text), "f")
    assert (6 in releases) is drops


def test_dead_code_is_no_lost_operation() -> None:
    text = """
void f(struct mm_struct *mm)
{
	if (0)
		mmap_read_lock(mm);
	if (mm->users)
		mmap_write_lock(mm);
	panic("end");
	mmap_read_unlock(mm);
}
"""
    f = next(m for m in analysed(text).members.values() if m.name == "f")
    lines = {line for line, _ in reachable_calls(f.unit.function, frozenset({"panic"}))}
    assert lines == {6, 7}
