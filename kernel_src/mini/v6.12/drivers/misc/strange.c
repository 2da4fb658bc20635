// SPDX-License-Identifier: GPL-2.0
/* Grammar: everything that is C to gcc, and hard on whoever reads without it. */
#include <linux/mm.h>

struct strange_node {
	struct mm_struct *mm;
	struct mm_struct **slot;
	struct mm_struct inside;
	struct list_head list;
};

/* lockmap: contract returns-held */
static noinline __must_check int __sched surrounded(struct mm_struct *mm)
	/* lockmap: ok */
	__acquires(&mm->mmap_lock)
{
	/* lockmap: hit acquire read; section s read balanced returns-held */
	return mmap_read_lock_killable(mm);
}

/* lockmap: contract drops */
static void __maybe_unused released(struct mm_struct *mm)
	/* lockmap: ok */
	__releases(&mm->mmap_lock) __must_hold(&mm->mmap_lock)
{
	/* lockmap: hit release read */
	mmap_read_unlock(mm);
}

/* An old-style definition. */
/* lockmap: contract none */
int kernighan(mm, start)
	struct mm_struct *mm;
	unsigned long start;
{
	/* lockmap: hit acquire read indirect; section s read balanced */
	if (surrounded(mm))
		return -EINTR;
	start += mm->total_vm;
	/* lockmap: hit release read indirect; ends s */
	released(mm);
	return start != 0;
}

/* lockmap: contract none */
int computed(struct mm_struct *mm, int step)
{
	static void *const steps[] = { &&begin, &&skip };

	goto *steps[step & 1];
begin:
	/* lockmap: hit acquire read; todo-section s read balanced */
	mmap_read_lock(mm);
	step = mm->total_vm;
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
skip:
	return step;
}

/* lockmap: contract none */
int jumped(struct mm_struct *mm)
{
	/* lockmap: hit acquire read; section s read balanced */
	mmap_read_lock(mm);
	asm goto("" : : "r" (mm) : "memory" : fail);
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return 0;
fail:
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return -EFAULT;
}

/* lockmap: contract none */
unsigned long expression(struct mm_struct *mm)
{
	unsigned long total = ({
		unsigned long seen;

		/* lockmap: hit acquire read; section s read balanced */
		mmap_read_lock(mm);
		seen = mm->total_vm;
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(mm);
		seen;
	});

	/* lockmap: hit acquire read; hit release read; section one read balanced; ends one */
	return mmap_read_lock(mm), total += mm->locked_vm, mmap_read_unlock(mm), total;
}

/* lockmap: contract none */
void ranges(struct mm_struct *mm, int what)
{
	switch (what) {
	case 0 ... 3:
		/* lockmap: hit acquire write; section w write balanced */
		mmap_write_lock(mm);
		mm->def_flags = min_t(unsigned long, what, mm->total_vm);
		/* lockmap: hit release write; ends w */
		mmap_write_unlock(mm);
		break;
	case 4 ... 7: {
		int tries = 3;

		/* lockmap: hit acquire read; section r read balanced */
		mmap_read_lock(mm);
		while (1) {
			if (!tries--)
				break;
		}
		/* lockmap: hit release read; ends r */
		mmap_read_unlock(mm);
	}
	}
}

/* lockmap: contract none */
int breaks(struct mm_struct *mm)
{
	int err = -EINVAL;

	/* lockmap: hit acquire read; section s read balanced */
	mmap_read_lock(mm);
	do {
		if (!first_vma(mm))
			break;
		if (mm->brk < mm->start_brk)
			break;
		err = 0;
	} while (0);
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return err;
}

/* Whose lock it is, said in every way C allows. */
/* lockmap: contract none */
void spellings(struct strange_node *node, struct mm_struct mms[2])
{
	typeof(node->mm) mm = node->mm;

	/* lockmap: hit acquire read; section a read balanced */
	mmap_read_lock(*node->slot);
	/* lockmap: hit release read; ends a */
	mmap_read_unlock(*node->slot);
	/* lockmap: hit acquire read; section b read balanced */
	mmap_read_lock(&node->inside);
	/* lockmap: hit release read; ends b */
	mmap_read_unlock(&node->inside);
	/* lockmap: hit acquire read; section c read balanced */
	(down_read)(&mms[1].mmap_lock);
	/* lockmap: hit release read; ends c */
	mmap_read_unlock(mms + 1);
	/* lockmap: hit acquire read; section d read balanced */
	down_read (& mm -> mmap_lock) ;
	/* lockmap: hit release read; ends d */
	up_read(
		/* lockmap: ok */
		&mm->mmap_lock /* not mmap_read_unlock(mm) once more */
	);
	/* lockmap: hit acquire read; section e read balanced */
	down_read((struct rw_semaphore *)&((mm)->mmap_lock));
	/* lockmap: hit release read; ends e */
	mmap_read_unlock(((struct strange_node *)node)->mm);
}

/* lockmap: contract returns-held */
static struct mm_struct *held(struct mm_struct *mm)
{
	/* lockmap: hit acquire read; section s read balanced returns-held */
	mmap_read_lock(mm);
	return mm;
}

static unsigned long total_of(struct mm_struct *mm)
{
	return mm->total_vm;
}

/* The lock is taken deep inside an argument. */
/* lockmap: contract none */
unsigned long nested(struct mm_struct *mm)
{
	/* lockmap: hit acquire read indirect; section s read balanced */
	unsigned long total = min_t(unsigned long, total_of(held(mm)), PAGE_SIZE);

	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return total;
}

/* lockmap: contract none */
void restart(struct list_head *head)
{
	struct strange_node *node, *tmp;

again:
	list_for_each_entry_safe(node, tmp, head, list)
		if (node->mm) {
			/* lockmap: hit try write; section s write balanced */
			if (!mmap_write_trylock(node->mm))
				goto again;
			node->mm->total_vm = 0;
			/* lockmap: hit release write; ends s */
			mmap_write_unlock(node->mm);
		}
}
