/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _GIZMO_H
#define _GIZMO_H

#include <linux/mm.h>

/* Manages video memory; has nothing to do with struct mm_struct but the names. */
struct gizmo_mm {
	struct rw_semaphore mmap_lock;
	struct list_head holes;
	struct mm_struct *mm;
	unsigned long size;
};

struct gizmo_device {
	struct gizmo_mm mm;
	struct mutex lock;
};

struct gizmo_object {
	struct gizmo_device *dev;
	struct gizmo_mm *mm;
	struct list_head link;
};

struct gizmo_work {
	struct mm_struct *mm;
	struct list_head entry;
};

#endif
