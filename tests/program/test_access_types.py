"""Whose member it is: by declared types, never by the name of a variable."""

from __future__ import annotations

import pytest

from tests.program.text_tree import read, told, words

TYPES = [
    ("init_vm.users = 1;", "vm.users write"),
    ("struct vm local; local.users = 1;", "vm.users write"),
    ("struct vm *p = g(); p->users = 1;", "vm.users write"),
    ("((struct vm *)n)->users = 1;", "vm.users write"),
    ("typeof(a->vm) p = g(); p->users = 1;", "vm.users write"),
    ("typeof(*a->vm) p; p.users = 1;", "vm.users write"),
    ("(n ? v : t->vm)->users = 1;", "task.vm read, vm.users write"),
    ("(n ? NULL : v)->users = 1;", "vm.users write"),
    ("n = find_area(v, 1)->end;", "area.end read"),
    ("n = next_area(a)->end;", "area.end read"),
    ("n = READ_ONCE(a->vm)->users;", "area.vm read, vm.users read"),
    ("n = container_of(a, struct task, vm)->vm->users;", "task.vm read, vm.users read"),
    ("n = ({ struct area *x = a; x; })->end;", "area.end read"),
    ("n = (a + 1)->end;", "area.end read"),
    ("n = t->state[0].active->users;",
     "task.state read, task.state.active read, vm.users read"),
    ("n = v->count.counter;", "vm.count read, atomic_t.counter read"),
    # Members of unnamed structs and unions are the outer struct's.
    ("v->brk = v->other;", "vm.brk write, vm.other read"),
    # A local that a macro declares.
    ("VM_STATE(here, a); here.users = 1;", "vm.users write"),
    # An inner declaration hides an outer one, and only inside.
    ("{ struct task *v = t; n = v->vm; } v->users = 1;", "task.vm read, vm.users write"),
    ("if (n) { struct vm *x = v; x->users = 1; } else { struct area *x = a; x->end = 1; }",
     "vm.users write, area.end write"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), TYPES)
def test_owner(body: str, expected: str) -> None:
    assert told(body) == words(expected)


UNTOLD = [
    ("n = a->private->users;", ["area.private read", "users ? void-pointer"]),
    ("n = stranger->users;", ["users ? unknown-variable"]),
    ("n = stranger(a)->users;", ["users ? unknown-return"]),
    ("n = v->nothing;", ["nothing ? unknown-member"]),
    ("n = ((struct unseen *)a)->users;", ["users ? unknown-struct"]),
]


@pytest.mark.parametrize(("body", "expected"), UNTOLD)
def test_what_is_not_known_is_counted_and_not_guessed(body: str, expected: list[str]) -> None:
    assert told(body) == expected


def test_a_name_means_what_the_nearest_file_defines() -> None:
    text = "struct vm { int mine; };\nint f(struct vm *v)\n{\n\treturn v->mine;\n}\n"
    (access,) = read(text).accesses
    assert (access.struct, access.field, access.path) == ("vm", "mine", "v")


def test_a_variable_is_of_the_struct_that_is_defined_with_it() -> None:
    text = (
        "struct one {\n\tint n;\n};\nstatic struct two {\n\tint m;\n} both;\n"
        "int f(void)\n{\n\treturn both.m;\n}\n"
    )
    assert [(a.struct, a.field) for a in read(text).accesses] == [("two", "m")]


def test_renamed_members_and_structs() -> None:
    more = "#define old_depth tree.depth\n"
    assert told("n = v->old_depth;", more=more) == ["old_depth ? unknown-member"]
    header = "struct box { struct vm inner; };\n#define b_users inner.users\n#define crate box\n"
    body = "struct crate *c = g(); n = c->b_users;"
    assert told(body, box=header) == ["box.b_users read"]


def test_generic_selects_by_type() -> None:
    text = "#define to_vm(x) _Generic(x, struct area *: (x)->vm, struct task *: (x)->vm)\n"
    assert told("to_vm(t)->users = 1;", to=text) == ["vm.users write"]


def test_positions_are_those_of_the_members_names() -> None:
    text = "int f(struct area *a)\n{\n\treturn a->vm\n\t\t->users;\n}\n"
    assert [(a.line, a.column, a.field, a.path) for a in read(text).accesses] == [
        (3, 12, "vm", "a"),
        (4, 5, "users", "a.vm"),
    ]


def test_each_place_counts_once_though_arms_repeat_it() -> None:
    text = (
        "int f(struct vm *v)\n{\n#ifdef A\n\tif (v->users) {\n#else\n\tif (v->brk) {\n#endif\n"
        "\t\treturn v->one;\n\t}\n\treturn 0;\n}\n"
    )
    assert [a.field for a in read(text).accesses] == ["users", "brk", "one"]


CALLS = [
    ("a->ops->fault(v);", ["ops.fault"]),
    ("(*a->ops->fault)(v);", ["ops.fault"]),
    ("int (*fn)(struct vm *) = a->ops->fault; fn(v);", ["ops.fault"]),
    ("int (*fn)(struct vm *); if (n) fn = READ_ONCE(a->ops->fault); fn(v);", ["ops.fault"]),
    ("if (a->ops && a->ops->open) a->ops->open(a);", ["ops.open"]),
    ("call(a, fault, v);", ["ops.fault"]),
    ("g(a->ops->fault);", []),
]


@pytest.mark.parametrize(("body", "expected"), CALLS)
def test_calls_through_a_member(body: str, expected: list[str]) -> None:
    whole = f"int f(struct area *a, struct vm *v, int n)\n{{\n{body}\n}}\n"
    found = read(whole, call="#define call(x, op, v) ((x)->ops->op ? (x)->ops->op(v) : 0)\n")
    assert [f"{c.struct}.{c.field}" for c in found.calls] == expected


def test_typedefs_and_macros_that_lead_in_circles_end() -> None:
    one, two = "typedef b_t a_t;\n#define turn(x) turn(x)\n", "typedef a_t b_t;\n"
    body = "a_t x; n = x.users; n = turn(v)->users;"
    found = told(body, one=one, two=two, three=one, four=two)
    assert found == ["users ? unknown-struct", "users ? unknown-return"]
