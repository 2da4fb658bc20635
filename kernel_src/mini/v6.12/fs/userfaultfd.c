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
	mmap_assert_locked(mm);
	if (!ctx || ctx->released)
		goto out;
	ret = VM_FAULT_RETRY;
	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT) {
		ret = VM_FAULT_OOM;
		goto out;
	}
	ctx->waiting++;
	/* lockmap: hit release read */
	mmap_read_unlock(mm);
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
	mmap_write_lock(mm);
	still_valid = first_vma(mm) != NULL;
	if (!still_valid)
		goto skip_mm;
	for (vma = first_vma(mm); vma; vma = next_vma(vma)) {
		cond_resched();
		if (vma->vm_private_data != ctx)
			continue;
		vma->vm_private_data = NULL;
	}
skip_mm:
	/* lockmap: hit release write; ends s */
	mmap_write_unlock(mm);
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
	mmap_read_lock(ctx->mm);
	err = -EAGAIN;
	if (ctx->waiting)
		goto out_unlock;
	vma = find_vma(ctx->mm, dst);
	err = vma ? 0 : -EINVAL;
	if (!err && write && !(vma->vm_flags & VM_WRITE)) {
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(ctx->mm);
		/* lockmap: faults copy_from_user */
		if (copy_from_user(from, (void *)dst, PAGE_SIZE))
			return -EFAULT;
		write = false;
		goto retry;
	}
out_unlock:
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(ctx->mm);
	return err;
}
