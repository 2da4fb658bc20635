// SPDX-License-Identifier: GPL-2.0
/* Acquired in ->start, released in ->stop: a section that spans callbacks. */
#include <linux/mm.h>
#include <linux/fs.h>

struct proc_maps_private {
	struct inode *inode;
	struct task_struct *task;
	struct mm_struct *mm;
	struct vm_area_struct *tail;
};

/* lockmap: contract drops */
static void vma_stop(struct proc_maps_private *priv)
{
	struct mm_struct *mm = priv->mm;

	/* lockmap: hit release read */
	mmap_read_unlock(mm);
	mmput(mm);
}

/* lockmap: contract returns-held */
/* lockmap: runs never */
static void *m_start(struct seq_file *m, loff_t *ppos)
{
	struct proc_maps_private *priv = m->private;
	struct mm_struct *mm;
	struct vm_area_struct *vma;

	mm = priv->mm;
	if (!mm || !mmget_not_zero(mm))
		return NULL;
	/* lockmap: hit acquire read; section s read balanced paired */
	if (mmap_read_lock_killable(mm)) {
		mmput(mm);
		return ERR_PTR(-EINTR);
	}
	vma = find_vma(mm, *ppos);
	if (vma)
		return vma;
	priv->tail = NULL;
	/* lockmap: hit release read indirect; ends s */
	vma_stop(priv);
	return NULL;
}

/* Ends what m_start() began when there is no next one. */
/* lockmap: contract may-drop */
static void *m_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct proc_maps_private *priv = m->private;
	struct vm_area_struct *next = next_vma(v);

	(*pos)++;
	if (!next)
		/* lockmap: hit release read indirect */
		vma_stop(priv);
	return next;
}

/* lockmap: contract may-drop */
static void m_stop(struct seq_file *m, void *v)
{
	struct proc_maps_private *priv = m->private;

	if (v && !IS_ERR(v))
		/* lockmap: hit release read indirect */
		vma_stop(priv);
}

static int show_map(struct seq_file *m, void *v)
{
	struct vm_area_struct *vma = v;

	/* lockmap: ok */
	seq_printf(m, "%lx mmap_lock\n", vma->vm_start);
	return 0;
}

const struct seq_operations proc_pid_maps_op = {
	.start = m_start,
	.next = m_next,
	.stop = m_stop,
	.show = show_map,
};

/* Read mode first; write mode for as long as one VMA needs it; read mode again. */
/* lockmap: contract none */
int clear_refs(struct mm_struct *mm, int type)
{
	struct vm_area_struct *vma;
	int count = 0;

	/* lockmap: hit acquire read; section look read balanced */
	mmap_read_lock(mm);
	if (type == 4) {
		for (vma = first_vma(mm); vma; vma = next_vma(vma)) {
			if (!(vma->vm_flags & VM_LOCKED))
				continue;
			/* lockmap: hit release read; ends look */
			mmap_read_unlock(mm);
			/* lockmap: hit acquire write; section change write balanced */
			if (mmap_write_lock_killable(mm)) {
				count = -EINTR;
				goto out_mm;
			}
			for (vma = first_vma(mm); vma; vma = next_vma(vma))
				vma->vm_flags &= ~VM_LOCKED;
			/* lockmap: hit downgrade read */
			mmap_write_downgrade(mm);
			break;
		}
	}
	for (vma = first_vma(mm); vma; vma = next_vma(vma))
		count++;
	/* lockmap: hit release read; ends look,change */
	mmap_read_unlock(mm);
out_mm:
	return count;
}
