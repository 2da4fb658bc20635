// SPDX-License-Identifier: GPL-2.0
/* A driver under the lock: its fault handler drops it, its worker takes it. */
#include "gizmo.h"

/* Waits for the hardware without its caller's lock, when that is allowed. */
/* lockmap: contract may-drop */
/* lockmap: runs read must none by faultin_nowait,handle_mm_fault */
static vm_fault_t gizmo_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct gizmo_object *obj = vma->vm_private_data;

	if (!mutex_trylock(&obj->dev->lock)) {
		if (vmf->flags & FAULT_FLAG_ALLOW_RETRY) {
			if (!(vmf->flags & FAULT_FLAG_RETRY_NOWAIT)) {
				/* lockmap: hit release read */
				up_read(&vma->vm_mm->mmap_sem);
				mutex_lock(&obj->dev->lock);
				mutex_unlock(&obj->dev->lock);
			}
			return VM_FAULT_RETRY;
		}
		mutex_lock(&obj->dev->lock);
	}
	mutex_unlock(&obj->dev->lock);
	return 0;
}

const struct vm_operations_struct gizmo_vm_ops = {
	.fault = gizmo_fault,
};

/* lockmap: contract none */
static void gizmo_worker(struct list_head *entry, struct page **pages, int nr)
{
	struct gizmo_work *work = container_of(entry, struct gizmo_work, entry);
	struct mm_struct *mm = work->mm;
	int pinned = 0;
	long ret = -ENOMEM;

	if (mmget_not_zero(mm)) {
		/* lockmap: hit acquire read; section s read balanced */
		down_read(&mm->mmap_sem);
		while (pinned < nr) {
			ret = get_user_pages(pinned, nr - pinned, 0, pages);
			if (ret < 0)
				break;
			pinned += ret;
		}
		/* lockmap: hit release read; ends s */
		up_read(&mm->mmap_sem);
		mmput(mm);
	}
	pr_debug("gizmo: %d pinned, %ld\n", pinned, ret);
}

/* The type is said only inside container_of(). */
/* lockmap: contract none */
void gizmo_note(struct list_head *entry)
{
	/* lockmap: hit acquire read; section s read balanced */
	down_read(&container_of(entry, struct gizmo_work, entry)->mm->mmap_sem);
	cond_resched();
	/* lockmap: hit release read; ends s */
	up_read(&list_entry(entry, struct gizmo_work, entry)->mm->mmap_sem);
}

/* lockmap: contract none */
int gizmo_parse(struct gizmo_work *jobs, int nr, bool need_mmap_lock)
{
	int i, r = 0;

	if (need_mmap_lock)
		/* lockmap: hit acquire read; section s read balanced */
		down_read(&current->mm->mmap_sem);
	for (i = 0; i < nr; i++) {
		if (!jobs[i].mm) {
			r = -EINVAL;
			break;
		}
	}
	if (need_mmap_lock)
		/* lockmap: hit release read; ends s */
		up_read(&current->mm->mmap_sem);
	return r;
}
