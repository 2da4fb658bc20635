// SPDX-License-Identifier: GPL-2.0
/* Helpers with a convention that their callers in every architecture rely on. */
#include <linux/mm.h>

/* Held on success; dropped, with NULL, on failure. */
/* lockmap: contract may-drop */
struct vm_area_struct *expand_stack(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;

	/* lockmap: hit release read */
	mmap_read_unlock(mm);
	/* lockmap: hit acquire write; section s write balanced returns-held */
	if (mmap_write_lock_killable(mm))
		return NULL;
	vma = find_vma(mm, address);
	if (!vma || !(vma->vm_flags & VM_GROWSDOWN)) {
		/* lockmap: hit release write; ends s */
		mmap_write_unlock(mm);
		return NULL;
	}
	vma->vm_start = address & PAGE_MASK;
	/* lockmap: hit downgrade read */
	mmap_write_downgrade(mm);
	return vma;
}

/* lockmap: contract returns-held */
struct vm_area_struct *lock_mm_and_find_vma(struct mm_struct *mm, unsigned long address,
					    struct pt_regs *regs)
{
	struct vm_area_struct *vma;

	/* lockmap: hit try read; section tried read balanced returns-held */
	if (!mmap_read_trylock(mm)) {
		if (regs && !user_mode(regs) && !search_exception_tables(regs->ip))
			return NULL;
		/* lockmap: hit acquire read; section waited read balanced returns-held */
		if (mmap_read_lock_killable(mm))
			return NULL;
	}
	vma = find_vma(mm, address);
	if (likely(vma && vma->vm_start <= address))
		return vma;
	/* Keeps the lock if it returns a VMA: nothing to clean up otherwise. */
	/* lockmap: hit release read indirect; ends tried,waited */
	return expand_stack(mm, address);
}

/* The VMA found under RCU, with its own lock held for reading, or NULL. */
/* lockmap: contract none */
struct vm_area_struct *lock_vma_under_rcu(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = find_vma(mm, address);

	/* lockmap: ok; hit try read definition lock=vma_lock */
	if (!vma || !vma_start_read(vma))
		return NULL;
	if (unlikely(vma->vm_lock_seq == mm->mm_lock_seq)) {
		/* lockmap: ok; hit release read definition lock=vma_lock */
		vma_end_read(vma);
		return NULL;
	}
	return vma;
}
