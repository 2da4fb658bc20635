"""What macros make where they are used: initialisers, functions, assignments."""

from lockmap.program.templates import arguments, filled, template_of
from tests.program.texts import linked

FOPS = (
    "struct file_operations { int (*open)(void); int (*read)(void); };\n"
    "struct attribute { int (*show)(void); int (*store)(void); };\n"
    "struct work { void (*func)(void); };\nstruct dev { struct work work; } one;\n"
    "int seq_read(void)\n{\n}\nint single_open(void)\n{\n}\n"
)
FUNCTIONS = "".join(f"static int {name}(void)\n{{\n}}\n" for name in ("a", "b", "x_show"))


def callbacks(text: str, header: str = "") -> set[tuple[str, str, str, int]]:
    """(struct, field, function, line) of every callback of ``a.c``; lines from its own."""
    found = linked({"include/fops.h": FOPS + header, "a.c": text + FUNCTIONS})
    return {
        (c.struct, c.field, found.code.name(c.item), c.line)
        for c in found.callbacks
        if c.file == "a.c"
    }


SHOW = (
    "#define DEFINE_SHOW(__name) \\\n"
    "static int __name ## _open(void) \\\n{ \\\n\treturn single_open(__name ## _show); \\\n} \\\n"
    "static const struct file_operations __name ## _fops = { \\\n"
    "\t.open = __name ## _open, \\\n\t.read = seq_read, \\\n}\n"
)


def test_a_macro_defines_a_function_and_puts_it_into_a_struct() -> None:
    text = "\nDEFINE_SHOW(x);\n"
    assert callbacks(text, SHOW) == {
        ("file_operations", "open", "x_open", 2),
        ("file_operations", "read", "seq_read", 2),
    }


def test_a_function_that_a_macro_defines_makes_its_calls() -> None:
    texts = {"include/fops.h": FOPS + SHOW, "a.c": "DEFINE_SHOW(x);\n" + FUNCTIONS}
    found = linked(texts)
    code, links = found.code, found.calls
    opened = code.named("x_open")
    reached = {
        code.name(target)
        for source, target in zip(links.source.tolist(), links.target.tolist(), strict=True)
        if int(code.calls["owner"][source]) in opened
    }
    assert reached == {"single_open"}
    assert [code.file(item) for item in opened] == ["a.c"]


ATTR = (
    "#define __ATTR(_name, _show, _store) { .show = _show, .store = _store }\n"
    "#define __ATTR_RO(_name) __ATTR(_name, _name##_show, NULL)\n"
    "#define DEVICE_ATTR(_name, _show, _store) "
    "struct attribute dev_attr_##_name = __ATTR(_name, _show, _store)\n"
)


def test_macros_within_macros_are_followed() -> None:
    assert callbacks("static DEVICE_ATTR(foo, a, b);\n", ATTR) == {
        ("attribute", "show", "a", 1),
        ("attribute", "store", "b", 1),
    }


def test_a_macro_is_a_whole_initialiser() -> None:
    assert callbacks("struct attribute q =\n\t__ATTR_RO(x);\n", ATTR) == {
        ("attribute", "show", "x_show", 2)
    }


def test_macros_are_parts_of_an_initialiser() -> None:
    header = "#define BOTH(f) .open = f, .read = f\n#define SEQ_OPS .read = seq_read\n"
    text = (
        "struct file_operations f[] = {\n\t{ BOTH(a) },\n\t{ .open = b },\n};\n"
        "struct file_operations g = {\n\tSEQ_OPS,\n\t.open = a,\n};\n"
    )
    assert callbacks(text, header) == {
        ("file_operations", "open", "a", 2),
        ("file_operations", "read", "a", 2),
        ("file_operations", "open", "b", 3),
        ("file_operations", "read", "seq_read", 6),
        ("file_operations", "open", "a", 7),
    }


def test_a_macro_initialises_a_local_variable() -> None:
    header = "#define DEFINE_OPS(name) struct file_operations name = { .read = seq_read }\n"
    text = "void f(void)\n{\n\tDEFINE_OPS(o);\n}\n"
    assert callbacks(text, header) == {("file_operations", "read", "seq_read", 3)}


def test_a_macro_assigns_to_a_member_of_its_argument() -> None:
    header = (
        "#define __INIT(_w, _f) do { (_w)->func = (_f); } while (0)\n"
        "#define INIT(_w, _f) __INIT(_w, _f)\n"
    )
    text = "void f(struct dev *d)\n{\n\tINIT(&d->work, a);\n}\n"
    assert callbacks(text, header) == {("work", "func", "a", 3)}


def test_a_function_is_named_through_a_macro() -> None:
    header = "#define aka seq_read\n#define nothing NULL\n#define now get()\nint get(void)\n{\n}\n"
    text = "struct file_operations f = { .read = aka, .open = nothing };\n"
    text += "struct file_operations g = { .read = now };\n"
    assert callbacks(text, header) == {("file_operations", "read", "seq_read", 1)}


def test_statements_assign_to_members() -> None:
    text = "void f(struct dev *d)\n{\n\td->work.func = a;\n\td->work.func = c ? b : (void *)a;\n}\n"
    assert callbacks(text) == {
        ("work", "func", "a", 3),
        ("work", "func", "b", 4),
        ("work", "func", "a", 4),
    }


def test_an_argument_keeps_its_line() -> None:
    text = (
        "static DEVICE_ATTR(foo,\n\ta,\n\tb);\n"
        "struct attribute q[] = {\n\t__ATTR(x,\n\ta, b),\n};\n"
    )
    assert callbacks(text, ATTR) == {
        ("attribute", "show", "a", 2),
        ("attribute", "store", "b", 3),
        ("attribute", "show", "a", 6),
        ("attribute", "store", "b", 6),
    }


