// SPDX-License-Identifier: GPL-2.0
/* A long section with an error ladder, and the lock of current->mm spelled out. */
#include <linux/mm.h>
#include <linux/syscalls.h>

struct shm_segment {
	struct file *file;
	unsigned long size;
	int refs;
};

struct shm_segment *shm_find(int id);
void shm_put(struct shm_segment *seg);

SYSCALL_DEFINE3(shmat, int, shmid, char __user *, where, int, shmflg)
{
	unsigned long addr = (unsigned long)where;
	struct shm_segment *seg;
	long err;

	seg = shm_find(shmid);
	err = -EINVAL;
	if (!seg)
		goto out;
	err = -EINTR;
	/* lockmap: hit acquire write; section s write balanced */
	if (mmap_write_lock_killable(current->mm) < 0)
		goto out_put;
	if (addr && !(shmflg & 1)) {
		err = -EINVAL;
		if (addr + seg->size < addr)
			goto invalid;
		if (find_vma(current->mm, addr))
			goto invalid;
	}
	err = do_mmap(seg->file, addr, seg->size);
invalid:
	/* lockmap: hit release write; ends s */
	mmap_write_unlock(current->mm);
out_put:
	shm_put(seg);
out:
	return err;
}

SYSCALL_DEFINE1(shmdt, char __user *, shmaddr)
{
	struct mm_struct *mm = current->mm;
	unsigned long addr = (unsigned long)shmaddr;
	struct vm_area_struct *vma, *next;
	int retval = -EINVAL;

	if (addr & ~PAGE_MASK)
		return retval;
	/* lockmap: hit acquire write; section s write balanced */
	if (0 != mmap_write_lock_killable(mm))
		return -EINTR;
	vma = find_vma(mm, addr);
	do {
		if (!vma)
			break;
		next = next_vma(vma);
		retval = do_munmap(mm, vma->vm_start, vma->vm_end - vma->vm_start);
		vma = next;
	} while (vma);
	/* lockmap: hit release write; ends s */
	mmap_write_unlock(mm);
	return retval;
}
