// SPDX-License-Identifier: GPL-2.0
/* The system calls that change an address space: write mode, often downgraded. */
#include <linux/mm.h>
#include <linux/syscalls.h>

int mmap_dirty_limit;

/*
 * Returns 1 when the lock may be downgraded before the slow part, which the
 * caller has to do: nothing here takes or drops mmap_sem.
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
	if (down_write_killable(&mm->mmap_sem))
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
			downgrade_write(&mm->mmap_sem);
			downgraded = true;
		}
		goto success;
	}
	mm->brk = brk;
success:
	if (downgraded)
		/* lockmap: hit release read; ends s */
		up_read(&mm->mmap_sem);
	else
		/* lockmap: hit release write; ends s */
		up_write(&mm->mmap_sem);
	return brk;
out:
	/* lockmap: hit release write; ends s */
	up_write(&mm->mmap_sem);
	return origbrk;
}

/* lockmap: contract none */
int vm_munmap(unsigned long start, size_t len)
{
	struct mm_struct *mm = current->mm;
	int ret;

	/* lockmap: hit acquire write; section s write balanced */
	if ((ret = down_write_killable(&mm->mmap_sem)) != 0)
		return ret;
	ret = __do_munmap(mm, start, len, true);
	if (ret == 1) {
		/* lockmap: hit downgrade read */
		downgrade_write(&mm->mmap_sem);
		/* lockmap: hit release read; ends s */
		up_read(&mm->mmap_sem);
		return 0;
	}
	/* lockmap: hit release write; ends s */
	up_write(&mm->mmap_sem);
	return ret;
}

/* lockmap: contract none */
unsigned long vm_mmap(struct file *file, unsigned long addr, unsigned long len)
{
	struct mm_struct *mm = current->mm;
	unsigned long ret = -EINTR;

	/* lockmap: hit acquire write; section s write balanced */
	if (!down_write_killable(&mm->mmap_sem)) {
		ret = do_mmap(file, addr, len);
		/* lockmap: hit release write; ends s */
		up_write(&mm->mmap_sem);
	}
	return ret;
}

SYSCALL_DEFINE0(vmlimits)
{
	int killed;

	/* lockmap: hit acquire read; section s read balanced */
	killed = down_read_killable(&current->mm->mmap_sem);
	if (killed < 0)
		return killed;
	mmap_dirty_limit = current->mm->total_vm;
	/* lockmap: hit release read; ends s */
	up_read(&current->mm->mmap_sem);
	return 0;
}
