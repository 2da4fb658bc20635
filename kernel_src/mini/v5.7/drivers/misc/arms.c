// SPDX-License-Identifier: GPL-2.0
/* Preprocessor: arms that split a brace, a call, a function or a section. */
#include <linux/mm.h>

#if 0
/* Code that nobody compiles is still found, with its condition. */
void abandoned(struct mm_struct *mm)
{
	/* lockmap: hit acquire write */
	down_write(&mm->mmap_sem);
	/* lockmap: hit release write */
	up_write(&mm->mmap_sem);
}
#endif

/* lockmap: contract none */
int split_braces(struct mm_struct *mm, int wait)
{
	int got = 0;

#ifdef CONFIG_PAD_WRITE
	/* lockmap: hit try write; section w write balanced */
	if (down_write_trylock(&mm->mmap_sem)) {
#else
	/* lockmap: hit try read; section r read balanced */
	if (down_read_trylock(&mm->mmap_sem)) {
#endif
		got = mm->total_vm;
#ifdef CONFIG_PAD_WRITE
		/* lockmap: hit release write; ends w */
		up_write(&mm->mmap_sem);
#else
		/* lockmap: hit release read; ends r */
		up_read(&mm->mmap_sem);
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
	down_read(&mm->mmap_sem);
#endif
	mm->def_flags = 0;
#ifdef CONFIG_PAD_LOCKED
	/* lockmap: hit release read; ends s */
	up_read(&mm->mmap_sem);
#endif
}

#ifdef CONFIG_PAD_LOCKED
/* lockmap: contract returns-held */
static void maybe_enter(struct mm_struct *mm)
{
	/* lockmap: hit acquire read; section s read balanced returns-held */
	down_read(&mm->mmap_sem);
}

/* lockmap: contract drops */
static void maybe_leave(struct mm_struct *mm)
{
	/* lockmap: hit release read */
	up_read(&mm->mmap_sem);
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
		  &task->mm->mmap_sem
#else
		  &mm->mmap_sem
#endif
		 );
	/* lockmap: hit release read; ends s */
	up_read(&mm->mmap_sem);
}

/* lockmap: contract none */
int split_else(struct mm_struct *mm, int how)
{
	/* lockmap: hit acquire read; section s read balanced */
	down_read(&mm->mmap_sem);
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
	up_read(&mm->mmap_sem);
	return how;
}
