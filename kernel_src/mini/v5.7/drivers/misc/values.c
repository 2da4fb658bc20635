// SPDX-License-Identifier: GPL-2.0
/* What a value says about the lock, and what a type says about a value. */
#include <linux/mm.h>

typedef struct mm_struct mm_t;

struct seat {
	mm_t *mm;
	struct vm_area_struct *vma;
	struct seat *next;
};

#define seat_mm(s)	((s)->mm)

static inline struct mm_struct *mm_of(struct seat *seat)
{
	return seat->vma->vm_mm;
}

/* lockmap: contract none */
int switched(mm_t *mm)
{
	/* lockmap: hit try read; section s read balanced */
	switch (down_read_trylock(&mm->mmap_sem)) {
	case 0:
		return -EAGAIN;
	default:
		break;
	}
	/* lockmap: hit release read; ends s */
	up_read(&mm->mmap_sem);
	return 0;
}

/* lockmap: contract none */
int elvis(struct mm_struct *mm, int ret)
{
	/* lockmap: hit acquire read; section s read balanced */
	ret = ret ? : down_read_killable(&mm->mmap_sem);
	if (ret)
		return ret;
	ret = mm->total_vm;
	/* lockmap: hit release read; ends s */
	up_read(&mm->mmap_sem);
	return ret;
}

/* lockmap: contract none */
void warned(struct seat *seat)
{
	/* lockmap: hit try write; section s write balanced */
	if (WARN_ON(!down_write_trylock(&seat->mm->mmap_sem)))
		return;
	seat->vma = NULL;
	/* lockmap: hit release write; ends s */
	up_write(&seat->mm->mmap_sem);
}

/* lockmap: contract none */
bool doubly_negated(struct mm_struct *mm)
{
	/* lockmap: hit try read; section s read balanced */
	bool got = !!down_read_trylock(&mm->mmap_sem);

	if (got) {
		mm->total_vm++;
		/* lockmap: hit release read; ends s */
		up_read(&mm->mmap_sem);
	}
	return got;
}

/* lockmap: contract none */
unsigned long by_return_type(struct seat *seat)
{
	unsigned long total;

	/* lockmap: hit acquire read; section s read balanced */
	down_read(&mm_of(seat)->mmap_sem);
	total = seat->vma->vm_start;
	/* lockmap: hit release read; ends s */
	up_read(&seat->vma->vm_mm->mmap_sem);
	return total;
}

/* lockmap: contract none */
void by_macro(struct seat *seat)
{
	/* lockmap: hit acquire write; section s write balanced */
	down_write(&seat_mm(seat)->mmap_sem);
	seat->vma->vm_flags = 0;
	/* lockmap: hit release write; ends s */
	up_write(&seat->mm->mmap_sem);
}

/* lockmap: contract none */
long from_void(void *data)
{
	struct mm_struct *mm = data;
	long total;

	/* lockmap: hit acquire read; section s read balanced */
	down_read(&READ_ONCE(mm)->mmap_sem);
	total = mm->total_vm;
	/* lockmap: hit release read; ends s */
	up_read(&mm->mmap_sem);
	return total;
}

/* lockmap: contract none */
void quotes(struct mm_struct *mm, char c)
{
	/* lockmap: hit acquire read; section s read balanced */
	if (c == '"') { down_read(&mm->mmap_sem);
		mm->total_vm++;
		/* lockmap: hit release read; ends s */
		up_read(&mm->mmap_sem); } /* '"' */
}

/* lockmap: contract none */
void in_a_for(struct mm_struct *mm, int nr)
{
	/* lockmap: hit acquire read; section s read balanced */
	for (down_read(&mm->mmap_sem); nr; nr--)
		mm->total_vm++;
	/* lockmap: hit release read; ends s */
	up_read(&mm->mmap_sem);
}

/* Calls itself, one mm after the other, and never holds two. */
/* lockmap: contract none */
int recursive(struct seat *seat)
{
	int below;

	if (!seat)
		return 0;
	/* lockmap: ok */
	below = recursive(seat->next);
	/* lockmap: hit acquire write; section s write balanced */
	down_write(&seat->mm->mmap_sem);
	seat->mm->total_vm += below;
	/* lockmap: hit release write; ends s */
	up_write(&seat->mm->mmap_sem);
	return below + 1;
}
