// SPDX-License-Identifier: GPL-2.0
/* An rw_semaphore called mmap_sem, in variables called mm: and never an mm_struct's. */
#include "gizmo.h"

void gizmo_mm_init(struct gizmo_mm *mm, unsigned long size)
{
	/* lockmap: ok */
	init_rwsem(&mm->mmap_sem);
	mm->size = size;
}

unsigned long gizmo_mm_reserve(struct gizmo_mm *mm, unsigned long size)
{
	/* lockmap: ok */
	down_write(&mm->mmap_sem);
	mm->size -= size;
	/* lockmap: ok */
	up_write(&mm->mmap_sem);
	return mm->size;
}

unsigned long gizmo_device_room(struct gizmo_device *gizmo)
{
	unsigned long room;

	/* lockmap: ok */
	down_read(&gizmo->mm.mmap_sem);
	room = gizmo->mm.size;
	/* lockmap: ok */
	up_read(&gizmo->mm.mmap_sem);
	return room;
}

/* Both kinds in one function, and even through one variable's member. */
/* lockmap: contract none */
void gizmo_account(struct gizmo_object *obj)
{
	struct gizmo_mm *mm = obj->mm;

	/* lockmap: ok */
	down_read(&mm->mmap_sem);
	/* lockmap: hit acquire write; section s write balanced */
	down_write(&mm->mm->mmap_sem);
	mm->mm->total_vm += mm->size;
	/* lockmap: hit release write; ends s */
	up_write(&mm->mm->mmap_sem);
	/* lockmap: ok */
	up_read(&mm->mmap_sem);
}

/* An inner block names its variable like the outer one, with another type. */
/* lockmap: contract none */
void gizmo_shadow(struct gizmo_object *obj, struct mm_struct *mm)
{
	if (obj) {
		struct gizmo_mm *mm = obj->mm;

		/* lockmap: ok */
		down_read(&mm->mmap_sem);
		mm->size++;
		/* lockmap: ok */
		up_read(&mm->mmap_sem);
	}
	/* lockmap: todo-hit acquire read; section s read balanced */
	down_read(&mm->mmap_sem);
	mm->total_vm++;
	/* lockmap: todo-hit release read; ends s */
	up_read(&mm->mmap_sem);
}
