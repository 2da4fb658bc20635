// SPDX-License-Identifier: GPL-2.0
/* Real bugs, one a function: these verdicts are findings. */
#include <linux/mm.h>

int forgot_on_error(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;

	/* lockmap: hit acquire read; section s read leaks */
	down_read(&mm->mmap_sem);
	vma = find_vma(mm, addr);
	if (!vma)
		return -EFAULT;		/* BUG: still held */
	/* lockmap: hit release read; ends s */
	up_read(&mm->mmap_sem);
	return 0;
}

int broke_out(struct mm_struct *mm, int tries)
{
	while (tries--) {
		/* lockmap: hit acquire write; section s write leaks */
		down_write(&mm->mmap_sem);
		if (!mm->mmap)
			break;		/* BUG: still held after the loop */
		mm->total_vm++;
		/* lockmap: hit release write; ends s */
		up_write(&mm->mmap_sem);
	}
	return tries;
}

int one_value(struct mm_struct *mm, int what)
{
	/* lockmap: hit acquire read; section s read leaks */
	down_read(&mm->mmap_sem);
	switch (what) {
	case 1:
	case 2:
		/* lockmap: hit release read; ends s */
		up_read(&mm->mmap_sem);
		return what;
	case 3:
		return -EINVAL;		/* BUG: this value only */
	default:
		break;
	}
	/* lockmap: hit release read; ends s */
	up_read(&mm->mmap_sem);
	return 0;
}

/* BUG: the failed path releases what it never got.  The section itself is balanced. */
int released_twice(struct mm_struct *mm)
{
	int ret;

	/* lockmap: hit acquire write; section s write balanced */
	ret = down_write_killable(&mm->mmap_sem);
	if (ret)
		goto out;
	mm->total_vm = 0;
out:
	/* lockmap: hit release write; ends s */
	up_write(&mm->mmap_sem);
	return ret;
}

/* BUG: after the downgrade it is a read lock.  Ended all the same, in the wrong mode. */
void wrong_mode(struct mm_struct *mm)
{
	/* lockmap: hit acquire write; section s write balanced */
	down_write(&mm->mmap_sem);
	/* lockmap: hit downgrade read */
	downgrade_write(&mm->mmap_sem);
	/* lockmap: hit release write; ends s */
	up_write(&mm->mmap_sem);
}

int inverted(struct mm_struct *mm)
{
	/* lockmap: hit acquire read; section s read leaks */
	if (!down_read_killable(&mm->mmap_sem))
		return -EINTR;		/* BUG: 0 means held */
	return 0;
}

void wrong_object(struct mm_struct *a, struct mm_struct *b)
{
	/* lockmap: hit acquire write; todo-section s write leaks */
	down_write(&a->mmap_sem);
	b->total_vm = a->total_vm;
	/* lockmap: hit release write */
	up_write(&b->mmap_sem);		/* BUG: a is held */
}

int wrong_label(struct mm_struct *mm, int n)
{
	int err = -EINVAL;

	/* lockmap: hit acquire write; section s write leaks */
	down_write(&mm->mmap_sem);
	if (n < 0)
		goto out_free;		/* BUG: one label too far */
	if (!n)
		goto out_unlock;
	err = 0;
out_unlock:
	/* lockmap: hit release write; ends s */
	up_write(&mm->mmap_sem);
out_free:
	return err;
}

void two_flags(struct mm_struct *mm, bool lock, bool unlock)
{
	if (lock)
		/* lockmap: hit acquire read; section s read leaks */
		down_read(&mm->mmap_sem);
	mm->total_vm++;
	if (unlock)			/* BUG: another flag */
		/* lockmap: hit release read; ends s */
		up_read(&mm->mmap_sem);
}

void only_configured(struct mm_struct *mm)
{
	/* lockmap: hit acquire write; section s write leaks */
	down_write(&mm->mmap_sem);
	mm->total_vm++;
#ifdef CONFIG_PAD_LOCKED		/* BUG: without it nobody releases */
	/* lockmap: hit release write; ends s */
	up_write(&mm->mmap_sem);
#endif
}
