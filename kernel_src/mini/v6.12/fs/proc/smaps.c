// SPDX-License-Identifier: GPL-2.0
/* Lets waiters in: a reader that drops and retakes the lock when it is contended. */
#include <linux/mm.h>
#include <linux/fs.h>

/* lockmap: contract none */
int smaps_rollup(struct seq_file *m, struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, 0);
	unsigned long pages = 0;
	int ret;

	/* lockmap: hit acquire read; section first read balanced */
	ret = mmap_read_lock_killable(mm);
	if (ret)
		goto out_put_mm;
	for_each_vma(vmi, vma) {
		pages += vma->vm_end - vma->vm_start;
		/* lockmap: ok */
		if (mmap_lock_is_contended(mm)) {
			/* lockmap: hit release read; ends first,again */
			mmap_read_unlock(mm);
			/* lockmap: hit acquire read; section again read balanced */
			ret = mmap_read_lock_killable(mm);
			if (ret)
				goto out_put_mm;
			vma = find_vma(mm, vmi.index);
			if (!vma)
				break;
		}
	}
	seq_printf(m, "%lu\n", pages);
	/* lockmap: hit release read; ends first,again */
	mmap_read_unlock(mm);
out_put_mm:
	mmput(mm);
	return ret;
}

static int query_setup(struct mm_struct *mm)
{
	/* lockmap: hit acquire read; section s read balanced returns-held */
	return mmap_read_lock_killable(mm);
}

static void query_teardown(struct mm_struct *mm, struct vm_area_struct *vma)
{
	/* lockmap: hit release read */
	mmap_read_unlock(mm);
}

/* lockmap: contract none */
long query_vma(struct file *file, unsigned long addr)
{
	struct mm_struct *mm = file->private_data;
	struct vm_area_struct *vma;
	long err;

	/* lockmap: hit acquire read indirect; section s read balanced */
	err = query_setup(mm);
	if (err) {
		mmput(mm);
		return err;
	}
	vma = find_vma(mm, addr);
	if (!vma) {
		err = -EINVAL;
		goto out;
	}
	err = vma->vm_flags;
out:
	/* lockmap: hit release read indirect; ends s */
	query_teardown(mm, vma);
	return err;
}
