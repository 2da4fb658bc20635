// SPDX-License-Identifier: GPL-2.0
/* An architecture that looks up by itself: one exit ladder, and a switch behind it. */
#include <linux/mm.h>

static inline bool signal_waits(vm_fault_t fault, struct pt_regs *regs)
{
	return unlikely((fault & VM_FAULT_RETRY) && fatal_signal_pending(current));
}

/* Drops its caller's lock, then reports. */
/* lockmap: contract drops */
static inline void bad_area(struct pt_regs *regs, struct mm_struct *mm, int code,
			    unsigned long addr)
{
	/* lockmap: hit release read */
	mmap_read_unlock(mm);
	pr_debug("code %d at %lx, %lx\n", code, addr, regs->ip);
}

/* lockmap: contract none */
void handle_page_fault(struct pt_regs *regs, unsigned long addr)
{
	unsigned int flags = FAULT_FLAG_DEFAULT;
	struct mm_struct *mm = current->active_mm;
	struct vm_area_struct *vma;
	vm_fault_t fault;
	int code = 1;

	/* lockmap: ok */
	prefetchw(&mm->mmap_lock);
retry:
	/* lockmap: hit acquire read; section s read balanced */
	mmap_read_lock(mm);
	vma = find_vma(mm, addr);
	if (unlikely(!vma)) {
		/* lockmap: hit release read indirect; ends s */
		bad_area(regs, mm, code, addr);
		return;
	}
	if (unlikely(vma->vm_start > addr)) {
		/* NULL means that the lock is already gone. */
		/* lockmap: hit release read indirect; ends s */
		vma = expand_stack(mm, addr);
		if (!vma)
			return;
	}
	switch (regs->error) {
	case 12:
		if (!(vma->vm_flags & VM_READ))
			goto bad;
		break;
	case 15:
		if (!(vma->vm_flags & VM_WRITE))
			goto bad;
		flags |= FAULT_FLAG_WRITE;
		break;
	default:
		code = 2;
		goto bad;
	}
	/* lockmap: hit release read indirect; ends s */
	fault = handle_mm_fault(vma, addr, flags, regs);
	if (signal_waits(fault, regs))
		return;
	if (fault & VM_FAULT_COMPLETED)
		return;
	if (unlikely(fault & VM_FAULT_RETRY)) {
		flags |= FAULT_FLAG_TRIED;
		goto retry;
	}
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return;
bad:
	/* lockmap: hit release read indirect; ends s */
	bad_area(regs, mm, code, addr);
}
