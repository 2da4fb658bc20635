// SPDX-License-Identifier: GPL-2.0
/* Scope guards: the release is the end of a block and stands nowhere. */
#include <linux/mm.h>

DEFINE_FREE(mmput, struct mm_struct *, if (_T) mmput(_T))

/* lockmap: contract none */
unsigned long guarded_function(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;

	/* lockmap: hit acquire read; section s read balanced */
	guard(mmap_read_lock)(mm);
	vma = find_vma(mm, addr);
	if (!vma)
		return 0;
	return vma->vm_flags;
}

/* lockmap: contract none */
int guarded_block(struct task_struct *task)
{
	struct mm_struct *mm __free(mmput) = get_task_mm(task);
	int total = 0;

	if (!mm)
		return -EINVAL;
	/* lockmap: hit acquire read; section s read balanced */
	scoped_guard(mmap_read_lock, mm) {
		if (!first_vma(mm))
			return -ENOMEM;
		total = mm->total_vm;
	}
	/* lockmap: hit acquire write; section w write balanced */
	scoped_guard(rwsem_write, &mm->mmap_lock)
		mm->total_vm = 0;
	return total;
}

/* lockmap: contract none */
int guarded_class(struct mm_struct *mm)
{
	if (mm->def_flags) {
		/* lockmap: hit acquire read; section s read balanced */
		CLASS(rwsem_read, locked)(&mm->mmap_lock);

		mm->def_flags = 0;
		return 1;
	}
	return 0;
}

/* lockmap: contract none */
int guarded_maybe(struct mm_struct *mm)
{
	/* lockmap: todo-hit try write; todo-section s write balanced */
	scoped_cond_guard(rwsem_write_try, return -EAGAIN, &mm->mmap_lock)
		mm->total_vm++;
	return 0;
}

/* One guard an iteration: released by continue, break and the end of the body. */
/* lockmap: contract none */
int guarded_loop(struct mm_struct **mms, int nr)
{
	int i, found = 0;

	for (i = 0; i < nr; i++) {
		/* lockmap: hit acquire read; section s read balanced */
		guard(mmap_read_lock)(mms[i]);
		if (!mms[i]->total_vm)
			continue;
		if (mms[i]->def_flags)
			break;
		found++;
	}
	return found;
}

/* A guard of another struct's semaphore. */
struct shelf {
	struct rw_semaphore mmap_lock;
	int books;
};

int guarded_shelf(struct shelf *mm)
{
	/* lockmap: ok */
	guard(rwsem_read)(&mm->mmap_lock);
	return mm->books;
}
