// SPDX-License-Identifier: GPL-2.0
/* A pair of helpers whose mode depends on their argument; VMAs in a loop macro. */
#include <linux/mm.h>
#include <linux/syscalls.h>

#define MADV_NORMAL	0
#define MADV_DONTNEED	4
#define MADV_POPULATE	22

static bool madvise_need_write(int behavior)
{
	switch (behavior) {
	case MADV_DONTNEED:
	case MADV_POPULATE:
		return false;
	default:
		return true;
	}
}

/* Held when it returns 0, for writing or reading as the behaviour demands. */
/* lockmap: contract returns-held */
static int madvise_lock(struct mm_struct *mm, int behavior)
{
	if (madvise_need_write(behavior)) {
		/* lockmap: hit acquire write; section w write balanced returns-held */
		if (mmap_write_lock_killable(mm))
			return -EINTR;
	} else {
		/* lockmap: hit acquire read; section r read balanced returns-held */
		mmap_read_lock(mm);
	}
	return 0;
}

/* lockmap: contract drops */
static void madvise_unlock(struct mm_struct *mm, int behavior)
{
	if (madvise_need_write(behavior))
		/* lockmap: hit release write */
		mmap_write_unlock(mm);
	else
		/* lockmap: hit release read */
		mmap_read_unlock(mm);
}

SYSCALL_DEFINE3(madvise, unsigned long, start, size_t, len, int, behavior)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, start);
	int error;

	/* One acquisition, but which of the two modes only the argument knows. */
	/* lockmap: hit acquire any indirect; section s write balanced */
	error = madvise_lock(mm, behavior);
	if (error)
		return error;
	for_each_vma(vmi, vma) {
		if (vma->vm_start >= start + len)
			break;
		if (behavior == MADV_NORMAL)
			continue;
		vma->vm_flags &= ~VM_LOCKED;
	}
	/* lockmap: hit release any indirect; ends s */
	madvise_unlock(mm, behavior);
	return 0;
}

/* The condition is asked again instead of kept: two calls, one answer? */
bool advice_is_urgent(int behavior);

/* lockmap: contract none */
void madvise_unclear(struct mm_struct *mm, int behavior)
{
	if (advice_is_urgent(behavior))
		/* lockmap: hit acquire read; todo-section s read unknown */
		mmap_read_lock(mm);
	mm->def_flags |= behavior;
	if (advice_is_urgent(behavior))
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(mm);
}

/* lockmap: contract none */
long madvise_vector(struct mm_struct *mm, unsigned long *where, int nr, bool write)
{
	int locked = 0;
	long err = 0;
	int i;

	for (i = 0; i < nr && !err; i++) {
		if (!locked) {
			/* lockmap: hit acquire write; todo-section w write balanced */
			/* lockmap: hit acquire read; section r read balanced */
			write ? mmap_write_lock(mm) : mmap_read_lock(mm);
			locked = 1;
		}
		if (!find_vma(mm, where[i]))
			err = -ENOMEM;
	}
	if (locked) {
		if (write)
			/* lockmap: hit release write; ends w */
			mmap_write_unlock(mm);
		else
			/* lockmap: hit release read; ends r */
			mmap_read_unlock(mm);
	}
	return err;
}
