// SPDX-License-Identifier: GPL-2.0
/* What a function knows of a lock reaches another one: by a structure, a global, a callback. */
#include <linux/mm.h>
#include <linux/fs.h>

/* 1: with the lock; 0: without it; -1: not yet begun. */
struct pinner {
	struct mm_struct *mm;
	unsigned long done;
	int locked;
};

static void pinner_init(struct pinner *pin, struct mm_struct *mm)
{
	pin->mm = mm;
	pin->done = 0;
	pin->locked = -1;
}

/* Keeps the lock over several calls, and notes it. */
/* lockmap: contract returns-held */
static int pinner_pin(struct pinner *pin, struct mm_struct *mm)
{
	if (pin->locked == -1) {
		if (!mmget_not_zero(mm))
			return -EFAULT;
		pin->locked = 0;
	}
	if (!pin->locked) {
		/* lockmap: hit acquire read; section s read balanced returns-held */
		mmap_read_lock(mm);
		pin->locked = 1;
	}
	if (pin->done > mm->total_vm)
		return -ENOMEM;
	pin->done++;
	return 0;
}

/* lockmap: contract may-drop */
static void pinner_destroy(struct pinner *pin, struct mm_struct *mm)
{
	if (pin->locked != -1) {
		if (pin->locked)
			/* lockmap: hit release read */
			mmap_read_unlock(mm);
		mmput(mm);
		pin->locked = -1;
	}
}

int pin_twice(struct mm_struct *mm)
{
	struct pinner pin;
	int rc;

	pinner_init(&pin, mm);
	/* lockmap: hit acquire read indirect; section s read balanced returns-held */
	rc = pinner_pin(&pin, mm);
	if (!rc)
		/* lockmap: hit acquire read indirect; section t read balanced returns-held */
		rc = pinner_pin(&pin, mm);
	/* lockmap: hit release read indirect; ends s,t */
	pinner_destroy(&pin, mm);
	return rc;
}

struct forgetful {
	int taken;
};

/* BUG: nobody releases by this note. */
int forget(struct forgetful *f, struct mm_struct *mm)
{
	/* lockmap: hit acquire read; section s read leaks */
	mmap_read_lock(mm);
	f->taken = 1;
	if (mm->total_vm)
		return -EBUSY;
	f->taken = 0;
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return 0;
}

/* Whether to unlock goes through a member; so does what there is to do. */
struct unmap_state {
	struct mm_struct *mm;
	unsigned long nr_pages;
	bool unlock;
};

/* lockmap: runs write must write by unmap_and_unlock,unmap_pages */
static void init_unmap(struct unmap_state *state, struct mm_struct *mm, bool unlock)
{
	state->mm = mm;
	state->nr_pages = 0;
	state->unlock = unlock;
}

static int gather_unmap(struct unmap_state *state, unsigned long nr)
{
	if (nr > state->mm->total_vm)
		return -EINVAL;
	state->nr_pages += nr;
	return 0;
}

static void complete_unmap(struct unmap_state *state)
{
	struct mm_struct *mm = current->mm;

	if (state->unlock)
		/* lockmap: hit downgrade read */
		mmap_write_downgrade(mm);
	if (!state->nr_pages)		/* never so after gathering */
		return;
	mm->total_vm -= state->nr_pages;
	if (state->unlock)
		/* lockmap: hit release read */
		mmap_read_unlock(mm);
}

/* lockmap: runs write must write by unmap_and_unlock */
static int unmap_pages(struct mm_struct *mm, unsigned long nr, bool unlock)
{
	struct unmap_state state;
	int error;

	init_unmap(&state, mm, unlock);
	error = gather_unmap(&state, nr);
	if (error)
		return error;
	/* lockmap: hit release any indirect */
	complete_unmap(&state);
	return 0;
}

/* lockmap: runs never */
int unmap_and_unlock(unsigned long nr)
{
	struct mm_struct *mm = current->mm;
	int ret;

	/* lockmap: hit acquire write; section s write balanced */
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	/* lockmap: hit release any indirect; ends s */
	ret = unmap_pages(mm, nr, true);
	if (ret)
		/* lockmap: hit release write; ends s */
		mmap_write_unlock(mm);
	return ret;
}

