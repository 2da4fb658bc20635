/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lock's own functions over the semaphore: where it is defined, as opposed
 * to used.  Everything in here is an operation inside a definition.
 */
#ifndef _LINUX_MMAP_LOCK_H
#define _LINUX_MMAP_LOCK_H

#include <linux/mm_types.h>
#include <linux/lockdep.h>

/* lockmap: ok; todo-hit init any definition at +1 */
#define MMAP_LOCK_INITIALIZER(name) \
	.mmap_lock = __RWSEM_INITIALIZER((name).mmap_lock),

/* lockmap: ok */
static inline void mmap_init_lock(struct mm_struct *mm)
{
	/* lockmap: hit init any definition */
	init_rwsem(&mm->mmap_lock);
	mm->mm_lock_seq = 0;
}

static inline void mmap_assert_locked(struct mm_struct *mm)
{
	/* lockmap: hit assert any definition */
	rwsem_assert_held(&mm->mmap_lock);
}

static inline void mmap_assert_write_locked(struct mm_struct *mm)
{
	/* lockmap: hit assert write definition */
	rwsem_assert_held_write(&mm->mmap_lock);
}

/* lockmap: ok */
static inline void mmap_read_lock(struct mm_struct *mm)
{
	/* lockmap: hit acquire read definition */
	down_read(&mm->mmap_lock);
}

/* lockmap: ok */
static inline int __must_check mmap_read_lock_killable(struct mm_struct *mm)
{
	int ret;

	/* lockmap: hit acquire read definition */
	ret = down_read_killable(&mm->mmap_lock);
	return ret;
}

/* lockmap: ok */
static inline bool __must_check mmap_read_trylock(struct mm_struct *mm)
{
	/* lockmap: hit try read definition */
	return down_read_trylock(&mm->mmap_lock) != 0;
}

/* lockmap: ok */
static inline void mmap_read_unlock(struct mm_struct *mm)
{
	/* lockmap: hit release read definition */
	up_read(&mm->mmap_lock);
}

/* lockmap: ok */
static inline void mmap_read_unlock_non_owner(struct mm_struct *mm)
{
	/* lockmap: hit release read definition */
	up_read_non_owner(&mm->mmap_lock);
}

/* lockmap: ok */
static inline void mmap_write_lock(struct mm_struct *mm)
{
	/* lockmap: hit acquire write definition */
	down_write(&mm->mmap_lock);
}

/* lockmap: ok */
static inline void mmap_write_lock_nested(struct mm_struct *mm, int subclass)
{
	/* lockmap: hit acquire write definition */
	down_write_nested(&mm->mmap_lock, subclass);
}

/* lockmap: ok */
static inline int __must_check mmap_write_lock_killable(struct mm_struct *mm)
{
	/* lockmap: hit acquire write definition */
	return down_write_killable(&mm->mmap_lock);
}

/* lockmap: ok */
static inline bool __must_check mmap_write_trylock(struct mm_struct *mm)
{
	/* lockmap: hit try write definition */
	return down_write_trylock(&mm->mmap_lock) != 0;
}

/* Before a writer lets go, every VMA it had locked is free as well. */
static inline void vma_end_write_all(struct mm_struct *mm)
{
	/* lockmap: hit assert write */
	mmap_assert_write_locked(mm);
	mm->mm_lock_seq++;
}

/* lockmap: ok */
static inline void mmap_write_unlock(struct mm_struct *mm)
{
	vma_end_write_all(mm);
	/* lockmap: hit release write definition */
	up_write(&mm->mmap_lock);
}

/* lockmap: ok */
static inline void mmap_write_downgrade(struct mm_struct *mm)
{
	vma_end_write_all(mm);
	/* lockmap: hit downgrade read definition */
	downgrade_write(&mm->mmap_lock);
}

static inline int mmap_lock_is_contended(struct mm_struct *mm)
{
	return rwsem_is_contended(&mm->mmap_lock);
}

/* lockmap: hit acquire read definition; hit release read definition at +1 */
DEFINE_GUARD(mmap_read_lock, struct mm_struct *, mmap_read_lock(_T),
	     mmap_read_unlock(_T))

#endif
