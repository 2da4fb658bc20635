// SPDX-License-Identifier: GPL-2.0
/* What was known goes stale: memory that others write, arguments that macros assign. */
#include <linux/mm.h>
#include <linux/mutex.h>

struct stale_job {
	struct mutex lock;
	int done;
	int error;
};

#define STALE_VERIFY(err, cond) \
do { \
	if (!(cond)) \
		(err) = (err) ? (err) : -EINVAL; \
} while (0)

/* Whoever waits for the mutex may set done meanwhile. */
/* lockmap: contract none */
void stale_wait(struct stale_job *job, struct mm_struct *mm)
{
	if (job->done)
		return;
	mutex_unlock(&job->lock);
	mutex_lock(&job->lock);
	if (job->done) {
		/* lockmap: hit acquire read; section s read balanced */
		mmap_read_lock(mm);
		mm->total_vm++;
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(mm);
	}
}

/* Tested twice to the same end: no path unlocks what it has not locked. */
/* lockmap: contract none */
void stale_pair(struct stale_job *job, struct mm_struct *mm)
{
	if (job->error)
		/* lockmap: hit acquire read; section s read balanced */
		mmap_read_lock(mm);
	mutex_lock(&job->lock);
	job->done = 1;
	mutex_unlock(&job->lock);
	if (job->error)
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(mm);
}

/* The macro sets err, though it looks like a function of it. */
/* lockmap: contract none */
int stale_verify(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;
	int err = 0;

	/* lockmap: hit acquire read; section s read balanced */
	mmap_read_lock(mm);
	vma = find_vma(mm, addr);
	STALE_VERIFY(err, vma);
	if (err) {
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(mm);
		return err;
	}
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return 0;
}
