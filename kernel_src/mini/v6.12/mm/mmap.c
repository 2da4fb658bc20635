// SPDX-License-Identifier: GPL-2.0
/* The system calls that change an address space: write mode, often downgraded. */
#include <linux/mm.h>
#include <linux/syscalls.h>

int mmap_dirty_limit;

/*
 * Returns 1 when the lock may be downgraded before the slow part, which the
 * caller has to do: nothing here takes or drops mmap_lock.
 */
/* lockmap: runs write must write */
static int __do_munmap(struct mm_struct *mm, unsigned long start, size_t len,
		       bool downgrade)
{
	int ret = do_munmap(mm, start, len);

	return ret ? ret : downgrade;
}

SYSCALL_DEFINE1(brk, unsigned long, brk)
{
	struct mm_struct *mm = current->mm;
	unsigned long origbrk;
	bool downgraded = false;
	int ret;

	/* lockmap: hit acquire write; section s write balanced */
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	origbrk = mm->brk;
	if (brk < mm->start_brk)
		goto out;
	if (brk <= mm->brk) {
		mm->brk = brk;
		ret = __do_munmap(mm, brk, origbrk - brk, true);
		if (ret < 0) {
			mm->brk = origbrk;
			goto out;
		} else if (ret == 1) {
			/* lockmap: hit downgrade read */
			mmap_write_downgrade(mm);
			downgraded = true;
		}
		goto success;
	}
	mm->brk = brk;
success:
	if (downgraded)
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(mm);
	else
		/* lockmap: hit release write; ends s */
		mmap_write_unlock(mm);
	return brk;
out:
	/* lockmap: hit release write; ends s */
	mmap_write_unlock(mm);
	return origbrk;
}

/* lockmap: contract none */
int vm_munmap(unsigned long start, size_t len)
{
	struct mm_struct *mm = current->mm;
	int ret;

	/* lockmap: hit acquire write; section s write balanced */
	if ((ret = mmap_write_lock_killable(mm)) != 0)
		return ret;
	ret = __do_munmap(mm, start, len, true);
	if (ret == 1) {
		/* lockmap: hit downgrade read */
		mmap_write_downgrade(mm);
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(mm);
		return 0;
	}
	/* lockmap: hit release write; ends s */
	mmap_write_unlock(mm);
	return ret;
}

/* lockmap: contract none */
unsigned long vm_mmap(struct file *file, unsigned long addr, unsigned long len)
{
	struct mm_struct *mm = current->mm;
	unsigned long ret = -EINTR;

	/* lockmap: hit acquire write; section s write balanced */
	if (!mmap_write_lock_killable(mm)) {
		ret = do_mmap(file, addr, len);
		/* lockmap: hit release write; ends s */
		mmap_write_unlock(mm);
	}
	return ret;
}

SYSCALL_DEFINE0(vmlimits)
{
	int killed;

	/* lockmap: hit acquire read; section s read balanced */
	killed = mmap_read_lock_killable(current->mm);
	if (killed < 0)
		return killed;
	mmap_dirty_limit = current->mm->total_vm;
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(current->mm);
	return 0;
}