int unmap_and_keep(unsigned long nr)
{
	struct mm_struct *mm = current->mm;
	int ret;

	/* lockmap: hit acquire write; section s write balanced */
	mmap_write_lock(mm);
	ret = unmap_pages(mm, nr, false);
	/* lockmap: hit release write; ends s */
	mmap_write_unlock(mm);
	return ret;
}

/* Module parameters: both helpers ask the same ones. */
static bool hold_mm;
static bool hold_for_reading;

/* lockmap: contract returns-held */
static void hold_begin(struct mm_struct *mm)
{
	if (hold_mm) {
		if (hold_for_reading)
			/* lockmap: hit acquire read; section s read balanced returns-held */
			mmap_read_lock(mm);
		else
			/* lockmap: hit acquire write; section w write balanced returns-held */
			mmap_write_lock(mm);
	}
}

/* lockmap: contract may-drop */
/* lockmap: runs both must none by hold */
static void hold_end(struct mm_struct *mm)
{
	if (hold_mm) {
		if (hold_for_reading)
			/* lockmap: hit release read */
			mmap_read_unlock(mm);
		else
			/* lockmap: hit release write */
			mmap_write_unlock(mm);
	}
}

int hold(struct mm_struct *mm)
{
	/* lockmap: hit acquire any indirect; section s read balanced */
	hold_begin(mm);
	mm->locked_vm++;
	/* lockmap: hit release any indirect; ends s */
	hold_end(mm);
	return 0;
}

/* A helper of ->start and ->next, which may go on in another process. */
struct walker {
	struct task_struct *task;
	struct mm_struct *mm;
};

/* lockmap: contract returns-held */
static struct vm_area_struct *walk_next(struct walker *walk, unsigned long addr)
{
	struct mm_struct *mm = walk->task->mm;
	struct vm_area_struct *vma;

	if (!mm)
		return NULL;
	/* lockmap: hit acquire read; section s read balanced returns-held */
	if (mmap_read_lock_killable(mm))
		return NULL;
	vma = find_vma(mm, addr);
	if (!vma) {
		/* lockmap: hit release read; ends s */
		mmap_read_unlock(mm);
		return NULL;
	}
	walk->mm = mm;
	return vma;
}

static void *walk_seq_start(struct seq_file *m, loff_t *pos)
{
	/* lockmap: hit acquire read indirect; section s read balanced returns-held */
	return walk_next(m->private, 0);
}

static void *walk_seq_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct walker *walk = m->private;

	(*pos)++;
	/* lockmap: hit release read */
	mmap_read_unlock(walk->mm);
	/* lockmap: hit acquire read indirect; section s read balanced returns-held */
	return walk_next(walk, *pos);
}

static void walk_seq_stop(struct seq_file *m, void *v)
{
	struct walker *walk = m->private;

	if (v)
		/* lockmap: hit release read */
		mmap_read_unlock(walk->mm);
}

static int walk_seq_show(struct seq_file *m, void *v)
{
	return v ? 0 : -EINVAL;
}

const struct seq_operations walk_seq_ops = {
	.start	= walk_seq_start,
	.next	= walk_seq_next,
	.stop	= walk_seq_stop,
	.show	= walk_seq_show,
};

/* A helper of a helper ends it, without being given the mm. */
/* lockmap: contract drops */
static void __bad_access(struct pt_regs *regs, int code)
{
	/* lockmap: hit release read */
	mmap_read_unlock(current->mm);
	pr_err("%d\n", code);
}

/* lockmap: contract drops */
static void bad_access(struct pt_regs *regs)
{
	/* lockmap: hit release read indirect */
	__bad_access(regs, -EFAULT);
}

int access_page(struct pt_regs *regs, unsigned long address)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;

	/* lockmap: hit acquire read; section s read balanced */
	mmap_read_lock(mm);
	vma = find_vma(mm, address);
	if (!vma) {
		/* lockmap: hit release read indirect; ends s */
		bad_access(regs);
		return -EFAULT;
	}
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return 0;
}
