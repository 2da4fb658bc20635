/* SPDX-License-Identifier: GPL-2.0 */
/* The two locks of the reverse mapping, with their own functions. */
#ifndef _LINUX_RMAP_H
#define _LINUX_RMAP_H

#include <linux/mm.h>

struct anon_vma {
	struct anon_vma *root;
	struct rw_semaphore rwsem;
	int degree;
};

struct address_space {
	struct inode *host;
	struct rw_semaphore i_mmap_rwsem;
	unsigned long nrpages;
};

/* lockmap: ok */
static inline void anon_vma_lock_write(struct anon_vma *anon_vma)
{
	/* lockmap: hit acquire write definition lock=anon_vma */
	down_write(&anon_vma->root->rwsem);
}

/* lockmap: ok */
static inline void anon_vma_unlock_write(struct anon_vma *anon_vma)
{
	/* lockmap: hit release write definition lock=anon_vma */
	up_write(&anon_vma->root->rwsem);
}

/* lockmap: ok */
static inline void i_mmap_lock_read(struct address_space *mapping)
{
	/* lockmap: hit acquire read definition lock=i_mmap_rwsem */
	down_read(&mapping->i_mmap_rwsem);
}

/* lockmap: ok */
static inline void i_mmap_unlock_read(struct address_space *mapping)
{
	/* lockmap: hit release read definition lock=i_mmap_rwsem */
	up_read(&mapping->i_mmap_rwsem);
}

#endif
