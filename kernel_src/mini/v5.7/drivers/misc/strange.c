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
	__acquires(&mm->mmap_sem)
{
	/* lockmap: hit acquire read; section s read balanced returns-held */
	return down_read_killable(&mm->mmap_sem);
}

/* lockmap: contract drops */
static void __maybe_unused released(struct mm_struct *mm)
	/* lockmap: ok */
	__releases(&mm->mmap_sem) __must_hold(&mm->mmap_sem)
{
	/* lockmap: hit release read */
	up_read(&mm->mmap_sem);
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
	down_read(&mm->mmap_sem);
	step = mm->total_vm;
	/* lockmap: hit release read; ends s */
	up_read(&mm->mmap_sem);
skip:
	return step;
}

/* lockmap: contract none */
int jumped(struct mm_struct *mm)
{
	/* lockmap: hit acquire read; section s read balanced */
	down_read(&mm->mmap_sem);
	asm goto("" : : "r" (mm) : "memory" : fail);
	/* lockmap: hit release read; ends s */
	up_read(&mm->mmap_sem);
	return 0;
fail:
	/* lockmap: hit release read; ends s */
	up_read(&mm->mmap_sem);
	return -EFAULT;
}

/* lockmap: contract none */
unsigned long expression(struct mm_struct *mm)
{
	unsigned long total = ({
		unsigned long seen;

		/* lockmap: hit acquire read; section s read balanced */
		down_read(&mm->mmap_sem);
		seen = mm->total_vm;
		/* lockmap: hit release read; ends s */
		up_read(&mm->mmap_sem);
		seen;
	});

	/* lockmap: hit acquire read; hit release read; section one read balanced; ends one */
	return down_read(&mm->mmap_sem), total += mm->locked_vm, up_read(&mm->mmap_sem), total;
}

/* lockmap: contract none */
void ranges(struct mm_struct *mm, int what)
{
	switch (what) {
	case 0 ... 3:
		/* lockmap: hit acquire write; section w write balanced */
		down_write(&mm->mmap_sem);
		mm->def_flags = min_t(unsigned long, what, mm->total_vm);
		/* lockmap: hit release write; ends w */
		up_write(&mm->mmap_sem);
		break;
	case 4 ... 7: {
		int tries = 3;

		/* lockmap: hit acquire read; section r read balanced */
		down_read(&mm->mmap_sem);
		while (1) {
			if (!tries--)
				break;
		}
		/* lockmap: hit release read; ends r */
		up_read(&mm->mmap_sem);
	}
	}
}

/* lockmap: contract none */
int breaks(struct mm_struct *mm)
{
	int err = -EINVAL;

	/* lockmap: hit acquire read; section s read balanced */
	down_read(&mm->mmap_sem);
	do {
		if (!mm->mmap)
			break;
		if (mm->brk < mm->start_brk)
			break;
		err = 0;
	} while (0);
	/* lockmap: hit release read; ends s */
	up_read(&mm->mmap_sem);
	return err;
}

/* Whose lock it is, said in every way C allows. */
/* lockmap: contract none */
void spellings(struct strange_node *node, struct mm_struct mms[2])
{
	typeof(node->mm) mm = node->mm;

	/* lockmap: hit acquire read; section a read balanced */
	down_read(&(*node->slot)->mmap_sem);
	/* lockmap: hit release read; ends a */
	up_read(&(*node->slot)->mmap_sem);
	/* lockmap: hit acquire read; section b read balanced */
	down_read(&node->inside.mmap_sem);
	/* lockmap: hit release read; ends b */
	up_read(&(&node->inside)->mmap_sem);
	/* lockmap: hit acquire read; section c read balanced */
	(down_read)(&mms[1].mmap_sem);
	/* lockmap: hit release read; ends c */
	up_read(&(mms + 1)->mmap_sem);
	/* lockmap: hit acquire read; section d read balanced */
	down_read (& mm -> mmap_sem) ;
	/* lockmap: hit release read; ends d */
	up_read(
		/* lockmap: ok */
		&mm->mmap_sem /* not up_read(&mm->mmap_sem) once more */
	);
	/* lockmap: hit acquire read; section e read balanced */
	down_read((struct rw_semaphore *)&((mm)->mmap_sem));
	/* lockmap: hit release read; ends e */
	up_read(&((struct strange_node *)node)->mm->mmap_sem);
}

/* lockmap: contract returns-held */
static struct mm_struct *held(struct mm_struct *mm)
{
	/* lockmap: hit acquire read; section s read balanced returns-held */
	down_read(&mm->mmap_sem);
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
	up_read(&mm->mmap_sem);
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
			if (!down_write_trylock(&node->mm->mmap_sem))
				goto again;
			node->mm->total_vm = 0;
			/* lockmap: hit release write; ends s */
			up_write(&node->mm->mmap_sem);
		}
}
