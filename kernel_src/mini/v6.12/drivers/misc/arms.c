// SPDX-License-Identifier: GPL-2.0
/* Preprocessor: arms that split a brace, a call, a function or a section. */
#include <linux/mm.h>

#if 0
/* Code that nobody compiles is still found, with its condition. */
void abandoned(struct mm_struct *mm)
{
	/* lockmap: hit acquire write */
	mmap_write_lock(mm);
	/* lockmap: hit release write */
	mmap_write_unlock(mm);
}
#endif

/* lockmap: contract none */
int split_braces(struct mm_struct *mm, int wait)
{
	int got = 0;

#ifdef CONFIG_PAD_WRITE
	/* lockmap: hit try write; section w write balanced */
	if (mmap_write_trylock(mm)) {
#else
	/* lockmap: hit try read; section r read balanced */
	if (mmap_read_trylock(mm)) {
#endif
		got = mm->total_vm;
#ifdef CONFIG_PAD_WRITE
		/* lockmap: hit release write; ends w */
		mmap_write_unlock(mm);
#else
		/* lockmap: hit release read; ends r */
		mmap_read_unlock(mm);
#endif
	}
	return got;
}

/* Both ends depend on the same option: balanced with it, and nothing without. */
/* lockmap: contract none */
void correlated(struct mm_struct *mm)
{
#ifdef CONFIG_PAD_LOCKED
	/* lockmap: hit acquire read; section s read balanced */
	mmap_read_lock(mm);
#endif
	mm->def_flags = 0;
#ifdef CONFIG_PAD_LOCKED
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
#endif
}

#ifdef CONFIG_PAD_LOCKED
/* lockmap: contract returns-held */
static void maybe_enter(struct mm_struct *mm)
{
	/* lockmap: hit acquire read; section s read balanced returns-held */
	mmap_read_lock(mm);
}

/* lockmap: contract drops */
static void maybe_leave(struct mm_struct *mm)
{
	/* lockmap: hit release read */
	mmap_read_unlock(mm);
}
#else
static inline void maybe_enter(struct mm_struct *mm) { }
static inline void maybe_leave(struct mm_struct *mm) { }
#endif

/* lockmap: contract none */
void two_definitions(struct mm_struct *mm)
{
	/* lockmap: hit acquire read indirect; section s read balanced */
	maybe_enter(mm);
	mm->total_vm = 0;
	/* lockmap: hit release read indirect; ends s */
	maybe_leave(mm);
}

/* lockmap: contract none */
void split_call(struct task_struct *task)
{
	struct mm_struct *mm = task->mm;

	/* lockmap: hit acquire read; section s read balanced */
	down_read(
#ifdef CONFIG_PAD_TASK
		  &task->mm->mmap_lock
#else
		  &mm->mmap_lock
#endif
		 );
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
}

/* lockmap: contract none */
int split_else(struct mm_struct *mm, int how)
{
	/* lockmap: hit acquire read; section s read balanced */
	mmap_read_lock(mm);
	if (how == 1)
		mm->brk = 0;
#if defined(CONFIG_PAD_WRITE) && !defined(CONFIG_PAD_TASK)
	else if (how == 2)
		goto out;
#endif
	else
		how = 0;
	if (IS_ENABLED(CONFIG_PAD_LOCKED) && how)
		goto out;
	mm->total_vm = how;
out:
	__maybe_unused;
	/* lockmap: hit release read; ends s */
	mmap_read_unlock(mm);
	return how;
}
