// SPDX-License-Identifier: GPL-2.0
/* Mode by request: the same condition decides how to lock and how to unlock. */
#include <linux/mm.h>
#include <linux/syscalls.h>

#define MADV_NORMAL	0
#define MADV_WILLNEED	3
#define MADV_DONTNEED	4
#define MADV_REMOVE	9
#define MADV_FREE	10

static int madvise_need_write(int behavior)
{
	switch (behavior) {
	case MADV_REMOVE ... MADV_FREE:
	case MADV_DONTNEED:
		return 0;
	default:
		return 1;
	}
}

/* Sets *prev to NULL when it drops the lock, and takes it again. */
/* lockmap: contract none */
static long madvise_remove(struct vm_area_struct *vma,
			   struct vm_area_struct **prev, unsigned long start)
{
	*prev = NULL;
	/* lockmap: hit release read */
	up_read(&vma->vm_mm->mmap_sem);
	cond_resched();
	/* lockmap: hit acquire read; section s read balanced returns-held */
	down_read(&current->mm->mmap_sem);
	return 0;
}

SYSCALL_DEFINE3(madvise, unsigned long, start, size_t, len, int, behavior)
{
	struct vm_area_struct *vma;
	int error = 0;
	int write;

	write = madvise_need_write(behavior);
	if (write) {
		/* lockmap: hit acquire write; section w write balanced */
		if (down_write_killable(&current->mm->mmap_sem))
			return -EINTR;
	} else {
		/* lockmap: hit acquire read; section r read balanced */
		down_read(&current->mm->mmap_sem);
	}
	for (vma = find_vma(current->mm, start); vma; vma = vma->vm_next) {
		switch (behavior) {
		case MADV_WILLNEED:
			vma->vm_flags |= VM_READ;
			fallthrough;
		case MADV_NORMAL:
			error = 0;
			break;
		default:
			error = -EINVAL;
			goto out;
		}
	}
out:
	if (write)
		/* lockmap: hit release write; ends w */
		up_write(&current->mm->mmap_sem);
	else
		/* lockmap: hit release read; ends r */
		up_read(&current->mm->mmap_sem);
	return error;
}

/* lockmap: contract none */
long madvise_punch(unsigned long start)
{
	struct vm_area_struct *vma, *prev;
	long error;

	/* lockmap: hit acquire read; section s read balanced */
	down_read(&current->mm->mmap_sem);
	vma = find_vma(current->mm, start);
	/* lockmap: ok */
	error = vma ? madvise_remove(vma, &prev, start) : -ENOMEM;
	/* lockmap: hit release read; ends s */
	up_read(&current->mm->mmap_sem);
	return error;
}

/* The condition is asked again instead of kept: two calls, one answer? */
bool advice_is_urgent(int behavior);

/* lockmap: contract none */
void madvise_unclear(struct mm_struct *mm, int behavior)
{
	if (advice_is_urgent(behavior))
		/* lockmap: hit acquire read; todo-section s read unknown */
		down_read(&mm->mmap_sem);
	mm->def_flags |= behavior;
	if (advice_is_urgent(behavior))
		/* lockmap: hit release read; ends s */
		up_read(&mm->mmap_sem);
}
