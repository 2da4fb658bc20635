// SPDX-License-Identifier: GPL-2.0
/* Other locks of the same name, and a semaphore pointer that may be NULL. */
#include <linux/mm.h>

enum vcap_memory { VCAP_OWN, VCAP_USERPTR };

struct vcap_queue {
	struct mutex mmap_sem;		/* a mutex, whatever it is called */
	struct mutex mmap_lock;
	enum vcap_memory memory;
	int count;
};

struct vcap_ctx {
	spinlock_t mmap_sem;
	struct vcap_queue queue;
};

/* A semaphore of this name in static storage: no object holds it. */
/* lockmap: ok */
static struct rw_semaphore mmap_sem = __RWSEM_INITIALIZER(mmap_sem);

int vcap_reset(struct vcap_ctx *ctx)
{
	/* lockmap: ok */
	mutex_lock(&ctx->queue.mmap_sem);
	/* lockmap: ok */
	mutex_lock(&ctx->queue.mmap_lock);
	/* lockmap: ok */
	spin_lock(&ctx->mmap_sem);
	ctx->queue.count = 0;
	/* lockmap: ok */
	spin_unlock(&ctx->mmap_sem);
	/* lockmap: ok */
	mutex_unlock(&ctx->queue.mmap_lock);
	/* lockmap: ok */
	mutex_unlock(&ctx->queue.mmap_sem);
	return 0;
}

void vcap_registered(void (*notify)(void))
{
	/* lockmap: ok */
	down_read(&mmap_sem);
	notify();
	/* lockmap: ok */
	up_read(&mmap_sem);
}

/* The local pointer hides the static lock, and is a real mm's lock or nothing. */
/* lockmap: contract none */
int vcap_prepare(struct vcap_queue *q)
{
	struct rw_semaphore *mmap_sem = NULL;
	int ret = 0;

	if (q->memory == VCAP_USERPTR)
		mmap_sem = &current->mm->mmap_sem;
	q->count++;
	if (mmap_sem)
		/* lockmap: hit acquire read; section s read balanced */
		down_read(mmap_sem);
	if (q->count > 32)
		ret = -EBUSY;
	if (mmap_sem)
		/* lockmap: hit release read; ends s */
		up_read(mmap_sem);
	return ret;
}
