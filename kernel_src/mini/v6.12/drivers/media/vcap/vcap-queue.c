// SPDX-License-Identifier: GPL-2.0
/* Other locks of the same name, and a semaphore pointer that may be NULL. */
#include <linux/mm.h>

enum vcap_memory { VCAP_OWN, VCAP_USERPTR };

struct vcap_queue {
	struct mutex mmap_lock;		/* a mutex, whatever it is called */
	enum vcap_memory memory;
	int count;
};

struct vcap_ctx {
	spinlock_t mmap_lock;
	struct vcap_queue queue;
};

/* A semaphore of this name in static storage: no object holds it. */
/* lockmap: ok */
static struct rw_semaphore mmap_lock = __RWSEM_INITIALIZER(mmap_lock);

int vcap_reset(struct vcap_ctx *ctx)
{
	/* lockmap: ok */
	mutex_lock(&ctx->queue.mmap_lock);
	/* lockmap: ok */
	spin_lock(&ctx->mmap_lock);
	ctx->queue.count = 0;
	/* lockmap: ok */
	spin_unlock(&ctx->mmap_lock);
	/* lockmap: ok */
	mutex_unlock(&ctx->queue.mmap_lock);
	return 0;
}

void vcap_registered(void (*notify)(void))
{
	/* lockmap: ok */
	down_read(&mmap_lock);
	notify();
	/* lockmap: ok */
	up_read(&mmap_lock);
}

/* The local pointer hides the static lock, and is a real mm's lock or nothing. */
/* lockmap: contract none */
int vcap_prepare(struct vcap_queue *q)
{
	struct rw_semaphore *mmap_lock = NULL;
	int ret = 0;

	if (q->memory == VCAP_USERPTR)
		mmap_lock = &current->mm->mmap_lock;
	q->count++;
	if (mmap_lock)
		/* lockmap: hit acquire read; section s read balanced */
		down_read(mmap_lock);
	if (q->count > 32)
		ret = -EBUSY;
	if (mmap_lock)
		/* lockmap: hit release read; ends s */
		up_read(mmap_lock);
	return ret;
}
