/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_LOCKDEP_H
#define _LINUX_LOCKDEP_H

#include <linux/kernel.h>

int lock_is_held(const void *lock);

#define lockdep_assert_held(l)		WARN_ON(!lock_is_held(l))
#define lockdep_assert_held_write(l)	WARN_ON(!lock_is_held(l))
#define lockdep_assert_held_read(l)	WARN_ON(!lock_is_held(l))
#define might_lock(l)			((void)lock_is_held(l))
#define might_lock_read(l)		((void)lock_is_held(l))

#endif