def test_a_macro_heads_an_initialiser() -> None:
    header = "#define DEFINE_OPS(name) const struct file_operations name##_ops\n"
    assert callbacks("DEFINE_OPS(q) = {\n\t.open = a,\n};\n", header) == {
        ("file_operations", "open", "a", 2)
    }


def test_a_macro_holds_members_within_another() -> None:
    header = (
        "#define OPS .open = single_open, .read = seq_read\n"
        "#define DEF(n) struct file_operations n = { OPS, }\n"
    )
    assert callbacks("DEF(n);\n", header) == {
        ("file_operations", "open", "single_open", 1),
        ("file_operations", "read", "seq_read", 1),
    }


def test_all_definitions_of_a_macro_count() -> None:
    header = "#ifdef A\n#define OPS .open = a\n#else\n#define OPS .read = b\n#endif\n"
    text = "struct file_operations f = {\n\tOPS\n};\n"
    assert callbacks(text, header) == {
        ("file_operations", "open", "a", 2),
        ("file_operations", "read", "b", 2),
    }


def test_damaged_text_makes_nothing() -> None:
    header = "#define M(a) M(a) { .open = a\n#define N(\n#define P(x) } x {\n"
    assert callbacks("M(a);\nN(a\nP(a);\n", header) == set()


def test_templates_paste_and_stringize() -> None:
    made_of = template_of(b"D(n, f, r...) int n ## _x = f(#n, ## r); t_##n##_##f")
    assert made_of is not None
    assert filled(made_of, [b"a", b"g", b"1", b"2"]) == b'int a_x = g("",1, 2); t_a_g'


def test_arguments_end_where_their_parenthesis_does() -> None:
    assert arguments(b"(a, (b, c), {d, e}) x", 0) == ([b"a", b"(b, c)", b"{d, e}"], 19)
    assert arguments(b"(a, (b", 0) is None


def test_a_value_in_a_function_is_made_by_a_macro() -> None:
    header = "#define SUB(x) { x, b }\n"
    text = "void f(void)\n{\n\tstruct file_operations t[] = {\n\t\tSUB(a),\n\t};\n}\n"
    assert callbacks(text, header) == {
        ("file_operations", "open", "a", 4),
        ("file_operations", "read", "b", 4),
    }


def test_a_macro_makes_the_names_of_functions() -> None:
    text = (
        "#ifdef A\n#define FN(x) one_##x\n#else\n#define FN(x) two_##x\n#endif\n"
        "static int FN(get)(void)\n{\n\treturn single_open();\n}\n"
        "struct file_operations f = { .open = one_get, .read = two_get };\n"
    )
    assert callbacks(text) == {
        ("file_operations", "open", "one_get", 10),
        ("file_operations", "read", "two_get", 10),
    }


def test_macros_are_handed_statements() -> None:
    header = (
        "#define EVENT(name, assign) static int out_##name(void) { assign } \\\n"
        "struct file_operations ops_##name = { .open = out_##name, .read = seq_read }\n"
    )
    assert callbacks("EVENT(q,\n\tDO(\n\t\tp->a = 1;\n\t\tp->b = 2;\n\t)\n)\n\n", header) == {
        ("file_operations", "open", "out_q", 1),
        ("file_operations", "read", "seq_read", 1),
    }


def test_a_macro_lists_macros_of_members() -> None:
    header = (
        "#define A_OPS .open = single_open\n#define B_OPS .read = seq_read\n"
        "#define OPS \\\n\tA_OPS, \\\n\tB_OPS\n"
    )
    assert callbacks("struct file_operations f = {\n\tOPS,\n};\n", header) == {
        ("file_operations", "open", "single_open", 2),
        ("file_operations", "read", "seq_read", 2),
    }


def test_macros_stand_in_the_arguments_of_others() -> None:
    header = "#define LIST(id, ...) { .open = id }, ##__VA_ARGS__\n#define ONE(f) { .read = f }\n"
    text = "struct file_operations f[] = {\n\tLIST(a,\n\t\tONE(\n\t\t\tb)),\n};\n"
    assert callbacks(text, header) == {
        ("file_operations", "open", "a", 2),
        ("file_operations", "read", "b", 4),
    }


def test_a_cast_function_is_named_through_a_macro() -> None:
    header = "#define nop ((void *)seq_read)\n"
    assert callbacks("struct file_operations f = { .read = nop };\n", header) == {
        ("file_operations", "read", "seq_read", 1)
    }


REPEATED = (
    "#define F(_n, _f) { .open = _f }\n#define X2(x...) x, x\n#define X4(x...) X2(x), X2(x)\n"
    "#define BOTH(x, y) { x, y }\n#define SIZE(x) sizeof(x)\n"
)


def test_a_macro_that_repeats_its_arguments_hands_on_what_they_make() -> None:
    text = "struct file_operations f[] = {\n\tX2(F(1, a)), X4(F(2,\n\tb)),\n\tF(3, a),\n};\n"
    assert callbacks(text, REPEATED) == {
        ("file_operations", "open", "a", 2),
        ("file_operations", "open", "b", 3),
        ("file_operations", "open", "a", 4),
    }


def test_a_macro_that_puts_its_arguments_in_braces_hands_them_on() -> None:
    text = "struct file_operations f[][2] = {\n\tBOTH(F(1, a), F(2, b)),\n};\n"
    assert {c[2] for c in callbacks(text, REPEATED)} == {"a", "b"}
