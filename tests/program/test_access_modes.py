"""In which mode C reads or writes a member."""

from __future__ import annotations

import pytest

from tests.program.text_tree import told, words

MODES = [
    ("n = v->users;", "vm.users read"),
    ("v->users = 1;", "vm.users write"),
    ("v->users |= 1;", "vm.users readwrite"),
    ("v->users++;", "vm.users readwrite"),
    ("--v->users;", "vm.users readwrite"),
    ("g(&v->count);", "vm.count address"),
    ("*&v->users = 1;", "vm.users write"),
    ("n = a->vm->users;", "area.vm read, vm.users read"),
    ("a->vm->users = n;", "area.vm read, vm.users write"),
    ("n = (v->users, v->brk);", "vm.users read, vm.brk read"),
    ("v->users = v->brk;", "vm.users write, vm.brk read"),
    ("n = sizeof(v->users) + v->brk;", "vm.brk read"),
    ("typeof(v->users) x = n;", ""),
    ("return v->one ? v->users : v->brk;", "vm.one read, vm.users read, vm.brk read"),
    ("struct vm x = { .users = n, .brk = a->end };", "area.end read"),
    ("while (n < v->users) g();", "vm.users read"),
    ("switch (v->users) { case 1: g(); }", "vm.users read"),
    # What is done to a part is done to the whole.
    ("v->tree.depth = 1;", "vm.tree write, vm.tree.depth write"),
    ("g(&v->tree.link);", "vm.tree address, vm.tree.link address"),
    ("n = v->tree.depth;", "vm.tree read, vm.tree.depth read"),
    ("v->tree.link.next->prev = x;", "vm.tree read, vm.tree.link read, "
     "list_head.next read, list_head.prev write"),
    # An array is the address of its first element.
    ("g(v->auxv);", "vm.auxv address"),
    ("v->auxv[n] = 1;", "vm.auxv write"),
    ("n = v->auxv[v->users];", "vm.auxv read, vm.users read"),
    ("g(&v->auxv[1]);", "vm.auxv address"),
    ("g((char *)v->auxv + n);", "vm.auxv address"),
    ("a->next[n].end = 1;", "area.next read, area.end write"),
    ("g(&a->next[n]);", "area.next read"),
    ("t->state[1].active = v;", "task.state write, task.state.active write"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), MODES)
def test_mode(body: str, expected: str) -> None:
    assert told(body) == words(expected)


MACROS = [
    ("n = READ_ONCE(v->users);", "vm.users read"),
    ("WRITE_ONCE(v->users, v->brk);", "vm.users write, vm.brk read"),
    ("WRITE_ONCE(a->vm->users, 1);", "area.vm read, vm.users write"),
    ("swap(a->next, v->areas);", "area.next readwrite, vm.areas readwrite"),
    # Through the address that it is given, a macro does what it does to the member.
    ("INIT_LIST(&v->list);", "vm.list write"),
    # A member that an argument names, of what another argument is.
    ("PRIVATE(v, users) |= 1;", "vm.users readwrite"),
    ("g(PRIVATE(v, tree.depth));", "vm.tree read, vm.tree.depth read"),
    # What is not evaluated is no access.
    ("g(container_of(n, struct vm, tree.link)->users);", "vm.users read"),
]


@pytest.mark.parametrize(("body", "expected"), MACROS)
def test_mode_by_the_macro_s_definition(body: str, expected: str) -> None:
    assert told(body) == words(expected)


def test_a_macro_that_drops_its_argument_accesses_nothing() -> None:
    assert told("quiet(v->users);", quiet="#define quiet(x) do { } while (0)\n") == []


def test_what_one_definition_drops_another_may_read() -> None:
    text = "#ifdef DEBUG\n#define say(x) g(x)\n#else\n#define say(x) do { } while (0)\n#endif\n"
    assert told("say(v->users);", say=text) == ["vm.users read"]


def test_what_a_macro_drops_a_function_of_that_name_reads() -> None:
    text = "#ifdef A\n#define say(x)\n#else\nstatic inline void say(int x)\n{\n}\n#endif\n"
    assert told("say(v->users);", say=text) == ["vm.users read"]


def test_a_definition_for_other_readers_than_the_compiler_is_not_read() -> None:
    checked, compiled = "#define put(x, v) ((x) == (v))\n", "#define put(x, v) ((x) = (v))\n"
    text = f"#ifdef __CHECKER__\n{checked}#else\n{compiled}#endif\n"
    assert told("put(v->users, 1);", put=text) == ["vm.users write"]


def test_quoted_and_pasted_arguments_are_not_evaluated() -> None:
    assert told("say(v->users);", say="#define say(x) g(#x)\n") == []
