// SPDX-License-Identifier: GPL-2.0
/* Error ladders, loops that drop and retake the lock, a locked flag. */
#include <linux/mm.h>
#include <linux/syscalls.h>

static int apply_lock(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma;

	for (vma = find_vma(mm, start); vma && vma->vm_start < end; vma = next_vma(vma))
		vma->vm_flags |= VM_LOCKED;
	return 0;
}

SYSCALL_DEFINE2(mlock, unsigned long, start, size_t, len)
{
	struct mm_struct *mm = current->mm;
	int *notes;
	int error;

	notes = kmalloc(len >> PAGE_SHIFT, GFP_KERNEL);
	if (!notes)
		return -ENOMEM;
	error = -EINTR;
	/* lockmap: hit acquire write; section s write balanced */
	if (mmap_write_lock_killable(mm))
		goto out_free;
	error = -EAGAIN;
	if (mm->locked_vm > mm->total_vm)
		goto out_unlock;
	error = apply_lock(mm, start, start + len);
	if (error)
		goto out_unlock;
	mm->locked_vm += len >> PAGE_SHIFT;

out_unlock:
	/* lockmap: hit release write; ends s */
	mmap_write_unlock(mm);
out_free:
	kfree(notes);
	return error;
}

/* Lock only when there is something to do, and keep it from VMA to VMA. */
/* lockmap: contract none */
int mlock_populate(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	unsigned long addr, next;
	struct vm_area_struct *vma;
	int locked = 0;
	int ret = 0;

	for (addr = start; addr < end; addr = next) {
		if (!locked) {
			locked = 1;
			/* lockmap: hit acquire read; section s read balanced */
			mmap_read_lock(mm);
		}
		vma = find_vma(mm, addr);
		if (!vma || vma->vm_start >= end)
			break;
		next = vma->vm_end;
		if (!(vma->vm_flags & VM_LOCKED))
			continue;
		/* Through its last argument the callee says if it dropped the lock. */
		/* lockmap: hit release read indirect; ends s */
		ret = populate_range(mm, addr, next, &locked);
		if (ret < 0)
			break;
	}
	if (locked)
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(mm);
	return ret;
}

/* lockmap: contract none */
void mlock_scan(struct mm_struct *mm)
{
	unsigned long addr = 0;
	struct vm_area_struct *vma;

	/* lockmap: hit acquire read; section first read balanced */
	mmap_read_lock(mm);
	while ((vma = find_vma(mm, addr)) != NULL) {
		addr = vma->vm_end;
		if (vma->vm_flags & VM_LOCKED)
			continue;
		/* lockmap: hit release read; ends first,again */
		mmap_read_unlock(mm);
		cond_resched();
		if (fatal_signal_pending(current))
			return;
		/* lockmap: hit acquire read; section again read balanced */
		mmap_read_lock(mm);
	}
	/* lockmap: hit release read; ends first,again */
	mmap_read_unlock(mm);
}
