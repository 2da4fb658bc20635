/* SPDX-License-Identifier: GPL-2.0 */
/* A driver header with wrappers: macros of every shape, and inline functions. */
#ifndef _LINUX_PAD_H
#define _LINUX_PAD_H

#include <linux/mm.h>

struct pad {
	struct mm_struct *mm;
	struct list_head link;
	int depth;
};

struct box {
	struct rw_semaphore mmap_lock;
	int full;
};

/* lockmap: hit acquire read */
#define PAD_LOCK(p)	mmap_read_lock((p)->mm)
/* lockmap: hit release read */
#define PAD_UNLOCK(p)	mmap_read_unlock((p)->mm)

/* The same words around another struct's lock: only its uses tell the type. */
/* lockmap: ok */
#define BOX_LOCK(b)	down_read(&(b)->mmap_lock)
/* lockmap: ok */
#define BOX_UNLOCK(b)	up_read(&(b)->mmap_lock)

/* lockmap: ok; hit acquire write at +2 */
#define pad_enter(p)				\
do {						\
	mmap_write_lock((p)->mm);		\
	(p)->depth++;				\
} while (0)

/* lockmap: ok; hit release write at +2 */
#define pad_leave(p) do {			\
	(p)->depth--;				\
	mmap_write_unlock((p)->mm);		\
} while (0)

/* An expression, to be tested by its user. */
/* lockmap: hit try read at +1 */
#define pad_try(p) \
	(mmap_read_trylock((p)->mm) ? (p) : NULL)

/* A lock as a name, and a whole statement as a name. */
/* lockmap: ok */
#define OUR_SEM		(&current->mm->mmap_lock)
/* lockmap: hit acquire read */
#define LOCK_US		mmap_read_lock(current->mm)

/* Pasted together: the name of the operation stands nowhere. */
/* lockmap: ok */
#define PAD_OP(op, p)	mmap_##op((p)->mm)

/* Prose in a macro, in lines that look like calls. */
/* lockmap: ok at +2; ok at +3 */
#define pad_complain(p)						\
	printk("pad %d: "					\
	       "mmap_read_lock(p->mm) failed, "		\
	       "mmap_read_unlock(p->mm) not needed\n",	\
	       (p)->depth)

/* lockmap: contract returns-held */
static inline void pad_begin(struct pad *p)
{
	/* lockmap: hit acquire read; section s read balanced returns-held */
	mmap_read_lock(p->mm);
}

/* lockmap: contract drops */
static inline void pad_end(struct pad *p)
{
	/* lockmap: hit release read */
	mmap_read_unlock(p->mm);
}

#endif
