// SPDX-License-Identifier: GPL-2.0
/* Uses of the wrappers of include/linux/pad.h: every use is a place of its own. */
#include <linux/pad.h>

/* lockmap: contract none */
int pad_statement(struct pad *p)
{
	int depth;

	/* lockmap: hit acquire read indirect; section s read balanced */
	PAD_LOCK(p);
	depth = p->depth;
	/* lockmap: hit release read indirect; ends s */
	PAD_UNLOCK(p);
	return depth;
}

/* lockmap: contract none */
int pad_do_while(struct pad *p)
{
	/* lockmap: hit acquire write indirect; section s write balanced */
	pad_enter(p);
	p->mm->total_vm++;
	if (p->depth > 3) {
		/* lockmap: hit release write indirect; ends s */
		pad_leave(p);
		return -EBUSY;
	}
	/* lockmap: hit release write indirect; ends s */
	pad_leave(p);
	return 0;
}

/* lockmap: contract none */
int pad_expression(struct pad *p)
{
	/* lockmap: todo-hit try read indirect; todo-section s read balanced */
	if (!pad_try(p)) {
		/* lockmap: ok */
		pad_complain(p);
		return -EAGAIN;
	}
	p->depth = 0;
	/* lockmap: hit release read indirect; ends s */
	PAD_UNLOCK(p);
	return 0;
}

/* lockmap: contract none */
unsigned long pad_object_macros(void)
{
	unsigned long total;

	/* lockmap: hit acquire read; section a read balanced */
	down_read(OUR_SEM);
	total = current->mm->total_vm;
	/* lockmap: hit release read; ends a */
	up_read(OUR_SEM);
	/* lockmap: todo-hit acquire read indirect; todo-section b read balanced */
	LOCK_US;
	total += current->mm->locked_vm;
	/* lockmap: hit release read; ends b */
	up_read(&current->mm->mmap_sem);
	return total;
}

void pad_pasted(struct pad *p)
{
	/* lockmap: todo-hit acquire read indirect */
	PAD_OP(down, p);
	p->depth++;
	/* lockmap: todo-hit release read indirect */
	PAD_OP(up, p);
}

void pad_boxes(struct box *b)
{
	/* lockmap: ok */
	BOX_LOCK(b);
	b->full = 1;
	/* lockmap: ok */
	BOX_UNLOCK(b);
}

/* lockmap: contract none */
void pad_inline(struct list_head *all, struct list_head *done)
{
	struct pad *p, *next;

	list_for_each_entry_safe(p, next, all, link) {
		/* lockmap: hit acquire read indirect; section s read balanced */
		pad_begin(p);
		if (!p->depth) {
			/* lockmap: hit release read indirect; ends s */
			pad_end(p);
			continue;
		}
		list_del(&p->link);
		list_add(&p->link, done);
		/* lockmap: hit release read indirect; ends s */
		pad_end(p);
	}
}
