// SPDX-License-Identifier: GPL-2.0
/* A fault handler that must give up its caller's lock, and one that may. */
#include <linux/mm.h>
#include <linux/fs.h>

struct watch_ctx {
	struct mm_struct *mm;
	struct watch_ctx *outer;
	int waiting;
	bool released;
};

void wait_for_reply(struct watch_ctx *ctx);

/* Retry always means dropped, any other result means still held. */
/* lockmap: contract may-drop */
vm_fault_t handle_watched(struct vm_fault *vmf, struct watch_ctx *ctx)
{
	struct mm_struct *mm = vmf->vma->vm_mm;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	/* lockmap: hit assert any */
	BUG_ON(!rwsem_is_locked(&mm->mmap_sem));
	if (!ctx || ctx->released)
		goto out;
	ret = VM_FAULT_RETRY;
	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT) {
		ret = VM_FAULT_OOM;
		goto out;
	}
	ctx->waiting++;
	/* lockmap: hit release read */
	up_read(&mm->mmap_sem);
	wait_for_reply(ctx);
	ctx->waiting--;
out:
	return ret;
}

/* lockmap: contract none */
int watch_release(struct inode *inode, struct file *file)
{
	struct watch_ctx *ctx = file->private_data;
	struct mm_struct *mm = ctx->mm;
	struct vm_area_struct *vma;
	bool still_valid = true;

	ctx->released = true;
	if (!mmget_not_zero(mm))
		goto wakeup;
	/* lockmap: hit acquire write; section s write balanced */
	down_write(&mm->mmap_sem);
	still_valid = mm->mmap != NULL;
	if (!still_valid)
		goto skip_mm;
	for (vma = mm->mmap; vma; vma = vma->vm_next) {
		cond_resched();
		if (vma->vm_private_data != ctx)
			continue;
		vma->vm_private_data = NULL;
	}
skip_mm:
	/* lockmap: hit release write; ends s */
	up_write(&mm->mmap_sem);
	mmput(mm);
wakeup:
	return 0;
}

/* lockmap: contract none */
int watch_copy(struct watch_ctx *ctx, unsigned long dst, void *from, bool write)
{
	struct vm_area_struct *vma;
	int err;

retry:
	/* lockmap: hit acquire read; section s read balanced */
	down_read(&ctx->mm->mmap_sem);
	err = -EAGAIN;
	if (ctx->waiting)
		goto out_unlock;
	vma = find_vma(ctx->mm, dst);
	err = vma ? 0 : -EINVAL;
	if (!err && write && !(vma->vm_flags & VM_WRITE)) {
		/* lockmap: hit release read; ends s */
		up_read(&ctx->mm->mmap_sem);
		/* lockmap: faults copy_from_user */
		if (copy_from_user(from, (void *)dst, PAGE_SIZE))
			return -EFAULT;
		write = false;
		goto retry;
	}
out_unlock:
	/* lockmap: hit release read; ends s */
	up_read(&ctx->mm->mmap_sem);
	return err;
}
