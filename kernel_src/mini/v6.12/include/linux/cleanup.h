/* SPDX-License-Identifier: GPL-2.0 */
/* Scope guards: what is acquired here ends with the enclosing block. */
#ifndef _LINUX_CLEANUP_H
#define _LINUX_CLEANUP_H

#include <linux/kernel.h>

#define __free(_name)	__attribute__((cleanup(__free_##_name)))
#define DEFINE_FREE(_name, _type, _drop) \
	static inline void __free_##_name(void *slot) { _type _T = *(_type *)slot; _drop; }

#define DEFINE_GUARD(_name, _type, _take, _drop)				\
	typedef _type class_##_name##_t;					\
	static inline _type class_##_name##_begin(_type _T)			\
	{ _take; return _T; }							\
	static inline void class_##_name##_end(_type *slot)			\
	{ _type _T = *slot; if (_T) { _drop; } }

#define DEFINE_GUARD_COND(_name, _ext, _condition)				\
	typedef class_##_name##_t class_##_name##_ext##_t;			\
	static inline class_##_name##_t						\
	class_##_name##_ext##_begin(class_##_name##_t _T)			\
	{ return (_condition) ? _T : NULL; }					\
	static inline void class_##_name##_ext##_end(class_##_name##_t *slot)	\
	{ class_##_name##_end(slot); }

#define CLASS(_name, var)							\
	class_##_name##_t var							\
	__attribute__((cleanup(class_##_name##_end), unused)) =			\
	class_##_name##_begin

#define __guard_name(line)	__guard_at_##line
#define __guard_line(line)	__guard_name(line)
#define guard(_name)		CLASS(_name, __guard_line(__LINE__))

#define scoped_guard(_name, args...)						\
	for (CLASS(_name, scope)(args), *once = NULL; !once; once = (void *)1)

#define scoped_cond_guard(_name, _fail, args...)				\
	for (CLASS(_name, scope)(args), *once = NULL; !once; once = (void *)1)	\
		if (!scope) { _fail; } else

#endif
