// SPDX-License-Identifier: GPL-2.0
/* Pinning pages: aliases of the lock, a private-data chain, and a counter. */
#include <linux/mm.h>
#include <linux/fs.h>

struct quokka_context {
	struct mm_struct *mm;
	unsigned long limit;
};

struct quokka_fd {
	struct quokka_context *uctxt;
	struct task_struct *owner;
};

/* lockmap: contract none */
long quokka_pin(unsigned long start, unsigned long nr, struct page **pages)
{
	struct rw_semaphore *sem = &current->mm->mmap_lock;
	unsigned long got = 0;
	long ret = 0;

	/* lockmap: hit acquire read; section s read balanced */
	down_read(sem);
	while (got < nr) {
		ret = get_user_pages(start, nr - got, FOLL_WRITE, pages + got);
		if (ret < 0)
			goto bail_release;
		got += ret;
		start += ret << PAGE_SHIFT;
	}
	goto bail;
bail_release:
	while (got)
		put_page(pages[--got]);
bail:
	/* lockmap: hit release read; ends s */
	up_read(sem);
	return ret < 0 ? ret : got;
}

/* Set in one place, used in another: the alias of an alias. */
/* lockmap: contract none */
void quokka_account(struct file *file, long pages)
{
	struct quokka_fd *fd = file->private_data;
	struct rw_semaphore *lock, *same;

	lock = &fd->uctxt->mm->mmap_lock;
	same = lock;
	/* lockmap: hit acquire write; todo-section s write balanced */
	down_write(same);
	fd->uctxt->mm->locked_vm += pages;
	/* lockmap: hit release write; ends s */
	up_write(lock);
}

/* lockmap: contract none */
bool quokka_account_later(struct file *file, long pages)
{
	/* lockmap: hit try write; section s write balanced */
	if (!mmap_write_trylock(((struct quokka_fd *)file->private_data)->owner->mm))
		return false;
	((struct quokka_fd *)file->private_data)->owner->mm->locked_vm += pages;
	/* lockmap: hit release write; ends s */
	mmap_write_unlock(((struct quokka_fd *)file->private_data)->owner->mm);
	return true;
}

/* The same name holds another lock after the assignment. */
/* lockmap: contract none */
void quokka_move(struct quokka_context *from, struct quokka_context *to, long pages)
{
	struct mm_struct *mm = from->mm;

	/* lockmap: hit acquire write; section out write balanced */
	mmap_write_lock(mm);
	mm->locked_vm -= pages;
	/* lockmap: hit release write; ends out */
	mmap_write_unlock(mm);
	mm = to->mm;
	/* lockmap: hit acquire write; section in write balanced */
	mmap_write_lock(mm);
	mm->locked_vm += pages;
	/* lockmap: hit release write; ends in */
	mmap_write_unlock(mm);
}
