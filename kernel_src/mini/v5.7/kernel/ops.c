// SPDX-License-Identifier: GPL-2.0
/* Locking through function pointers: naming a function is not calling it. */
#include <linux/mm.h>

struct mm_locking {
	void (*lock)(struct rw_semaphore *sem);
	void (*unlock)(struct rw_semaphore *sem);
};

static const struct mm_locking for_reading = {
	/* lockmap: ok */
	.lock = down_read,
	/* lockmap: ok */
	.unlock = up_read,
};

static const struct mm_locking for_writing = {
	/* lockmap: ok */
	.lock = down_write,
	/* lockmap: ok */
	.unlock = up_write,
};

static const struct mm_locking *locking(bool write)
{
	return write ? &for_writing : &for_reading;
}

/* Which of the two runs is known at run time only. */
long count_pages(struct mm_struct *mm, bool write)
{
	const struct mm_locking *how = locking(write);
	long total;

	/* lockmap: todo-hit acquire any */
	how->lock(&mm->mmap_sem);
	total = mm->total_vm;
	/* lockmap: todo-hit release any */
	how->unlock(&mm->mmap_sem);
	return total;
}

/* The lock itself is handed on as an address: the callee decides. */
void note_lock(struct rw_semaphore *sem, int depth);

void announce(struct mm_struct *mm)
{
	/* lockmap: ok */
	note_lock(&mm->mmap_sem, 1);
}
