// SPDX-License-Identifier: GPL-2.0
/* enter() and leave() of this file lock; those of namesake_b.c do not. */
#include <linux/mm.h>

/* lockmap: contract returns-held */
static void enter(struct mm_struct *mm)
{
	/* lockmap: hit acquire write; section s write balanced returns-held */
	mmap_write_lock(mm);
}

/* lockmap: contract drops */
static void leave(struct mm_struct *mm)
{
	/* lockmap: hit release write */
	mmap_write_unlock(mm);
}

/* lockmap: contract none */
void visit_locked(struct mm_struct *mm)
{
	/* lockmap: hit acquire write indirect; section s write balanced */
	enter(mm);
	mm->total_vm++;
	/* lockmap: hit release write indirect; ends s */
	leave(mm);
}
