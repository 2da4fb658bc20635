// SPDX-License-Identifier: GPL-2.0
/* System calls behind another definer; "&&" and "||" that decide about the lock. */
#include <linux/mm.h>
#include <linux/syscalls.h>

COMPAT_SYSCALL_DEFINE2(peek_brk, u32 __user *, to, int, wait)
{
	struct mm_struct *mm = current->mm;
	u32 value;

	/* lockmap: hit try read; section s read balanced */
	if (!wait && !down_read_trylock(&mm->mmap_sem))
		return -EAGAIN;
	if (wait)
		/* lockmap: hit acquire read; section w read balanced */
		down_read(&mm->mmap_sem);
	value = mm->brk;
	/* lockmap: hit release read; ends s,w */
	up_read(&mm->mmap_sem);
	/* lockmap: faults copy_to_user */
	return copy_to_user(to, &value, sizeof(value)) ? -EFAULT : 0;
}

SYSCALL_DEFINE3(poke_brk, unsigned long, brk, int, wait,
		u32 __user *, old)
{
	struct mm_struct *mm = current->mm;
	long error = 0;

	/* lockmap: hit acquire write; section s write balanced */
	if (!mm || down_write_killable(&mm->mmap_sem))
		return -EINTR;
	if (brk < mm->start_brk || (wait && fatal_signal_pending(current)))
		error = -EINVAL;
	else
		mm->brk = brk;
	/* lockmap: hit release write; ends s */
	up_write(&mm->mmap_sem);
	return error;
}

/* lockmap: contract none */
long pick_mode(struct mm_struct *mm, bool write)
{
	long total;

	/* lockmap: hit acquire write; todo-section w write balanced */
	/* lockmap: hit acquire read; section r read balanced */
	write ? down_write(&mm->mmap_sem) : down_read(&mm->mmap_sem);
	total = mm->total_vm;
	/* lockmap: hit release write; ends w */
	/* lockmap: hit release read; ends r */
	write ? up_write(&mm->mmap_sem) : up_read(&mm->mmap_sem);
	return total;
}

/* lockmap: contract none */
int either_way(struct mm_struct *mm)
{
	/* lockmap: hit try write; section w write balanced */
	if (mm->def_flags && down_write_trylock(&mm->mmap_sem)) {
		mm->def_flags = 0;
		/* lockmap: hit release write; ends w */
		up_write(&mm->mmap_sem);
		return 1;
	}
	return 0;
}
