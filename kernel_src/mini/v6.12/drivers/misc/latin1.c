// SPDX-License-Identifier: GPL-2.0
/* Copyright Jörg Müller: a name in Latin-1, so this file is not UTF-8. */
#include <linux/mm.h>

/* lockmap: contract none */
void named(struct mm_struct *mm)
{
	/* déjà vu: a byte above 127 before the call, columns count bytes */
	/* lockmap: hit acquire write; section s write balanced */
	/* é */ mmap_write_lock(mm);
	mm->total_vm++;
	/* lockmap: hit release write; ends s */
	mmap_write_unlock(mm);
}
