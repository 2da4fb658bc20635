/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_COMPILER_H
#define _LINUX_COMPILER_H

#define __user
#define __init
#define __exit
#define __sched
#define __must_check	__attribute__((warn_unused_result))
#define __maybe_unused	__attribute__((unused))
#define noinline	__attribute__((noinline))
#define __always_inline	inline __attribute__((always_inline))
#define fallthrough	__attribute__((fallthrough))
#define __must_hold(x)
#define __acquires(x)
#define __releases(x)

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define READ_ONCE(x)	(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile typeof(x) *)&(x) = (v))
#define prefetchw(p)	__builtin_prefetch(p, 1)

#define IS_ENABLED(option)	0

#endif
