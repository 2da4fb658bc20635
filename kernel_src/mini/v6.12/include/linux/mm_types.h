/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_MM_TYPES_H
#define _LINUX_MM_TYPES_H

#include <linux/rwsem.h>
#include <linux/mutex.h>

struct maple_tree {
	void *ma_root;
};

struct file;
struct page;
struct vm_fault;
struct vm_area_struct;

struct vm_operations_struct {
	void (*open)(struct vm_area_struct *vma);
	void (*close)(struct vm_area_struct *vma);
	vm_fault_t (*fault)(struct vm_fault *vmf);
};

struct vma_lock {
	struct rw_semaphore lock;
};

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	struct mm_struct *vm_mm;
	int vm_lock_seq;
	struct vma_lock *vm_lock;
	unsigned long vm_flags;
	const struct vm_operations_struct *vm_ops;
	struct file *vm_file;
	void *vm_private_data;
};

struct mm_struct {
	struct {
		struct maple_tree mm_mt;
		atomic_t mm_users;
		atomic_t mm_count;
		struct rw_semaphore mmap_lock;	/* the one this tree is about */
		unsigned long total_vm;
		unsigned long locked_vm;
		unsigned long def_flags;
		unsigned long start_brk, brk;
		unsigned long arg_start, arg_end;
		struct list_head mmlist;
		struct file *exe_file;
	};
	void *context;
	int mm_lock_seq;
};

struct vma_iterator {
	struct mm_struct *mm;
	unsigned long index;
};

struct vm_fault {
	struct vm_area_struct *vma;
	unsigned int flags;
	unsigned long address;
	struct page *page;
};

#endif
