"""What becomes of a section, as specifications: a small C text and its verdict."""

from __future__ import annotations

from text_program import analysed, verdict

from lockmap.locks.verdicts import verdicts


def test_a_forgotten_unlock_on_an_error_path_leaks() -> None:
    text = """
int f(struct mm_struct *mm, int bad)
{
	mmap_read_lock(mm);
	if (bad)
		return -EINVAL;
	mmap_read_unlock(mm);
	return 0;
}
"""
    found = verdict(text, "f")
    assert found.paths == "leaks"
    assert len(found.witness) >= 3
    assert list(found.witness) == sorted(found.witness)


def test_a_hold_that_a_caller_ends_is_no_leak() -> None:
    text = """
static int take(struct mm_struct *mm)
{
	if (mmap_read_lock_killable(mm))
		return -EINTR;
	return 0;
}

int use(struct mm_struct *mm)
{
	if (take(mm))
		return -EINTR;
	mmap_read_unlock(mm);
	return 0;
}
"""
    assert (verdict(text, "take").paths, verdict(text, "take").contract) == (
        "balanced",
        "returns-held",
    )
    assert verdict(text, "use").paths == "balanced"


def test_a_hold_that_no_caller_ends_is_told_once() -> None:
    text = """
static void take(struct mm_struct *mm)
{
	mmap_read_lock(mm);
}

void use(struct mm_struct *mm)
{
	take(mm);
}
"""
    assert [v.paths for v in verdicts(analysed(text)).values()] == ["leaks"]


def test_the_stop_callback_ends_what_start_took() -> None:
    text = """
static void *m_start(struct seq_file *m, loff_t *pos)
{
	struct mm_struct *mm = m->private;

	mmap_read_lock(mm);
	return mm;
}

static void m_stop(struct seq_file *m, void *v)
{
	struct mm_struct *mm = m->private;

	mmap_read_unlock(mm);
}

static const struct seq_operations ops = {
	.start = m_start,
	.stop = m_stop,
};
"""
    assert verdict(text, "m_start").contract == "paired"


def test_a_fault_that_must_be_retried_has_dropped_the_lock() -> None:
    text = """
void fault(struct mm_struct *mm, struct vm_area_struct *vma, int user)
{
	unsigned int flags = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE;
	int result;

	if (user)
		flags |= FAULT_FLAG_USER;
	mmap_read_lock(mm);
	result = handle_mm_fault(vma, 0, flags, 0);
	if (result & VM_FAULT_COMPLETED)
		return;
	if (result & VM_FAULT_RETRY)
		return;
	mmap_read_unlock(mm);
}
"""
    assert verdict(text, "fault").paths == "balanced"


def test_a_flag_is_followed_through_the_structure_it_is_kept_in() -> None:
    text = """
struct request { int unlock; int pages; };

static void prepare(struct request *r, int pages, int unlock)
{
	r->pages = pages;
	r->unlock = unlock;
}

static void finish(struct request *r, struct mm_struct *mm)
{
	if (r->unlock)
		mmap_write_unlock(mm);
}

void run(struct mm_struct *mm, int unlock)
{
	struct request r;

	mmap_write_lock(mm);
	prepare(&r, 3, unlock);
	finish(&r, mm);
	if (!unlock)
		mmap_write_unlock(mm);
}
"""
    assert verdict(text, "run").paths == "balanced"


def test_a_lock_of_an_unnamed_struct_is_not_one_that_the_named_struct_lacks() -> None:
    declared = """
struct anon_vma { struct rw_semaphore rwsem; };
struct object { struct { spinlock_t lock; } vma; };
"""
    use = """
void f(struct object *object)
{
	spin_lock(&object->vma.lock);
	spin_unlock(&object->vma.lock);
}
"""
    assert not verdicts(analysed(declared + use))
