// SPDX-License-Identifier: GPL-2.0
/* Two objects of one class at once: the parent's lock and, nested, the child's. */
#include <linux/mm.h>
#include <linux/fs.h>

static struct mm_struct *mm_init(struct mm_struct *mm)
{
	/* lockmap: hit init any */
	mmap_init_lock(mm);
	mm->total_vm = 0;
	return mm;
}

static int copy_one(struct mm_struct *mm, struct vm_area_struct *tmp)
{
	return tmp->vm_flags & VM_LOCKED ? -ENOMEM : 0;
}

/* lockmap: contract none */
static int dup_mmap(struct mm_struct *mm, struct mm_struct *oldmm)
{
	struct vm_area_struct *mpnt;
	int retval;

	/* lockmap: hit acquire write; section old write balanced */
	if (mmap_write_lock_killable(oldmm)) {
		retval = -EINTR;
		goto fail_killed;
	}
	/* lockmap: hit acquire write; section new write balanced */
	mmap_write_lock_nested(mm, SINGLE_DEPTH_NESTING);

	mm->total_vm = oldmm->total_vm;
	retval = -ENOMEM;
	for (mpnt = first_vma(oldmm); mpnt; mpnt = next_vma(mpnt)) {
		if (!mpnt->vm_ops)
			continue;
		retval = copy_one(mm, mpnt);
		if (retval)
			goto out;
	}
	retval = 0;
out:
	/* lockmap: hit release write; ends new */
	mmap_write_unlock(mm);
	/* lockmap: hit release write; ends old */
	mmap_write_unlock(oldmm);
fail_killed:
	return retval;
}

/* The inner lock goes first, then the outer: each ends its own section only. */
/* lockmap: contract none */
void swap_counts(struct mm_struct *a, struct mm_struct *b)
{
	/* lockmap: hit acquire write; section a write balanced */
	mmap_write_lock(a);
	/* lockmap: hit acquire read; section b read balanced */
	down_read_nested(&b->mmap_lock, SINGLE_DEPTH_NESTING);
	a->total_vm = b->total_vm;
	/* lockmap: hit release write; ends a */
	mmap_write_unlock(a);
	pr_debug("b has %lu pages\n", b->total_vm);
	/* lockmap: hit release read; ends b */
	mmap_read_unlock(b);
}

struct file *get_mm_exe_file(struct mm_struct *mm)
{
	struct file *exe_file;

	/* lockmap: hit acquire read; section s read balanced */
	mmap_read_lock(mm);
	exe_file = mm->exe_file;
	if (exe_file)
		get_file(exe_file);
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return exe_file;
}

struct mm_struct *dup_mm(struct mm_struct *oldmm)
{
	struct mm_struct *mm = kmalloc(sizeof(*mm), GFP_KERNEL);

	if (!mm)
		return ERR_PTR(-ENOMEM);
	/* lockmap: ok */
	if (dup_mmap(mm_init(mm), oldmm)) {
		kfree(mm);
		return NULL;
	}
	return mm;
}
