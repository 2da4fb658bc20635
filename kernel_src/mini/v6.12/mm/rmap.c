// SPDX-License-Identifier: GPL-2.0
/* Three classes of lock in one function, each its own. */
#include <linux/rmap.h>

/* lockmap: contract none */
int anon_vma_prepare(struct mm_struct *mm, struct anon_vma *anon_vma)
{
	int ret = 0;

	/* lockmap: hit acquire read; section s read balanced */
	mmap_read_lock(mm);
	/* lockmap: ok; hit acquire write lock=anon_vma; section a write balanced lock=anon_vma */
	anon_vma_lock_write(anon_vma);
	if (anon_vma->degree > 5) {
		ret = -EBUSY;
		goto out;
	}
	anon_vma->degree++;
out:
	/* lockmap: ok; hit release write lock=anon_vma; ends a */
	anon_vma_unlock_write(anon_vma);
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return ret;
}

/* lockmap: contract none */
unsigned long mapping_pages(struct address_space *mapping)
{
	unsigned long pages;

	/* lockmap: ok; hit acquire read lock=i_mmap_rwsem; section i read balanced lock=i_mmap_rwsem */
	i_mmap_lock_read(mapping);
	pages = mapping->nrpages;
	/* lockmap: ok; hit release read lock=i_mmap_rwsem; ends i */
	i_mmap_unlock_read(mapping);
	return pages;
}

/* lockmap: contract none */
int mapping_leak(struct address_space *mapping, unsigned long limit)
{
	/* lockmap: ok; hit acquire read lock=i_mmap_rwsem; section i read leaks lock=i_mmap_rwsem */
	down_read(&mapping->i_mmap_rwsem);
	if (mapping->nrpages > limit)
		return -EINVAL;		/* BUG: still held */
	/* lockmap: ok; hit release read lock=i_mmap_rwsem; ends i */
	up_read(&mapping->i_mmap_rwsem);
	return 0;
}
