/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_MM_H
#define _LINUX_MM_H

#include <linux/mm_types.h>
#include <linux/lockdep.h>
#include <linux/mmap_lock.h>
#include <linux/sched.h>

#define VM_READ			0x1
#define VM_WRITE		0x2
#define VM_GROWSDOWN		0x100
#define VM_LOCKED		0x2000

#define FAULT_FLAG_WRITE	0x01
#define FAULT_FLAG_ALLOW_RETRY	0x04
#define FAULT_FLAG_RETRY_NOWAIT	0x08
#define FAULT_FLAG_KILLABLE	0x10
#define FAULT_FLAG_TRIED	0x20
#define FAULT_FLAG_USER		0x40
#define FAULT_FLAG_VMA_LOCK	0x1000
#define FAULT_FLAG_DEFAULT	(FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE)

#define VM_FAULT_OOM		0x0001
#define VM_FAULT_SIGBUS		0x0002
#define VM_FAULT_RETRY		0x0400
#define VM_FAULT_COMPLETED	0x4000
#define VM_FAULT_ERROR		(VM_FAULT_OOM | VM_FAULT_SIGBUS)

#define FOLL_WRITE		0x01
#define FOLL_NOWAIT		0x20

extern struct mm_struct init_mm;

/* A lock of its own, in every VMA: see queries/locks/vma_lock.toml. */
static inline bool vma_start_read(struct vm_area_struct *vma)
{
	/* lockmap: ok; hit try read definition lock=vma_lock */
	return down_read_trylock(&vma->vm_lock->lock) != 0;
}

static inline void vma_end_read(struct vm_area_struct *vma)
{
	/* lockmap: ok; hit release read definition lock=vma_lock */
	up_read(&vma->vm_lock->lock);
}

#define VMA_ITERATOR(name, __mm, __addr) \
	struct vma_iterator name = { .mm = __mm, .index = __addr }

#define for_each_vma(__vmi, __vma) \
	while (((__vma) = vma_next(&(__vmi))) != NULL)

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr);
struct vm_area_struct *vma_next(struct vma_iterator *vmi);
struct vm_area_struct *next_vma(struct vm_area_struct *vma);
struct vm_area_struct *first_vma(struct mm_struct *mm);
struct vm_area_struct *expand_stack(struct mm_struct *mm, unsigned long address);
struct vm_area_struct *lock_mm_and_find_vma(struct mm_struct *mm, unsigned long address,
					    struct pt_regs *regs);
struct vm_area_struct *lock_vma_under_rcu(struct mm_struct *mm, unsigned long address);
vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address,
			   unsigned int flags, struct pt_regs *regs);
vm_fault_t map_one_page(struct vm_fault *vmf);
int do_munmap(struct mm_struct *mm, unsigned long start, size_t len);
unsigned long do_mmap(struct file *file, unsigned long addr, unsigned long len);
int populate_range(struct mm_struct *mm, unsigned long start,
		   unsigned long end, int *locked);
long get_user_pages(unsigned long start, unsigned long nr,
		    unsigned int flags, struct page **pages);
long get_user_pages_locked(unsigned long start, unsigned long nr,
			   unsigned int flags, struct page **pages,
			   int *locked);
void put_page(struct page *page);
void lock_page(struct page *page);
int trylock_page(struct page *page);
void mmgrab(struct mm_struct *mm);
void mmput(struct mm_struct *mm);
bool mmget_not_zero(struct mm_struct *mm);

#endif
