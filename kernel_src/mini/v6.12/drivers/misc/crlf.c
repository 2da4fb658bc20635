// SPDX-License-Identifier: GPL-2.0
/* Every line of this file ends in CR LF. */
#include <linux/mm.h>

/* lockmap: contract none */
unsigned long from_elsewhere(struct mm_struct *mm)
{
	unsigned long total;

	/* lockmap: hit acquire read; section s read balanced */
	mmap_read_lock(mm);
	total = mm->total_vm;
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return total;
}
