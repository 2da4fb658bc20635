// SPDX-License-Identifier: GPL-2.0
/* Naming a function of the API is not calling it; a lock may also change hands. */
#include <linux/mm.h>

struct mm_locking {
	void (*lock)(struct mm_struct *mm);
	void (*unlock)(struct mm_struct *mm);
};

static const struct mm_locking for_reading = {
	/* lockmap: ok */
	.lock = mmap_read_lock,
	/* lockmap: ok */
	.unlock = mmap_read_unlock,
};

static const struct mm_locking for_writing = {
	/* lockmap: ok */
	.lock = mmap_write_lock,
	/* lockmap: ok */
	.unlock = mmap_write_unlock,
};

/* Which of the two runs is known at run time only. */
long count_pages(struct mm_struct *mm, bool write)
{
	const struct mm_locking *how = write ? &for_writing : &for_reading;
	long total;

	/* lockmap: todo-hit acquire any indirect */
	how->lock(mm);
	total = mm->total_vm;
	/* lockmap: todo-hit release any indirect */
	how->unlock(mm);
	return total;
}

/* lockmap: ok */
bool is_for_reading(const struct mm_locking *how) { return how->lock == mmap_read_lock; }

struct unlock_work {
	struct mm_struct *mm;
	bool busy;
};

void queue_unlock(struct unlock_work *work);

/* Runs later, in another context, for whoever took the lock. */
/* lockmap: contract drops */
void do_unlock_work(struct unlock_work *work)
{
	/* lockmap: hit release read */
	mmap_read_unlock_non_owner(work->mm);
}

/* lockmap: contract none */
int lookup_atomic(struct mm_struct *mm, struct unlock_work *work, unsigned long addr)
{
	int found;

	if (work && work->busy)
		return -EBUSY;
	/* With a work item the section ends in do_unlock_work(): no text links the two. */
	/* lockmap: hit try read; todo-section s read balanced paired */
	if (!mmap_read_trylock(mm))
		return -EAGAIN;
	found = find_vma(mm, addr) != NULL;
	if (!work) {
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(mm);
	} else {
		work->mm = mm;
		queue_unlock(work);
	}
	return found;
}
