// SPDX-License-Identifier: GPL-2.0
/* Where a fault reaches drivers, and where the lock goes when it must wait. */
#include <linux/mm.h>

/*
 * True with the page locked; false with the lock dropped, unless the caller
 * asked not to wait at all.
 */
/* lockmap: contract may-drop */
/* lockmap: runs read must none by faultin_nowait,handle_mm_fault,do_anonymous_fault */
static bool lock_page_or_retry(struct page *page, struct mm_struct *mm,
			       unsigned int flags)
{
	if (trylock_page(page))
		return true;
	if (flags & FAULT_FLAG_RETRY_NOWAIT)
		return false;
	if (flags & FAULT_FLAG_ALLOW_RETRY) {
		/* lockmap: hit release read */
		up_read(&mm->mmap_sem);
		lock_page(page);
		return false;
	}
	lock_page(page);
	return true;
}

/* lockmap: contract may-drop */
vm_fault_t do_anonymous_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;

	/* lockmap: hit release read indirect */
	if (!lock_page_or_retry(vmf->page, vma->vm_mm, vmf->flags))
		return VM_FAULT_RETRY;
	return 0;
}

/* lockmap: contract may-drop */
vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address,
			   unsigned int flags)
{
	struct vm_fault vmf = {
		.vma = vma,
		.address = address & PAGE_MASK,
		.flags = flags,
	};

	if (vma->vm_ops && vma->vm_ops->fault)
		/* Some driver's handler may drop the lock: see gizmo_fault(). */
		/* lockmap: todo-hit release any indirect */
		return vma->vm_ops->fault(&vmf);
	/* lockmap: hit release read indirect */
	return do_anonymous_fault(&vmf);
}

void zap_all(struct vm_area_struct *vma)
{
	/* lockmap: hit assert any */
	BUG_ON(!rwsem_is_locked(&vma->vm_mm->mmap_sem));
	vma->vm_flags = 0;
}

/* A writer proves itself by a reader's failure: held never, asserted always: no section. */
void insert_pages(struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_WRITE)) {
		/* lockmap: hit try read */
		BUG_ON(down_read_trylock(&vma->vm_mm->mmap_sem));
		vma->vm_flags |= VM_WRITE;
	}
}

/* lockmap: contract none */
void __might_fault(const char *file, int line)
{
	/* lockmap: hit assert read */
	might_lock_read(&current->mm->mmap_sem);
}

/* A question is no assertion, and no operation. */
bool mm_is_busy(struct mm_struct *mm)
{
	/* lockmap: ok */
	return rwsem_is_locked(&mm->mmap_sem) || rwsem_is_contended(&mm->mmap_sem);
}
