// SPDX-License-Identifier: GPL-2.0
/*
 * An architecture with preprocessor arms that share their braces, and with a
 * bad_area() that, unlike the one of arch/x86, does not touch the lock.
 */
#include <linux/mm.h>

/* lockmap: contract none */
static void bad_area(struct pt_regs *regs, unsigned long address)
{
	pr_debug("segv at %lx from %lx\n", address, regs->ip);
}

/* lockmap: contract none */
void ia64_do_page_fault(unsigned long address, unsigned long isr, struct pt_regs *regs)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	vm_fault_t fault;

	/* lockmap: hit acquire read; section s read balanced */
	down_read(&mm->mmap_sem);
	vma = find_vma(mm, address);
	if (!vma)
		goto bad;

#ifdef CONFIG_VIRTUAL_MEM_MAP
	if (address >= vma->vm_start) {
#else
	if (!(isr & 4)) {
#endif
		if (vma->vm_flags & VM_READ)
			goto good;
	}
	goto bad;

good:
	/* Without ALLOW_RETRY among the flags the callee cannot drop the lock. */
	/* lockmap: ok */
	fault = handle_mm_fault(vma, address, FAULT_FLAG_WRITE);
	if (fault & VM_FAULT_ERROR)
		goto bad;
	/* lockmap: hit release read; ends s */
	up_read(&mm->mmap_sem);
	return;
bad:
	/* lockmap: hit release read; ends s */
	up_read(&mm->mmap_sem);
	/* lockmap: ok */
	bad_area(regs, address);
}
