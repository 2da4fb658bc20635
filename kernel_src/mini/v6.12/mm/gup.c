// SPDX-License-Identifier: GPL-2.0
/* Callees that drop the lock, and say so through *locked, or retake it. */
#include <linux/mm.h>

/* lockmap: contract may-drop */
/* lockmap: runs read must read by mlock_populate */
int populate_range(struct mm_struct *mm, unsigned long start,
		   unsigned long end, int *locked)
{
	/* lockmap: hit assert any */
	mmap_assert_locked(mm);
	if (fatal_signal_pending(current)) {
		*locked = 0;
		/* lockmap: hit release read */
		mmap_read_unlock(mm);
		return -EINTR;
	}
	return (end - start) >> PAGE_SHIFT;
}

/* A callee told not to wait returns the same result with the lock still held. */
/* lockmap: contract none */
int faultin_nowait(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	/* lockmap: hit acquire read; section s read balanced */
	mmap_read_lock(mm);
	vma = find_vma(mm, address);
	if (vma)
		/* lockmap: ok */
		ret = handle_mm_fault(vma, address,
				      FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_RETRY_NOWAIT, NULL);
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return ret & VM_FAULT_RETRY ? -EBUSY : 0;
}

/*
 * Fault a page in.  Held on entry and on return, but maybe not in between:
 * a VMA looked up before is stale if *unlocked was set.
 */
/* lockmap: contract none */
int fixup_user_fault(struct mm_struct *mm, unsigned long address, bool *unlocked)
{
	struct vm_area_struct *vma;
	unsigned int flags = FAULT_FLAG_ALLOW_RETRY;
	vm_fault_t ret;

retry:
	vma = find_vma(mm, address);
	if (!vma || address < vma->vm_start)
		return -EFAULT;
	/* lockmap: hit release read indirect; ends s */
	ret = handle_mm_fault(vma, address, flags, NULL);
	if (ret & VM_FAULT_COMPLETED) {
		/* Nothing left to do, and the lock dropped all the same. */
		/* lockmap: hit acquire read; section done read balanced returns-held */
		mmap_read_lock(mm);
		*unlocked = true;
		return 0;
	}
	if (ret & VM_FAULT_RETRY) {
		/* lockmap: hit acquire read; section s read balanced returns-held */
		mmap_read_lock(mm);
		*unlocked = true;
		flags |= FAULT_FLAG_TRIED;
		goto retry;
	}
	return ret & VM_FAULT_ERROR ? -EFAULT : 0;
}

/* lockmap: contract none */
long pin_remote_range(struct mm_struct *mm, unsigned long start, unsigned long nr)
{
	bool unlocked = false;
	long done = 0;

	/* lockmap: hit acquire read; section s read balanced */
	mmap_read_lock(mm);
	while (nr--) {
		/* Dropped and retaken inside: held again when it returns. */
		/* lockmap: ok */
		if (fixup_user_fault(mm, start + (done << PAGE_SHIFT), &unlocked))
			break;
		done++;
	}
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return done;
}

/* lockmap: contract none */
long get_user_pages_unlocked(unsigned long start, unsigned long nr,
			     unsigned int flags, struct page **pages)
{
	struct mm_struct *mm = current->mm;
	int locked = 1;
	long ret;

	/* lockmap: hit acquire read; todo-section s read balanced */
	mmap_read_lock(mm);
	/* lockmap: todo-hit release read indirect; ends s */
	ret = get_user_pages_locked(start, nr, flags, pages, &locked);
	if (locked)
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(mm);
	return ret;
}

/* No pointer, no dropping: with NULL the callee has to keep the lock. */
/* lockmap: contract none */
long get_user_pages_kept(unsigned long start, struct page **pages)
{
	long ret;

	/* lockmap: hit acquire read; section s read balanced */
	mmap_read_lock(current->mm);
	/* lockmap: ok */
	ret = get_user_pages_locked(start, 1, FOLL_WRITE, pages, NULL);
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(current->mm);
	return ret;
}

/* Looks at *locked and leaves it alone: it tells its caller nothing. */
static bool gup_args_valid(unsigned int flags, int *locked)
{
	if (locked && *locked != 1)
		return false;
	return !(flags & FOLL_WRITE) || locked;
}

/* lockmap: contract may-drop */
/* lockmap: runs read must read */
static long gup_fault(struct mm_struct *mm, unsigned long start, int *locked)
{
	if (fatal_signal_pending(current)) {
		*locked = 0;
		/* lockmap: hit release read */
		mmap_read_unlock(mm);
		return -EINTR;
	}
	return start >> PAGE_SHIFT;
}

/* lockmap: contract may-drop */
static long gup_locked(struct mm_struct *mm, unsigned long start, int *locked)
{
	bool must_unlock = false;
	long ret;

	if (!*locked) {
		/* lockmap: hit acquire read; section s read balanced */
		if (mmap_read_lock_killable(mm))
			return -EAGAIN;
		must_unlock = true;
		*locked = 1;
	}
	/* lockmap: hit release read indirect; ends s */
	ret = gup_fault(mm, start, locked);
	if (must_unlock && *locked) {
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(mm);
		*locked = 0;
	}
	return ret;
}

/* Where the caller has no use for it, a flag of its own tells that the lock is gone. */
/* lockmap: contract may-drop */
long gup_remote(struct mm_struct *mm, unsigned long start, unsigned int flags, int *locked)
{
	int local_locked = 1;

	/* lockmap: ok */
	if (!gup_args_valid(flags, locked))
		return -EINVAL;
	/* lockmap: hit release read indirect */
	return gup_locked(mm, start, locked ? locked : &local_locked);
}

/* It returns in any case, and with NULL the lock is still held. */
/* lockmap: contract none */
long gup_one(struct mm_struct *mm, unsigned long start)
{
	long ret;

	/* lockmap: hit acquire read; section s read balanced */
	mmap_read_lock(mm);
	/* lockmap: ok */
	ret = gup_remote(mm, start, 0, NULL);
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return ret;
}

/* lockmap: contract none */
long gup_told(struct mm_struct *mm, unsigned long start)
{
	int locked = 1;
	long ret;

	/* lockmap: hit acquire read; section s read balanced */
	mmap_read_lock(mm);
	/* lockmap: hit release read indirect; ends s */
	ret = gup_remote(mm, start, 0, &locked);
	if (locked)
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(mm);
	return ret;
}
