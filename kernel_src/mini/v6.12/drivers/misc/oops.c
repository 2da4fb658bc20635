// SPDX-License-Identifier: GPL-2.0
/* Real bugs, one a function: these verdicts are findings. */
#include <linux/mm.h>

int forgot_on_error(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;

	/* lockmap: hit acquire read; section s read leaks */
	mmap_read_lock(mm);
	vma = find_vma(mm, addr);
	if (!vma)
		return -EFAULT;		/* BUG: still held */
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return 0;
}

int broke_out(struct mm_struct *mm, int tries)
{
	while (tries--) {
		/* lockmap: hit acquire write; section s write leaks */
		mmap_write_lock(mm);
		if (!first_vma(mm))
			break;		/* BUG: still held after the loop */
		mm->total_vm++;
		/* lockmap: hit release write; ends s */
		mmap_write_unlock(mm);
	}
	return tries;
}

int one_value(struct mm_struct *mm, int what)
{
	/* lockmap: hit acquire read; section s read leaks */
	mmap_read_lock(mm);
	switch (what) {
	case 1:
	case 2:
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(mm);
		return what;
	case 3:
		return -EINVAL;		/* BUG: this value only */
	default:
		break;
	}
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return 0;
}

/* BUG: the failed path releases what it never got.  The section itself is balanced. */
int released_twice(struct mm_struct *mm)
{
	int ret;

	/* lockmap: hit acquire write; section s write balanced */
	ret = mmap_write_lock_killable(mm);
	if (ret)
		goto out;
	mm->total_vm = 0;
out:
	/* lockmap: hit release write; ends s */
	mmap_write_unlock(mm);
	return ret;
}

/* BUG: after the downgrade it is a read lock.  Ended all the same, in the wrong mode. */
void wrong_mode(struct mm_struct *mm)
{
	/* lockmap: hit acquire write; section s write balanced */
	mmap_write_lock(mm);
	/* lockmap: hit downgrade read */
	mmap_write_downgrade(mm);
	/* lockmap: hit release write; ends s */
	mmap_write_unlock(mm);
}

int inverted(struct mm_struct *mm)
{
	/* lockmap: hit acquire read; section s read leaks */
	if (!mmap_read_lock_killable(mm))
		return -EINTR;		/* BUG: 0 means held */
	return 0;
}

void wrong_object(struct mm_struct *a, struct mm_struct *b)
{
	/* lockmap: hit acquire write; todo-section s write leaks */
	mmap_write_lock(a);
	b->total_vm = a->total_vm;
	/* lockmap: hit release write */
	mmap_write_unlock(b);		/* BUG: a is held */
}

int wrong_label(struct mm_struct *mm, int n)
{
	int err = -EINVAL;

	/* lockmap: hit acquire write; section s write leaks */
	mmap_write_lock(mm);
	if (n < 0)
		goto out_free;		/* BUG: one label too far */
	if (!n)
		goto out_unlock;
	err = 0;
out_unlock:
	/* lockmap: hit release write; ends s */
	mmap_write_unlock(mm);
out_free:
	return err;
}

void two_flags(struct mm_struct *mm, bool lock, bool unlock)
{
	if (lock)
		/* lockmap: hit acquire read; section s read leaks */
		mmap_read_lock(mm);
	mm->total_vm++;
	if (unlock)			/* BUG: another flag */
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(mm);
}

void only_configured(struct mm_struct *mm)
{
	/* lockmap: hit acquire write; section s write leaks */
	mmap_write_lock(mm);
	mm->total_vm++;
#ifdef CONFIG_PAD_LOCKED		/* BUG: without it nobody releases */
	/* lockmap: hit release write; ends s */
	mmap_write_unlock(mm);
#endif
}
