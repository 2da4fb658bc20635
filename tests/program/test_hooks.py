"""Hooks: members that a list of macros makes, and macros that call what stands in one."""

from tests.program.texts import linked

HEADER = (
    "union security_list_options {\n\t#define LSM_HOOK(RET, NAME, ...) RET (*NAME)(__VA_ARGS__);\n"
    '\t#include "hooks.h"\n\tvoid *any;\n};\n'
    "struct hook { struct table *calls; union security_list_options hook; };\n"
    "#define LSM_HOOK_INIT(NAME, HOOK) { .calls = table.NAME, .hook = { .NAME = HOOK } }\n"
    "static int one(int n)\n{\n}\nstatic int two(int n)\n{\n}\n"
    "static struct hook hooks[] __ro_after_init = {\n"
    "\tLSM_HOOK_INIT(file_open, one),\n\tLSM_HOOK_INIT(file_close, two),\n};\n"
)


def test_what_a_list_of_macros_names_is_a_member() -> None:
    found = linked({"a.c": HEADER})
    assert {(c.struct, c.field, found.code.name(c.item)) for c in found.callbacks} == {
        ("security_list_options", "file_open", "one"),
        ("security_list_options", "file_close", "two"),
    }


def test_a_macro_calls_all_that_stands_in_the_member_that_it_is_told() -> None:
    text = HEADER + "int f(int n)\n{\n\treturn call_int_hook(file_open, n);\n}\n"
    assert ("f", "one") in linked({"a.c": text}).edges()
    assert ("f", "two") not in linked({"a.c": text}).edges()


def test_a_call_through_such_a_member_is_one_of_what_stands_there() -> None:
    text = HEADER + "int f(struct hook *h)\n{\n\treturn h->hook.file_close(1);\n}\n"
    assert ("f", "two") in linked({"a.c": text}).edges()
