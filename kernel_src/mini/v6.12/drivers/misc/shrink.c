// SPDX-License-Identifier: GPL-2.0
/* What drivers do today: shrinkers that try, pinners that count, asserts. */
#include <linux/mm.h>

struct shrink_page {
	struct mm_struct *mm;
	struct vm_area_struct *vma;
	struct mutex mutex;
	bool dying;
};

/* lockmap: contract none */
int shrink_one(struct shrink_page *page)
{
	struct mm_struct *mm = page->mm;
	int ret = -EAGAIN;

	if (!mmget_not_zero(mm))
		goto err_mmget;
	/* lockmap: hit try read; section s read balanced */
	if (!mmap_read_trylock(mm))
		goto err_mmap_read_lock_failed;
	if (!mutex_trylock(&page->mutex))
		goto err_mutex;
	page->vma = find_vma(mm, 0);
	mutex_unlock(&page->mutex);
	ret = 0;
err_mutex:
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
err_mmap_read_lock_failed:
	mmput(mm);
err_mmget:
	return ret;
}

/* lockmap: contract none */
int pin_account(struct shrink_page *page, long npage, bool async)
{
	struct mm_struct *mm = page->mm;
	/* lockmap: hit acquire write; section s write balanced */
	int ret = mmap_write_lock_killable(mm);

	if (!ret) {
		if (async && mm->locked_vm > 99)
			ret = -ENOMEM;
		else
			mm->locked_vm += npage;
		/* lockmap: hit release write; ends s */
		mmap_write_unlock(mm);
	}
	return ret;
}

/* Inverted and nested the other way: tried for writing, waited for reading. */
/* lockmap: contract none */
int pin_check(struct mm_struct *mm, bool wait)
{
	bool writer = true;

	/* lockmap: hit try write; section w write balanced */
	if (!mmap_write_trylock(mm)) {
		if (!wait)
			return -EAGAIN;
		/* lockmap: hit acquire read; section r read balanced */
		mmap_read_lock(mm);
		writer = false;
	} else {
		mm->total_vm++;
		/* lockmap: hit downgrade read */
		mmap_write_downgrade(mm);
	}
	pr_debug("writer %d\n", writer);
	/* lockmap: hit release read; ends w,r */
	mmap_read_unlock(mm);
	return 0;
}

void shrink_asserts(struct shrink_page *page)
{
	/* lockmap: hit assert any */
	mmap_assert_locked(page->mm);
	/* lockmap: hit assert write */
	mmap_assert_write_locked(page->vma->vm_mm);
	/* lockmap: hit assert write */
	lockdep_assert_held_write(&page->mm->mmap_lock);
	/* lockmap: hit assert read */
	lockdep_assert_held_read(&page->mm->mmap_lock);
	/* lockmap: hit assert any */
	lockdep_assert_held(&page->vma->vm_mm->mmap_lock);
	/* lockmap: hit assert any */
	rwsem_assert_held(&page->mm->mmap_lock);
	/* lockmap: hit assert any */
	WARN_ON(!page->dying && !rwsem_is_locked(&page->mm->mmap_lock));
	/* lockmap: ok */
	page->dying = rwsem_is_locked(&page->mm->mmap_lock);
}
