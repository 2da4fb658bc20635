"""Accesses of objects that are not shared: new ones, dying ones, those on the stack."""

from __future__ import annotations

import pytest

from lockmap.facts.model import Assign, Call, Function, Name
from lockmap.facts.read import read_item
from lockmap.facts.render import walk
from lockmap.rules.lifetime_data import load_lifetimes
from lockmap.rules.lifetimes import lives, passed
from lockmap.syntax.items import items
from lockmap.syntax.lex import blank
from lockmap.syntax.mask import load_masks


def read(text: str) -> Function:
    clean = blank(text.encode())
    (item,) = items(clean)
    function = read_item(clean, item, load_masks())
    assert function is not None
    return function


def told(body: str, head: str = "int f(struct area *a, struct vm *v, int n)") -> str:
    """``member phase`` of each access that is not of a shared object, in order."""
    function = read(f"{head}\n{{\n{body}\n}}\n")
    called = {
        part.function.id
        for flow in function.flows
        for step in flow.steps
        for part in walk(step.expr)
        if isinstance(part, Call) and isinstance(part.function, Name)
    }
    found = lives(function, called, set(), load_lifetimes()).phases
    return ", ".join(f"{name} {phase}" for (_, name), phase in sorted(found.items()))


NEW = [
    ("a = kzalloc(8, GFP); a->one = 1; a->two = 2;", "one init, two init"),
    ("a->one = 1; a = kzalloc(8, GFP); a->two = 2;", "two init"),
    ("a = (struct area *)kmalloc(8); a->in.x = 1;", "in init, x init"),
    ("a = kmalloc(8); if (!a) return 1; a->one = 1;", "one init"),
    ("if (n) a = kmalloc(8); a->one = 1;", ""),
    ("a = kmalloc(8); while (n--) a->one++;", "one init"),
    ("a = kmalloc(8); v->areas = a; a->one = 1;", ""),
    ("a = kmalloc(8); vma_link(v, a); a->one = 1;", ""),
    ("a = kmalloc(8); list_add(&a->list, &v->areas); a->one = 1;", "list init"),
    ("a = kmalloc(8); a->vm = v; v->count++; a->one = 1;", "vm init, one init"),
    ("a = kmalloc(8); a->vm->count++;", "vm init"),
    ("a = kmalloc(8); a = find(v); a->one = 1;", ""),
    ("a = vm_area_alloc(v); a->one = v->two;", "one init"),
]
DYING = [
    ("a->one = 1; kfree(a);", "one teardown"),
    ("if (n) kfree(a); a->one = 1;", ""),
    ("if (n) { a->one = 1; kfree(a); return 0; } a->two = 2;", "one teardown"),
    ("a->one = 1; a = next(v); kfree(a);", ""),
    ("while (a) { struct area *b = a->next; kfree(a); a = b; }", "next teardown"),
    ("a->one = 1; if (n) BUG(); kfree(a);", "one teardown"),
    ("a->one = 1; kmem_cache_free(cache, a);", "one teardown"),
    ("a = kmalloc(8); a->one = 1; kfree(a);", "one init"),
]
ON_STACK = [
    ("struct area x; x.one = 1; use(&x);", "one init"),
    ("struct area x; x.vm->count = 1;", "vm init"),
    ("struct area *x = a; x->one = 1;", ""),
    ("struct area x = {}; (&x)->one = 1;", "one init"),
]


@pytest.mark.parametrize(("body", "expected"), [*NEW, *DYING, *ON_STACK])
def test_phases(body: str, expected: str) -> None:
    assert told(body) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("void mm_init(struct mm *mm, struct task *p)", "brk init"),
        ("void __mmdrop(struct mm *mm)", "brk teardown"),
        ("void mmput(struct mm *mm)", ""),
        ("void exit_mmap(void)", ""),
    ],
)
def test_functions_that_have_an_object_for_themselves(head: str, expected: str) -> None:
    assert told("mm->brk = 0;", head) == expected


GIVEN = "int f(struct vm_area_struct *a, struct vm *v, int n)"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("g(a);", "g 0 of parameter 0"),
        ("g(n, a); h(v);", "g 1 of parameter 0"),
        ("a = find(v); g(a);", ""),
        ("v->ops->g(v, a);", "? 1 of parameter 0"),
        ("a = vm_area_alloc(v); g(a);", "g 0 new"),
        ("struct vm own; g(&own, a);", "g 0 new, g 1 of parameter 0"),
        ("g(a); vma_link(v, a); h(a);", "g 0 of parameter 0, vma_link 1 of parameter 0"),
    ],
)
def test_what_calls_are_given(body: str, expected: str) -> None:
    function = read(f"{GIVEN}\n{{\n{body}\n}}\n")
    parts = [p for flow in function.flows for step in flow.steps for p in walk(step.expr)]
    made = [p for p in parts if isinstance(p, Call)]
    called = {c.function.id for c in made if isinstance(c.function, Name)}
    assigned = {p.target.id for p in parts if isinstance(p, Assign) and isinstance(p.target, Name)}
    own = lives(function, called, assigned, load_lifetimes())
    told = [
        f"{c.function.id if isinstance(c.function, Name) else '?'} {number} "
        + ("new" if source < 0 else f"of parameter {source}")
        for c, number, source in passed(made, own)
        if not (isinstance(c.function, Name) and c.function.id == "vm_area_alloc")
    ]
    assert ", ".join(told) == expected
