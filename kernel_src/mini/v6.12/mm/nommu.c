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
	mmap_write_lock(mm);
	ret = do_munmap(mm, start, len);
	/* lockmap: hit release write; ends s */
	mmap_write_unlock(mm);
	return ret;
}

#endif /* !CONFIG_MMU */

/* No section of its own: the lock of whoever calls. */
/* lockmap: contract none */
unsigned long __must_hold(&mm->mmap_lock) region_size(struct mm_struct *mm)
{
	struct vm_area_struct *vma = find_vma(mm, 0);

	/* lockmap: hit assert any */
	lockdep_assert_held(&mm->mmap_lock);
	return vma ? vma->vm_end - vma->vm_start : 0;
}

/* lockmap: contract none */
unsigned long region_size_locked(struct mm_struct *mm)
{
	unsigned long size;

	/* lockmap: hit acquire read; section s read balanced */
	mmap_read_lock(mm);
	/* lockmap: ok */
	size = region_size(mm);
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return size;
}
