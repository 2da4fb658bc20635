// SPDX-License-Identifier: GPL-2.0
/* lockmap: ok at +2; ok at +3 */
/*
 * Odd jobs: what old drivers do with the lock.  In this comment stand
 *	down_read(&mm->mmap_sem);
 * and a quoted "up_read(&mm->mmap_sem);", and neither is an operation.
 */
#include <linux/mm.h>

struct legacy_dev {
	struct task_struct *owner;
	struct vm_area_struct *vma;
	bool mapped;
};

static const char legacy_help[] =
	/* lockmap: ok */
	"call down_write(&mm->mmap_sem) first, /* then */ up_write(&mm->mmap_sem)\n"
	/* lockmap: ok */
	"\"quoted down_read(&mm->mmap_sem)\" and a backslash \\";

/* lockmap: contract none */
int legacy_map(struct legacy_dev *dev, unsigned long addr)
{
	bool have = false;

	/* lockmap: hit try write; section t write balanced */
	have = down_write_trylock(&dev->owner->mm->mmap_sem);
	if (!have && !fatal_signal_pending(dev->owner)) {
		/* lockmap: hit acquire write; section w write balanced */
		down_write(&dev->owner->mm->mmap_sem);
		have = true;
	}
	if (have) {
		dev->vma = find_vma(dev->owner->mm, addr);
		/* lockmap: hit release write; ends t,w */
		up_write(&dev->owner->mm->mmap_sem);
	}
	return have ? 0 : -EINTR;
}

/* lockmap: contract none */
int legacy_poll(struct legacy_dev *dev)
{
	int tries = 0;

	/* lockmap: hit try read; section s read balanced */
	while (!down_read_trylock(&dev->vma->vm_mm->mmap_sem)) {
		if (++tries > 10)
			return -EAGAIN;
		cond_resched();
	}
	dev->mapped = dev->vma->vm_flags & VM_READ;
	/* lockmap: hit release read; ends s */
	up_read(&dev->vma->vm_mm->mmap_sem);
	return tries;
}

/* lockmap: contract none */
int legacy_once(struct legacy_dev *dev)
{
	struct mm_struct *mm = dev->owner->active_mm;

	/* lockmap: hit try read; section s read balanced */
	if (down_read_trylock(&mm->mmap_sem) == 0)
		return -EBUSY;
	/* lockmap: ok */
	pr_debug("%s: trylock of mmap_sem, up_read(&mm->mmap_sem) follows\n", legacy_help);
	/* lockmap: hit release read; ends s */
	up_read(&mm->mmap_sem);
	return 0;
}

/* Released for the owner, who took it and has gone. */
/* lockmap: contract drops */
void legacy_finish(struct legacy_dev *dev)
{
	/* lockmap: hit release read */
	up_read_non_owner(&dev->owner->mm->mmap_sem);
}
