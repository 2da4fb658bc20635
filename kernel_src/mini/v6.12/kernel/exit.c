// SPDX-License-Identifier: GPL-2.0
/* Dropping and retaking around a wait, and loops over every process. */
#include <linux/mm.h>

struct core_state {
	struct mm_struct *mm;
	int waiting;
};

void wait_for_core(struct core_state *state);

/* lockmap: contract none */
static void exit_mm(struct core_state *state)
{
	struct mm_struct *mm = current->mm;

	if (!mm)
		return;
	/* lockmap: hit acquire read; section first read balanced */
	mmap_read_lock(mm);
	if (state->waiting) {
		/* lockmap: hit release read; ends first */
		mmap_read_unlock(mm);
		wait_for_core(state);
		/* lockmap: hit acquire read; section again read balanced */
		mmap_read_lock(mm);
	}
	current->mm = NULL;
	/* lockmap: hit release read; ends first,again */
	mmap_read_unlock(mm);
	mmput(mm);
}

/* lockmap: contract none */
int count_writers(void)
{
	struct task_struct *p;
	int found = 0;

	for_each_process(p) {
		struct mm_struct *mm = get_task_mm(p);

		if (!mm)
			continue;
		/* lockmap: hit try read; section s read balanced */
		if (!mmap_read_trylock(mm)) {
			mmput(mm);
			continue;
		}
		if (mm->def_flags & VM_WRITE) {
			found++;
			/* lockmap: hit release read; ends s */
			mmap_read_unlock(mm);
			mmput(mm);
			break;
		}
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(mm);
		mmput(mm);
	}
	return found;
}

/* lockmap: contract none */
bool try_reap(struct task_struct *tsk)
{
	bool ret = true;
	int got;

	/* lockmap: hit try read; section s read balanced */
	got = mmap_read_trylock(tsk->mm);
	if (!got) {
		ret = false;
		goto out;
	}
	tsk->exit_code = 0;
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(tsk->mm);
out:
	return ret;
}
