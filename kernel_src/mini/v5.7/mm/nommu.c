// SPDX-License-Identifier: GPL-2.0
/* The other half of a configuration: global functions of the same name as mm/mmap.c's. */
#include <linux/mm.h>

#ifndef CONFIG_MMU

/* lockmap: contract none */
int vm_munmap(unsigned long start, size_t len)
{
	struct mm_struct *mm = current->mm;
	int ret;

	/* lockmap: hit acquire write; section s write balanced */
	down_write(&mm->mmap_sem);
	ret = do_munmap(mm, start, len);
	/* lockmap: hit release write; ends s */
	up_write(&mm->mmap_sem);
	return ret;
}

#endif /* !CONFIG_MMU */

/* No section of its own: the lock of whoever calls. */
/* lockmap: contract none */
unsigned long __must_hold(&mm->mmap_sem) region_size(struct mm_struct *mm)
{
	struct vm_area_struct *vma = find_vma(mm, 0);

	/* lockmap: hit assert any */
	lockdep_assert_held(&mm->mmap_sem);
	return vma ? vma->vm_end - vma->vm_start : 0;
}

/* lockmap: contract none */
unsigned long region_size_locked(struct mm_struct *mm)
{
	unsigned long size;

	/* lockmap: hit acquire read; section s read balanced */
	down_read(&mm->mmap_sem);
	/* lockmap: ok */
	size = region_size(mm);
	/* lockmap: hit release read; ends s */
	up_read(&mm->mmap_sem);
	return size;
}
