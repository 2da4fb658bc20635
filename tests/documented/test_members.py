"""What comments and kernel-doc say of members of structs."""

# ruff: noqa: E101 (kernels indent comments with a tab and a blank)

from __future__ import annotations

from documented.readers import in_c, said


def test_a_comment_beside_a_member_or_before_it() -> None:
    text = """\
struct thing {
	int a;			/* protected by mmap_sem */
	int b, *c;
	/* Serialized by mmap_lock. */
	unsigned long d[2];
	struct list_head e;	/* Serialized by mmap_lock &
				 * page_table_lock */
};
"""
    assert said(in_c(text)) == [
        ("field", "thing.a", "mmap_lock either", "mmap_lock write"),
        ("field", "thing.d", "mmap_lock either", "mmap_lock write"),
        (
            *("field", "thing.e"),
            *("mmap_lock either + [page_table_lock]", "mmap_lock either + [page_table_lock]"),
        ),
    ]


def test_kernel_doc_of_a_struct() -> None:
    text = """\
/**
 * struct space - of addresses
 * @count: how many; protected by mmap_lock.
 * @i_mmap_rwsem: Protects @tree and @list.
 */
struct space {
	int count;
};
"""
    assert said(in_c(text)) == [
        ("field", "space.count", "mmap_lock either", "mmap_lock write"),
        ("field", "space.tree", "i_mmap_rwsem either", "i_mmap_rwsem write"),
        ("field", "space.list", "i_mmap_rwsem either", "i_mmap_rwsem write"),
    ]


def test_a_list_of_locks() -> None:
    text = """\
struct thing {
	/*
	 * Can only be written while holding both:
	 *  - mmap_lock (in write mode)
	 *  - the VMA lock (in write mode)
	 * Can be read reliably while holding one of:
	 *  - mmap_lock (in read or write mode)
	 *  - the VMA lock (in read or write mode)
	 */
	int seq;
};
"""
    assert said(in_c(text)) == [
        ("field", "thing.seq", "", "mmap_lock write + vma_lock write"),
        ("field", "thing.seq", "(mmap_lock either | vma_lock either)", ""),
    ]


def test_a_member_that_is_called_is_a_callback() -> None:
    text = """\
struct ops {
	/**
	 * @close: Called when it goes.
	 * Context: User context.  May sleep.  Caller holds mmap_lock.
	 */
	void (*close)(struct vm_area_struct *vma);
};
"""
    assert said(in_c(text)) == [("callback", "ops.close", "mmap_lock either", "")]


def test_annotations_of_members() -> None:
    text = "struct thing {\n\tint a __guarded_by(&mm->mmap_lock);\n};\n"
    assert said(in_c(text)) == [("field", "thing.a", "mmap_lock either", "mmap_lock write")]


def test_a_struct_without_a_tag_has_the_name_of_its_typedef() -> None:
    text = "typedef struct {\n\tint map; /* protected by mmap_lock */\n} context_t;\n"
    assert in_c(text)[0].subject == "context_t.map"


def test_what_is_said_of_a_member_and_not_understood_is_kept() -> None:
    text = "struct thing {\n\tint a; /* somehow related to mmap_lock */\n};\n"
    assert said(in_c(text)) == [("unread", "thing.a", "", "")]
