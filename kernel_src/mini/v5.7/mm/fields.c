// SPDX-License-Identifier: GPL-2.0
/* Fields: who reads and writes them, under which lock, and of which object. */
#include <linux/mm.h>
#include <linux/rmap.h>

void note_pages(unsigned long *pages);
void note_fault(struct vm_fault *vmf);

/* lockmap: contract none */
int count_locked(struct mm_struct *mm, struct vm_area_struct *vma, int grow)
{
	int pages = 0;

	/* lockmap: hit acquire read; section r read balanced */
	down_read(&mm->mmap_sem);
	/* lockmap: access vm_area_struct.vm_end read read; access vm_area_struct.vm_start read read */
	pages = vma->vm_end - vma->vm_start;
	/* lockmap: access mm_struct.locked_vm readwrite read */
	mm->locked_vm += pages;
	/* lockmap: access mm_struct.total_vm address read */
	note_pages(&mm->total_vm);
	/* lockmap: hit release read; ends r */
	up_read(&mm->mmap_sem);
	/* lockmap: hit acquire write; section w write balanced */
	down_write(&mm->mmap_sem);
	if (vma->vm_flags &&
	    /* lockmap: access mm_struct.brk read write; access vm_area_struct.vm_mm read write */
	    vma->vm_mm->brk)
		/* lockmap: access mm_struct.start_brk write write */
		WRITE_ONCE(mm->start_brk, 0);
	/* lockmap: hit downgrade read */
	downgrade_write(&mm->mmap_sem);
	/* lockmap: access mm_struct.start_brk read read */
	pages += READ_ONCE(mm->start_brk) != 0;
	/* lockmap: hit release read; ends w */
	up_read(&mm->mmap_sem);
	return pages;
}

/* lockmap: contract none */
void count_mapping(struct anon_vma *anon_vma, struct mm_struct *mm)
{
	/* lockmap: ok; hit acquire write lock=anon_vma; section a write balanced lock=anon_vma */
	anon_vma_lock_write(anon_vma);
	/* lockmap: access anon_vma.degree readwrite write lock=anon_vma */
	anon_vma->degree++;
	/* lockmap: ok; hit release write lock=anon_vma; ends a */
	anon_vma_unlock_write(anon_vma);
}

/* An object that nobody else knows needs no lock. */
struct vm_area_struct *copy_area(struct mm_struct *mm)
{
	struct vm_area_struct *vma = kmalloc(sizeof(*vma), GFP_KERNEL);

	if (!vma)
		return NULL;
	/* lockmap: hit acquire write; section n write balanced */
	down_write(&mm->mmap_sem);
	/* lockmap: access vm_area_struct.vm_mm write write init */
	vma->vm_mm = mm;
	/* lockmap: access mm_struct.def_flags read write; access vm_area_struct.vm_flags write write init */
	vma->vm_flags = mm->def_flags;
	/* lockmap: hit release write; ends n */
	up_write(&mm->mmap_sem);
	return vma;
}

/* Nor does one that is about to go; nor one on the stack. */
void drop_area(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct vm_fault vmf;

	/* lockmap: hit acquire read; section d read balanced */
	down_read(&mm->mmap_sem);
	/* lockmap: access vm_fault.vma write read init */
	vmf.vma = vma;
	/* lockmap: access vm_fault.address write read init; access vm_area_struct.vm_start read read teardown */
	vmf.address = vma->vm_start;
	/* lockmap: hit release read; ends d */
	up_read(&mm->mmap_sem);
	note_fault(&vmf);
	kfree(vma);
}
