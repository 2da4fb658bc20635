// SPDX-License-Identifier: GPL-2.0
/* Labels inside a loop, an empty section as a barrier, a name inside a name. */
#include <linux/mm.h>

struct percpu_rw_semaphore {
	struct rw_semaphore rw_sem;
};

void percpu_down_write(struct percpu_rw_semaphore *sem);
void percpu_up_write(struct percpu_rw_semaphore *sem);

/* Only a part of this name is the lock's. */
static struct percpu_rw_semaphore dup_mmap_lock;

struct map_info {
	struct map_info *next;
	struct mm_struct *mm;
	unsigned long vaddr;
};

/* lockmap: contract none */
int register_for_each_vma(struct map_info *info, bool is_register)
{
	int err = 0;

	/* lockmap: ok */
	percpu_down_write(&dup_mmap_lock);
	while (info) {
		struct mm_struct *mm = info->mm;
		struct vm_area_struct *vma;

		if (err && is_register)
			goto free;

		/* lockmap: hit acquire write; section s write balanced */
		mmap_write_lock(mm);
		vma = find_vma(mm, info->vaddr);
		if (!vma || vma->vm_mm != mm)
			goto unlock;
		if (is_register) {
			err = -ENOMEM;
			vma->vm_flags |= VM_WRITE;
		} else if (vma->vm_flags & VM_WRITE) {
			err = 0;
		}

unlock:
		/* lockmap: hit release write; ends s */
		mmap_write_unlock(mm);
free:
		mmput(mm);
		info = info->next;
	}
	/* lockmap: ok */
	percpu_up_write(&dup_mmap_lock);
	return err;
}

/* Waits for whoever holds the lock, and protects nothing. */
/* lockmap: contract none */
void wait_for_readers(struct mm_struct *mm, bool busy)
{
	if (busy) {
		/* lockmap: hit acquire write; section s write balanced */
		mmap_write_lock(mm);
		/* lockmap: hit release write; ends s */
		mmap_write_unlock(mm);
	}
}
