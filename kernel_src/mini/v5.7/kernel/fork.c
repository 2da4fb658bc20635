// SPDX-License-Identifier: GPL-2.0
/* Two objects of one class at once: the parent's lock and, nested, the child's. */
#include <linux/mm.h>
#include <linux/fs.h>

static struct mm_struct *mm_init(struct mm_struct *mm)
{
	/* lockmap: hit init any */
	init_rwsem(&mm->mmap_sem);
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
	if (down_write_killable(&oldmm->mmap_sem)) {
		retval = -EINTR;
		goto fail_killed;
	}
	/* lockmap: hit acquire write; section new write balanced */
	down_write_nested(&mm->mmap_sem, SINGLE_DEPTH_NESTING);

	mm->total_vm = oldmm->total_vm;
	retval = -ENOMEM;
	for (mpnt = oldmm->mmap; mpnt; mpnt = mpnt->vm_next) {
		if (!mpnt->vm_ops)
			continue;
		retval = copy_one(mm, mpnt);
		if (retval)
			goto out;
	}
	retval = 0;
out:
	/* lockmap: hit release write; ends new */
	up_write(&mm->mmap_sem);
	/* lockmap: hit release write; ends old */
	up_write(&oldmm->mmap_sem);
fail_killed:
	return retval;
}

/* The inner lock goes first, then the outer: each ends its own section only. */
/* lockmap: contract none */
void swap_counts(struct mm_struct *a, struct mm_struct *b)
{
	/* lockmap: hit acquire write; section a write balanced */
	down_write(&a->mmap_sem);
	/* lockmap: hit acquire read; section b read balanced */
	down_read_nested(&b->mmap_sem, SINGLE_DEPTH_NESTING);
	a->total_vm = b->total_vm;
	/* lockmap: hit release write; ends a */
	up_write(&a->mmap_sem);
	pr_debug("b has %lu pages\n", b->total_vm);
	/* lockmap: hit release read; ends b */
	up_read(&b->mmap_sem);
}

struct file *get_mm_exe_file(struct mm_struct *mm)
{
	struct file *exe_file;

	/* lockmap: hit acquire read; section s read balanced */
	down_read(&mm->mmap_sem);
	exe_file = mm->exe_file;
	if (exe_file)
		get_file(exe_file);
	/* lockmap: hit release read; ends s */
	up_read(&mm->mmap_sem);
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
