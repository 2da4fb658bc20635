// SPDX-License-Identifier: GPL-2.0
/*
 * Page faults in two steps: a helper looks up and faults, the entry owns the
 * lock.  The helper never drops it itself but passes on a callee's retry.
 */
#include <linux/mm.h>

#define VM_FAULT_BADMAP	0x10000

static inline bool fault_signal_pending(vm_fault_t fault, struct pt_regs *regs)
{
	return unlikely((fault & VM_FAULT_RETRY) && fatal_signal_pending(current));
}

/* lockmap: contract may-drop */
static vm_fault_t __must_check __do_page_fault(struct mm_struct *mm,
					       unsigned long addr,
					       unsigned int flags)
{
	struct vm_area_struct *vma;

	vma = find_vma(mm, addr);
	if (unlikely(!vma))
		return VM_FAULT_BADMAP;
	if (vma->vm_start > addr && expand_stack(vma, addr))
		return VM_FAULT_BADMAP;
	/* lockmap: hit release read indirect */
	return handle_mm_fault(vma, addr & PAGE_MASK, flags);
}

/* lockmap: contract none */
int do_page_fault(unsigned long addr, unsigned int fsr, struct pt_regs *regs)
{
	struct task_struct *tsk = current;
	struct mm_struct *mm = tsk->mm;
	unsigned int flags = FAULT_FLAG_DEFAULT;
	vm_fault_t fault;

	if (user_mode(regs))
		flags |= FAULT_FLAG_USER;

	/* lockmap: hit try read; section tried read balanced */
	if (!down_read_trylock(&mm->mmap_sem)) {
		if (!user_mode(regs) && !search_exception_tables(regs->ip))
			goto no_context;
retry:
		/* lockmap: hit acquire read; section waited read balanced */
		down_read(&mm->mmap_sem);
	}

	/* lockmap: todo-hit release read indirect; ends tried,waited */
	fault = __do_page_fault(mm, addr, flags);

	/* Nothing to release here: a retry means that the lock is gone. */
	if (fault_signal_pending(fault, regs)) {
		if (!user_mode(regs))
			goto no_context;
		return 0;
	}
	if (flags & FAULT_FLAG_ALLOW_RETRY) {
		if (fault & VM_FAULT_RETRY) {
			flags &= ~FAULT_FLAG_ALLOW_RETRY;
			flags |= FAULT_FLAG_TRIED;
			goto retry;
		}
	}
	/* lockmap: hit release read; ends tried,waited */
	up_read(&mm->mmap_sem);
	if (likely(!(fault & (VM_FAULT_ERROR | VM_FAULT_BADMAP))))
		return 0;
no_context:
	return -EFAULT;
}
