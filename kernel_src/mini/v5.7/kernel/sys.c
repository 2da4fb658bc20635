// SPDX-License-Identifier: GPL-2.0
/* One switch, many ways to hold the lock in its cases. */
#include <linux/mm.h>
#include <linux/fs.h>
#include <linux/syscalls.h>

#define PR_SET_DUMP	1
#define PR_GET_DUMP	2
#define PR_SET_EXE	3
#define PR_SET_BRK	4
#define PR_SET_ARGS	5

/* lockmap: runs both must either by sys_prctl */
static int validate_args(struct mm_struct *mm, unsigned long start)
{
	/* lockmap: hit assert any */
	lockdep_assert_held(&mm->mmap_sem);
	return start < mm->start_brk ? 0 : -EINVAL;
}

SYSCALL_DEFINE2(prctl, int, option, unsigned long, arg2)
{
	struct task_struct *me = current;
	long error = 0;

	switch (option) {
	case PR_SET_DUMP:
		/* lockmap: hit acquire write; section dump write balanced */
		if (down_write_killable(&me->mm->mmap_sem))
			return -EINTR;
		if (arg2)
			me->mm->def_flags |= VM_READ;
		else
			me->mm->def_flags &= ~VM_READ;
		/* lockmap: hit release write; ends dump */
		up_write(&me->mm->mmap_sem);
		break;
	case PR_SET_EXE:
		/* lockmap: hit acquire write; section exe write balanced */
		down_write(&me->mm->mmap_sem);
		if (!me->mm->exe_file) {
			error = -EBUSY;
			goto unlock;
		}
		/* lockmap: hit downgrade read */
		downgrade_write(&me->mm->mmap_sem);
		error = validate_args(me->mm, arg2);
		/* lockmap: hit release read; ends exe */
		up_read(&me->mm->mmap_sem);
		break;
unlock:
		/* lockmap: hit release write; ends exe */
		up_write(&me->mm->mmap_sem);
		break;
	case PR_SET_BRK:
		/* lockmap: hit acquire write; section both write balanced */
		down_write(&me->mm->mmap_sem);
		me->mm->brk = arg2;
		goto locked;
	case PR_SET_ARGS:
		/* lockmap: hit acquire write; section args write balanced */
		down_write(&me->mm->mmap_sem);
locked:
		error = validate_args(me->mm, arg2);
		if (!error)
			me->mm->arg_start = arg2;
		/* lockmap: hit release write; ends both,args */
		up_write(&me->mm->mmap_sem);
		fallthrough;
	case PR_GET_DUMP:
		error = me->mm->def_flags;
		break;
	default:
		error = -EINVAL;
	}
	return error;
}

/* Acquired in either of two cases, released once after the switch. */
/* lockmap: contract none */
int settle(struct mm_struct *mm, int step)
{
	switch (step) {
	case 0:
		return 0;
	case 1:
		/* lockmap: hit acquire read; section one read balanced */
		down_read(&mm->mmap_sem);
		break;
	default:
		/* lockmap: hit acquire read; section rest read balanced */
		down_read(&mm->mmap_sem);
		if (!mm->total_vm)
			goto out;
	}
	mm->context = NULL;
out:
	/* lockmap: hit release read; ends one,rest */
	up_read(&mm->mmap_sem);
	return step;
}
