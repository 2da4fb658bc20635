"""Functions that no C of the tree defines, told by the members that they stand in."""

from collections.abc import Mapping

import pytest

from lockmap.syntax.outlining.memory import UNDEFINED
from tests.program.texts import linked

TYPES = (
    "typedef void (*hook_t)(int);\nenum kind { KIND_ONE, KIND_TWO };\n"
    "struct in { int n; void (*go)(void); };\n"
    "struct ops {\n\tint (*open)(int a);\n\thook_t hook;\n\tenum kind kind;\n"
    "\tvoid *data;\n\tstruct ops *next;\n\tint (*many[2])(void);\n\tstruct in in;\n};\n"
)


def told(texts: Mapping[str, str]) -> set[tuple[str, str, str, int]]:
    """(struct, field, function, line) of every callback that nothing in *texts* defines."""
    found = linked({"include/ops.h": TYPES, **texts})
    kinds = found.code.items["kind"]
    return {
        (c.struct, c.field, found.code.name(c.item), c.line)
        for c in found.callbacks
        if kinds[c.item] == UNDEFINED
    }


FUNCTIONS = {
    ".open = asm_open": ("ops", "open", "asm_open"),
    ".open = (void *)&asm_open": ("ops", "open", "asm_open"),
    ".open = c ? NULL : asm_open": ("ops", "open", "asm_open"),
    ".hook = asm_hook": ("ops", "hook", "asm_hook"),
    ".many = { NULL, asm_second }": ("ops", "many", "asm_second"),
    ".in = { .go = asm_go }": ("in", "go", "asm_go"),
    ".in = { 1, asm_go }": ("in", "go", "asm_go"),
}


@pytest.mark.parametrize("value", FUNCTIONS)
def test_what_a_pointer_to_a_function_is_set_to_is_a_function(value: str) -> None:
    text = f"int asm_open(int a);\nstruct ops o = {{\n\t{value},\n}};\n"
    assert told({"a.c": text}) == {(*FUNCTIONS[value], 3)}


OTHERS = {
    "an enum constant": "struct ops o = { .kind = KIND_ONE };\n",
    "nothing": "struct ops o = { .open = NULL, .hook = false };\n",
    "a variable whose address is taken": "struct ops p;\nstruct ops o = { .next = &p };\n",
    "data": "extern int table[];\nstruct ops o = { .data = table };\n",
    "a member of an array of pointers": (
        "static struct in a = { 1 }, b = { 2 };\nstruct in *all[] = { &a, &b, &elsewhere };\n"
    ),
    "a parameter": "void f(struct ops *o, hook_t h)\n{\n\to->hook = h;\n}\n",
    "a variable of a function": (
        "void f(hook_t h)\n{\n\thook_t own = h;\n\tstruct ops o = { .hook = own };\n}\n"
    ),
    "a macro that stands for nothing": "#define get NULL\nstruct ops o = { .open = get };\n",
    "a parameter of a macro": "#define OPS(f) struct ops o = { .open = f }\n",
    "a member that nothing is known of": "struct ops o = { .away = asm_open };\n",
}


@pytest.mark.parametrize("what", OTHERS)
def test_no_function_is(what: str) -> None:
    assert told({"a.c": OTHERS[what]}) == set()


def test_a_macro_of_a_header_beside_the_file_is_none() -> None:
    texts = {"x/a.h": "#define get NULL\n", "x/a.c": '#include "a.h"\nstruct ops o = { get };\n'}
    assert told(texts) == set()


def test_what_some_c_defines_is_no_other_function() -> None:
    texts = {"a.c": "struct ops o = { .open = f };\n", "b.c": "int f(int a)\n{\n}\n"}
    assert told(texts) == set()
    assert [(c.field, c.file) for c in linked({"include/ops.h": TYPES, **texts}).callbacks] == [
        ("open", "a.c")
    ]


def test_a_macro_pastes_the_name() -> None:
    text = (
        "#define ENTRY(name) { .open = asm_##name, .hook = low_##name }\n"
        "void one(void)\n{\n}\nstatic struct ops all[] = {\n\tENTRY(one),\n};\n"
    )
    assert told({"a.c": text}) == {
        ("ops", "open", "asm_one", 6),
        ("ops", "hook", "low_one", 6),
    }


def test_it_stands_where_it_is_first_named_and_ends_nowhere() -> None:
    uses = "struct ops o = {\n\t.open = asm_open,\n\t.open = asm_open,\n};\n"
    code = linked({"include/ops.h": TYPES, "a.c": uses, "b.c": uses}).code
    (item,) = [i for i, kind in enumerate(code.items["kind"].tolist()) if kind == UNDEFINED]
    assert (code.name(item), code.file(item), code.line(item)) == ("asm_open", "a.c", 2)
    assert code.items["end_line"][item] == 0
    assert not code.is_function[item]
    assert code.named("asm_open") == []


def test_no_way_leads_there() -> None:
    text = "struct ops o = { .open = asm_open };\nvoid f(struct ops *p)\n{\n\tp->open(1);\n}\n"
    assert linked({"include/ops.h": TYPES, "a.c": text}).edges() == set()


def test_a_parameter_hides_a_function() -> None:
    text = "void hook(int n)\n{\n}\nvoid f(struct ops *o, hook_t hook)\n{\n\to->hook = hook;\n}\n"
    assert linked({"include/ops.h": TYPES, "a.c": text}).callbacks == []


def test_a_macro_puts_into_the_member_what_assembly_defines() -> None:
    text = "#define E(n, f) { .kind = n, .open = (f) }\nstruct ops o[] = {\n\tE(1, asm_open),\n};\n"
    assert told({"a.c": text}) == {("ops", "open", "asm_open", 3)}


def test_a_macro_puts_data_elsewhere() -> None:
    text = "#define E(d) { .data = d }\nstruct ops o[] = {\n\tE(table),\n};\n"
    assert told({"a.c": text}) == set()
