// SPDX-License-Identifier: GPL-2.0
/* The one mm that is never allocated: its lock is initialised statically. */
#include <linux/mm.h>

struct mm_struct init_mm = {
	.mm_users = { 2 },
	.mm_count = { 1 },
	/* lockmap: hit init any */
	MMAP_LOCK_INITIALIZER(init_mm)
	.mmlist = { &init_mm.mmlist, &init_mm.mmlist },
};

/* lockmap: contract none */
void walk_kernel_tables(void (*note)(unsigned long total))
{
	/* lockmap: hit acquire write; section s write balanced */
	mmap_write_lock(&init_mm);
	note(init_mm.total_vm);
	/* lockmap: hit release write; ends s */
	mmap_write_unlock(&init_mm);
}
