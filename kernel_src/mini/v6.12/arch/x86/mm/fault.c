// SPDX-License-Identifier: GPL-2.0
/* The per-VMA lock first; the address-space lock as the fallback, from a helper. */
#include <linux/mm.h>

static void bad_area_nosemaphore(struct pt_regs *regs, unsigned long address)
{
	pr_err("fault at %lx, lock_mm_and_find_vma() failed\n", address);
}

/* The lock is the last argument's or nobody's: a VMA lock leaves mmap_lock alone. */
/* lockmap: contract may-drop */
static void bad_area_access_error(struct pt_regs *regs, struct mm_struct *mm,
				  struct vm_area_struct *vma)
{
	if (mm)
		/* lockmap: hit release read */
		mmap_read_unlock(mm);
	else
		/* lockmap: hit release read lock=vma_lock */
		vma_end_read(vma);
	bad_area_nosemaphore(regs, vma->vm_start);
}

static inline bool access_error(unsigned long error, struct vm_area_struct *vma)
{
	return (error & 1) && !(vma->vm_flags & VM_WRITE);
}

/* lockmap: contract none */
void do_user_addr_fault(struct pt_regs *regs, unsigned long address)
{
	struct mm_struct *mm = current->mm;
	unsigned int flags = FAULT_FLAG_DEFAULT;
	struct vm_area_struct *vma;
	vm_fault_t fault;

	if (user_mode(regs))
		flags |= FAULT_FLAG_USER;
	if (!(flags & FAULT_FLAG_USER))
		goto lock_mmap;
	/* lockmap: hit try read lock=vma_lock */
	vma = lock_vma_under_rcu(mm, address);
	if (!vma)
		goto lock_mmap;
	if (unlikely(access_error(regs->error, vma))) {
		/* lockmap: ok; hit release read indirect lock=vma_lock */
		bad_area_access_error(regs, NULL, vma);
		return;
	}
	/* lockmap: ok; hit release read indirect lock=vma_lock */
	fault = handle_mm_fault(vma, address, flags | FAULT_FLAG_VMA_LOCK, regs);
	if (!(fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)))
		/* lockmap: hit release read lock=vma_lock */
		vma_end_read(vma);
	if (!(fault & VM_FAULT_RETRY))
		goto done;
	if (fault_signal_pending(fault, regs))
		return;
lock_mmap:
retry:
	/* lockmap: hit acquire read indirect; todo-section s read balanced */
	vma = lock_mm_and_find_vma(mm, address, regs);
	if (unlikely(!vma)) {
		bad_area_nosemaphore(regs, address);
		return;
	}
	if (unlikely(access_error(regs->error, vma))) {
		/* lockmap: hit release read indirect; ends s */
		bad_area_access_error(regs, mm, vma);
		return;
	}
	/* lockmap: hit release read indirect; ends s */
	fault = handle_mm_fault(vma, address, flags, regs);
	if (fault_signal_pending(fault, regs))
		return;
	/* The fault is fully completed, and the lock with it. */
	if (fault & VM_FAULT_COMPLETED)
		return;
	if (unlikely(fault & VM_FAULT_RETRY)) {
		flags |= FAULT_FLAG_TRIED;
		goto retry;
	}
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
done:
	if (unlikely(fault & VM_FAULT_ERROR))
		bad_area_nosemaphore(regs, address);
}
