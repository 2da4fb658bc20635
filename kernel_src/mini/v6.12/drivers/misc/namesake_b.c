// SPDX-License-Identifier: GPL-2.0
/* enter() and leave() of this file only count; those of namesake_a.c lock. */
#include <linux/mm.h>

/* lockmap: contract none */
static void enter(struct mm_struct *mm)
{
	mm->mm_users.counter++;
}

/* lockmap: contract none */
static void leave(struct mm_struct *mm)
{
	mm->mm_users.counter--;
}

/* lockmap: contract none */
void visit_counted(struct mm_struct *mm)
{
	/* lockmap: ok */
	enter(mm);
	mm->total_vm++;
	/* lockmap: ok */
	leave(mm);
}
