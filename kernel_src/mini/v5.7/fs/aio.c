// SPDX-License-Identifier: GPL-2.0
/* An mm reached through structs in structs, arrays, and a file's private data. */
#include <linux/mm.h>
#include <linux/fs.h>

struct aio_space {
	struct mm_struct *mm;
	unsigned long base;
};

struct aio_context {
	struct aio_space as;
	struct aio_space spare[4];
	struct aio_context *parent;
};

/* lockmap: contract none */
int aio_setup(struct aio_context *ctx)
{
	/* lockmap: hit acquire write; section s write balanced */
	down_write(&ctx->as.mm->mmap_sem);
	ctx->as.base = do_mmap(NULL, 0, PAGE_SIZE);
	/* lockmap: hit release write; ends s */
	up_write(&ctx->as.mm->mmap_sem);
	return 0;
}

/* lockmap: contract none */
void aio_setup_spares(struct aio_context *ctx)
{
	int i;

	for (i = 0; i < 4; i++) {
		if (!ctx->spare[i].mm)
			continue;
		/* lockmap: hit acquire read; section s read balanced */
		down_read(&ctx->spare[i].mm->mmap_sem);
		ctx->spare[i].base = ctx->spare[i].mm->start_brk;
		/* lockmap: hit release read; ends s */
		up_read(&ctx->spare[i].mm->mmap_sem);
	}
}

/* lockmap: contract none */
static long aio_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct aio_context *ctx = file->private_data;
	long base;

	/* lockmap: hit acquire read; section s read balanced */
	down_read(&ctx->parent->as.mm->mmap_sem);
	base = ctx->parent->as.base;
	/* lockmap: hit release read; ends s */
	up_read(&ctx->parent->as.mm->mmap_sem);
	return base;
}

/* lockmap: contract none */
static int aio_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct mm_struct *mm = ((struct aio_context *)file->private_data)->as.mm;

	/* lockmap: hit assert any */
	WARN_ON_ONCE(!rwsem_is_locked(&vma->vm_mm->mmap_sem));
	if (mm != vma->vm_mm) {
		/* lockmap: hit acquire read; todo-section s read balanced */
		down_read(&((struct aio_context *)file->private_data)->as.mm->mmap_sem);
		vma->vm_flags |= mm->def_flags;
		/* Released under its other name: the same mm all the same. */
		/* lockmap: hit release read; ends s */
		up_read(&mm->mmap_sem);
	}
	return 0;
}

const struct file_operations aio_fops = {
	.mmap = aio_mmap,
	.unlocked_ioctl = aio_ioctl,
};
