// SPDX-License-Identifier: GPL-2.0
/* Results that say whether the lock is still held; a break that skips the unlock. */
#include <linux/mm.h>

enum scan_result {
	SCAN_FAIL,
	SCAN_SUCCEED,
	SCAN_NO_PAGE,
	SCAN_VMA_GONE,
};

/* Keeps the lock on success only. */
/* lockmap: contract may-drop */
static bool __swapin_range(struct mm_struct *mm, unsigned long address)
{
	vm_fault_t ret;
	struct vm_area_struct *vma = find_vma(mm, address);

	/* lockmap: hit release read indirect */
	ret = handle_mm_fault(vma, address, FAULT_FLAG_ALLOW_RETRY, NULL);
	if (ret & (VM_FAULT_RETRY | VM_FAULT_COMPLETED))
		return false;
	if (ret & VM_FAULT_ERROR) {
		/* lockmap: hit release read */
		mmap_read_unlock(mm);
		return false;
	}
	return true;
}

/* lockmap: contract may-drop */
static enum scan_result revalidate(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = find_vma(mm, address);

	if (vma)
		return SCAN_SUCCEED;
	/* lockmap: hit release read */
	mmap_read_unlock(mm);
	return SCAN_VMA_GONE;
}

/* Called with the lock held for reading; always returns without it. */
/* lockmap: contract drops */
static int collapse_range(struct mm_struct *mm, unsigned long address)
{
	int result;

	/* lockmap: hit release read */
	mmap_read_unlock(mm);
	cond_resched();

	/* lockmap: hit acquire read; section r read balanced */
	mmap_read_lock(mm);
	/* lockmap: hit release read indirect; ends r */
	result = revalidate(mm, address);
	if (result != SCAN_SUCCEED)
		goto out;
	/* lockmap: todo-hit release read indirect; ends r */
	if (!__swapin_range(mm, address)) {
		result = SCAN_FAIL;
		goto out;
	}
	/* lockmap: hit release read; ends r */
	mmap_read_unlock(mm);

	/* What was read has to be looked up again: there is no upgrade. */
	/* lockmap: hit acquire write; section w write balanced */
	mmap_write_lock(mm);
	if (!find_vma(mm, address))
		result = SCAN_VMA_GONE;
	/* lockmap: hit release write; ends w */
	mmap_write_unlock(mm);
out:
	return result;
}

/* lockmap: contract none */
unsigned int scan_mm(struct mm_struct *mm, unsigned long end)
{
	unsigned long address = 0;
	unsigned int progress = 0;
	bool worth_it;

	/* lockmap: hit try read; section s read balanced */
	if (unlikely(!mmap_read_trylock(mm)))
		goto breakouterloop_mmap_lock;
	while (address < end) {
		struct vm_area_struct *vma = find_vma(mm, address);

		if (!vma)
			break;
		worth_it = vma->vm_flags & VM_WRITE;
		address = vma->vm_end;
		if (++progress > 64)
			goto breakouterloop;
		if (worth_it) {
			/* lockmap: hit release read indirect; ends s */
			collapse_range(mm, address);
			goto breakouterloop_mmap_lock;
		}
	}
breakouterloop:
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
breakouterloop_mmap_lock:
	return progress;
}

/* lockmap: contract none */
int check_mm(struct mm_struct *mm, unsigned long address)
{
	/* lockmap: hit acquire read; todo-section s read balanced */
	mmap_read_lock(mm);
	/* lockmap: hit release read indirect; ends s */
	switch (revalidate(mm, address)) {
	case SCAN_SUCCEED:
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(mm);
		return 0;
	case SCAN_VMA_GONE:
		return -EFAULT;
	default:
		return -EINVAL;
	}
}
