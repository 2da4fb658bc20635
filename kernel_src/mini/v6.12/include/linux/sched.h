/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_SCHED_H
#define _LINUX_SCHED_H

#include <linux/list.h>

struct mm_struct;

struct pt_regs {
	unsigned long ip;
	unsigned long error;
};

struct task_struct {
	struct mm_struct *mm;
	struct mm_struct *active_mm;
	struct list_head tasks;
	int exit_code;
};

struct task_struct *get_current(void);
#define current get_current()

#define for_each_process(p) \
	list_for_each_entry(p, &get_current()->tasks, tasks)

bool user_mode(struct pt_regs *regs);
bool search_exception_tables(unsigned long ip);
bool fault_signal_pending(vm_fault_t fault, struct pt_regs *regs);
int fatal_signal_pending(struct task_struct *task);
struct mm_struct *get_task_mm(struct task_struct *task);

#endif
