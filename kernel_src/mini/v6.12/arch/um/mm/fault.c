// SPDX-License-Identifier: GPL-2.0
/* Upgrading a read lock, in place if possible and by a new lookup if not. */
#include <linux/mm.h>

/* There is no such operation yet: it always fails, and the read lock stays. */
/* lockmap: ok */
static inline bool mmap_upgrade_trylock(struct mm_struct *mm)
{
	return false;
}

/* lockmap: contract returns-held */
static inline bool get_lock_carefully(struct mm_struct *mm, struct pt_regs *regs)
{
	/* lockmap: hit try read; section t read balanced returns-held */
	if (likely(mmap_read_trylock(mm)))
		return true;
	if (!user_mode(regs) && !search_exception_tables(regs->ip))
		return false;
	/* lockmap: hit acquire read; section k read balanced returns-held */
	return !mmap_read_lock_killable(mm);
}

/* lockmap: contract may-drop */
static inline bool upgrade_carefully(struct mm_struct *mm, struct pt_regs *regs)
{
	/* lockmap: hit release read */
	mmap_read_unlock(mm);
	if (!user_mode(regs) && !search_exception_tables(regs->ip))
		return false;
	/* lockmap: hit acquire write; section s write balanced returns-held */
	return !mmap_write_lock_killable(mm);
}

/* Returns a VMA with the lock held for reading, or NULL without it. */
/* lockmap: contract returns-held */
static struct vm_area_struct *um_lock_and_find_vma(struct mm_struct *mm, unsigned long addr,
						   struct pt_regs *regs)
{
	struct vm_area_struct *vma;

	/* lockmap: hit acquire read indirect; section r read balanced returns-held */
	if (!get_lock_carefully(mm, regs))
		return NULL;
	vma = find_vma(mm, addr);
	if (likely(vma && vma->vm_start <= addr))
		return vma;
	if (!vma || !(vma->vm_flags & VM_GROWSDOWN)) {
		/* lockmap: hit release read; ends r */
		mmap_read_unlock(mm);
		return NULL;
	}
	/* lockmap: hit upgrade write */
	if (!mmap_upgrade_trylock(mm)) {
		/* Drops the read lock in any case, and takes the write lock if it may. */
		/* lockmap: hit release read indirect; hit acquire write indirect */
		/* lockmap: ends r; section w write balanced returns-held */
		if (!upgrade_carefully(mm, regs))
			return NULL;
		vma = find_vma(mm, addr);
		if (!vma)
			goto fail;
	}
	vma->vm_start = addr & PAGE_MASK;
	/* lockmap: hit downgrade read */
	mmap_write_downgrade(mm);
	return vma;
fail:
	/* lockmap: hit release write; ends w */
	mmap_write_unlock(mm);
	return NULL;
}

/* lockmap: contract none */
int um_handle_fault(struct pt_regs *regs, unsigned long addr)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int code;

	/* lockmap: hit acquire read indirect; section s read balanced */
	vma = um_lock_and_find_vma(mm, addr, regs);
	if (!vma)
		return -EFAULT;
	code = vma->vm_flags & VM_WRITE ? 0 : -EINVAL;
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return code;
}
