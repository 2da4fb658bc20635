// SPDX-License-Identifier: GPL-2.0
/*
 * Page faults, the classic way: try the lock first, and wait for it only when
 * the fault came from user mode or from an instruction that may fault.
 */
#include <linux/mm.h>

static void bad_area_nosemaphore(struct pt_regs *regs, unsigned long address)
{
	/* lockmap: ok */
	pr_err("fault at %lx, down_read(&mm->mmap_sem) not taken\n", address);
}

/* Same name as a function of arch/ia64 that leaves the lock alone. */
/* lockmap: contract drops */
static noinline void bad_area(struct pt_regs *regs, unsigned long address)
{
	struct mm_struct *mm = current->mm;

	/* lockmap: hit release read */
	up_read(&mm->mmap_sem);
	bad_area_nosemaphore(regs, address);
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

	/* lockmap: ok */
	prefetchw(&mm->mmap_sem);

	if (unlikely(!mm)) {
		bad_area_nosemaphore(regs, address);
		return;
	}
	/* lockmap: hit try read; section tried read balanced */
	if (unlikely(!down_read_trylock(&mm->mmap_sem))) {
		if (!user_mode(regs) && !search_exception_tables(regs->ip)) {
			bad_area_nosemaphore(regs, address);
			return;
		}
retry:
		/* lockmap: hit acquire read; section waited read balanced */
		down_read(&mm->mmap_sem);
	} else {
		cond_resched();
	}

	vma = find_vma(mm, address);
	if (unlikely(!vma)) {
		/* lockmap: hit release read indirect; ends tried,waited */
		bad_area(regs, address);
		return;
	}
	if (likely(vma->vm_start <= address))
		goto good_area;
	if (unlikely(!(vma->vm_flags & VM_GROWSDOWN)) || expand_stack(vma, address)) {
		/* lockmap: hit release read indirect; ends tried,waited */
		bad_area(regs, address);
		return;
	}
good_area:
	if (unlikely(access_error(regs->error, vma))) {
		/* lockmap: hit release read indirect; ends tried,waited */
		bad_area(regs, address);
		return;
	}
	/* lockmap: hit release read indirect; ends tried,waited */
	fault = handle_mm_fault(vma, address, flags);

	/* The callee dropped the lock if, and only if, it asks for a retry. */
	if (unlikely((fault & VM_FAULT_RETRY) && (flags & FAULT_FLAG_ALLOW_RETRY))) {
		flags &= ~FAULT_FLAG_ALLOW_RETRY;
		flags |= FAULT_FLAG_TRIED;
		if (!fatal_signal_pending(current))
			goto retry;
		return;
	}
	/* lockmap: hit release read; ends tried,waited */
	up_read(&mm->mmap_sem);
	if (unlikely(fault & VM_FAULT_ERROR))
		bad_area_nosemaphore(regs, address);
}
