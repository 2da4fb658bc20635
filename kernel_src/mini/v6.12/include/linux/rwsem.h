/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_RWSEM_H
#define _LINUX_RWSEM_H

#include <linux/cleanup.h>
#include <linux/list.h>

struct rw_semaphore {
	atomic_t count;
	struct list_head wait_list;
};

#define __RWSEM_INITIALIZER(name) \
	{ .count = { 0 }, .wait_list = { &(name).wait_list, &(name).wait_list } }

void init_rwsem(struct rw_semaphore *sem);

void down_read(struct rw_semaphore *sem);
int __must_check down_read_killable(struct rw_semaphore *sem);
int down_read_trylock(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
int __must_check down_write_killable(struct rw_semaphore *sem);
int down_write_trylock(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void downgrade_write(struct rw_semaphore *sem);

void rwsem_assert_held(const struct rw_semaphore *sem);
void rwsem_assert_held_write(const struct rw_semaphore *sem);
int rwsem_is_locked(struct rw_semaphore *sem);
int rwsem_is_contended(struct rw_semaphore *sem);

/* Whose lock a parameter is, the text cannot say: no operation of any one lock. */
#define SINGLE_DEPTH_NESTING	1
#ifdef CONFIG_DEBUG_LOCK_ALLOC
void down_read_nested(struct rw_semaphore *sem, int subclass);
void down_write_nested(struct rw_semaphore *sem, int subclass);
void up_read_non_owner(struct rw_semaphore *sem);
#else
/* lockmap: ok */
# define down_read_nested(sem, subclass)	down_read(sem)
/* lockmap: ok */
# define down_write_nested(sem, subclass)	down_write(sem)
/* lockmap: ok */
# define up_read_non_owner(sem)			up_read(sem)
#endif

/* lockmap: ok */
DEFINE_GUARD(rwsem_read, struct rw_semaphore *, down_read(_T), up_read(_T))
/* lockmap: ok */
DEFINE_GUARD(rwsem_write, struct rw_semaphore *, down_write(_T), up_write(_T))
/* lockmap: ok */
DEFINE_GUARD_COND(rwsem_write, _try, down_write_trylock(_T))

#endif
