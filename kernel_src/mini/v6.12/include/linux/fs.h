/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_FS_H
#define _LINUX_FS_H

#include <linux/kernel.h>

struct vm_area_struct;
struct seq_file;

struct inode {
	void *i_private;
};

struct file {
	struct inode *f_inode;
	void *private_data;
};

struct file_operations {
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
	long (*unlocked_ioctl)(struct file *file, unsigned int cmd,
			       unsigned long arg);
};

struct seq_operations {
	void *(*start)(struct seq_file *m, loff_t *pos);
	void (*stop)(struct seq_file *m, void *v);
	void *(*next)(struct seq_file *m, void *v, loff_t *pos);
	int (*show)(struct seq_file *m, void *v);
};

struct seq_file {
	void *private;
	const struct seq_operations *op;
};

void seq_printf(struct seq_file *m, const char *fmt, ...);
struct file *get_file(struct file *file);
void fput(struct file *file);

#endif
