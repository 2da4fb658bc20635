// SPDX-License-Identifier: GPL-2.0
/* Helpers that lock and return: a pointer, NULL, or an error in a pointer. */
#include <linux/mm.h>
#include <linux/fs.h>

/* Held when the result is not NULL. */
/* lockmap: contract returns-held */
static struct mm_struct *get_locked_mm(struct task_struct *task)
{
	struct mm_struct *mm = get_task_mm(task);

	if (!mm)
		return NULL;
	/* lockmap: hit acquire read; section s read balanced returns-held */
	mmap_read_lock(mm);
	return mm;
}

/* Held unless the result is an error: the VMA is only good under the lock. */
/* lockmap: contract returns-held */
static struct vm_area_struct *find_locked_vma(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;

	/* lockmap: hit acquire read; section s read balanced returns-held */
	if (mmap_read_lock_killable(mm))
		return ERR_PTR(-EINTR);
	vma = find_vma(mm, addr);
	if (!vma) {
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(mm);
		return ERR_PTR(-ENOMEM);
	}
	return vma;
}

/* Held for writing when it returns 0, as the killable functions do. */
/* lockmap: contract returns-held */
static int __must_check begin_change(struct mm_struct *mm)
{
	int error;

	/* lockmap: hit acquire write; section s write balanced returns-held */
	error = mmap_write_lock_killable(mm);
	if (error)
		pr_debug("killed while waiting for mmap_lock\n");
	return error;
}

/* lockmap: contract drops */
static void end_change(struct mm_struct *mm)
{
	mm->total_vm++;
	/* lockmap: hit release write */
	mmap_write_unlock(mm);
}

/* lockmap: contract none */
int task_total(struct task_struct *task)
{
	struct mm_struct *mm;
	int total;

	/* lockmap: hit acquire read indirect; section s read balanced */
	mm = get_locked_mm(task);
	if (!mm)
		return -EINVAL;
	total = mm->total_vm;
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	mmput(mm);
	return total;
}

/* lockmap: contract none */
long vma_flags_at(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;
	long flags;

	/* lockmap: hit acquire read indirect; todo-section s read balanced */
	vma = find_locked_vma(mm, addr);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	flags = vma->vm_flags;
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(vma->vm_mm);
	return flags;
}

/* lockmap: contract none */
int set_limit(struct mm_struct *mm, unsigned long limit)
{
	/* lockmap: hit acquire write indirect; section s write balanced */
	int error = begin_change(mm);

	if (error)
		return error;
	mm->def_flags = limit;
	/* lockmap: hit release write indirect; ends s */
	end_change(mm);
	return 0;
}

/* lockmap: contract none */
ssize_t copy_environ(struct mm_struct *mm, char __user *buf, size_t count)
{
	unsigned long start, end;
	size_t this_len = 0;
	int status;

	/* lockmap: hit acquire read; section s read balanced */
	if ((status = mmap_read_lock_killable(mm)))
		return status;
	start = mm->arg_start;
	end = mm->arg_end;
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	while (count && start < end) {
		this_len = min_t(size_t, count, end - start);
		/* lockmap: faults copy_to_user */
		if (copy_to_user(buf, (void *)start, this_len))
			return -EFAULT;
		start += this_len;
		count -= this_len;
	}
	return this_len;
}
