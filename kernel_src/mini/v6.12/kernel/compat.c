// SPDX-License-Identifier: GPL-2.0
/* System calls behind another definer; "&&" and "||" that decide about the lock. */
#include <linux/mm.h>
#include <linux/syscalls.h>

COMPAT_SYSCALL_DEFINE2(peek_brk, u32 __user *, to, int, wait)
{
	struct mm_struct *mm = current->mm;
	u32 value;

	/* lockmap: hit try read; section s read balanced */
	if (!wait && !mmap_read_trylock(mm))
		return -EAGAIN;
	if (wait)
		/* lockmap: hit acquire read; section w read balanced */
		mmap_read_lock(mm);
	value = mm->brk;
	/* lockmap: hit release read; ends s,w */
	mmap_read_unlock(mm);
	/* lockmap: faults copy_to_user */
	return copy_to_user(to, &value, sizeof(value)) ? -EFAULT : 0;
}

SYSCALL_DEFINE3(poke_brk, unsigned long, brk, int, wait,
		u32 __user *, old)
{
	struct mm_struct *mm = current->mm;
	long error = 0;

	/* lockmap: hit acquire write; section s write balanced */
	if (!mm || mmap_write_lock_killable(mm))
		return -EINTR;
	if (brk < mm->start_brk || (wait && fatal_signal_pending(current)))
		error = -EINVAL;
	else
		mm->brk = brk;
	/* lockmap: hit release write; ends s */
	mmap_write_unlock(mm);
	return error;
}

/* lockmap: contract none */
long pick_mode(struct mm_struct *mm, bool write)
{
	long total;

	/* lockmap: hit acquire write; todo-section w write balanced */
	/* lockmap: hit acquire read; section r read balanced */
	write ? mmap_write_lock(mm) : mmap_read_lock(mm);
	total = mm->total_vm;
	/* lockmap: hit release write; ends w */
	/* lockmap: hit release read; ends r */
	write ? mmap_write_unlock(mm) : mmap_read_unlock(mm);
	return total;
}

/* lockmap: contract none */
int either_way(struct mm_struct *mm)
{
	/* lockmap: hit try write; section w write balanced */
	if (mm->def_flags && mmap_write_trylock(mm)) {
		mm->def_flags = 0;
		/* lockmap: hit release write; ends w */
		mmap_write_unlock(mm);
		return 1;
	}
	return 0;
}
