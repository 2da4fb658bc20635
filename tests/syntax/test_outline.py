"""The outline: what a text defines and refers to, told without parsing it."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockmap.syntax.hashing import name_hash, short_hash, signed
from lockmap.syntax.outline import Outline, Outliner
from lockmap.syntax.outlining import memory as o

KINDS = ("?", "function", "macro", "object macro", "type", "initialiser", "other", "frame")
OUTLINER = Outliner()
MASK = (1 << 64) - 1


def outline(text: str) -> Outline:
    return OUTLINER.outline(text.encode())


def items(text: str) -> list[tuple[str, str, int, int]]:
    """(kind, name, first line, last line) of everything in *text*."""
    found = outline(text)
    return [
        (
            KINDS[row[o.KIND]],
            found.clean[row[o.NAME] : row[o.NAME_END]].decode() if row[o.NAME] >= 0 else "",
            row[o.LINE],
            row[o.END_LINE],
        )
        for row in found.items.tolist()
        if row[o.KIND] not in (0, o.FRAME)
    ]


def functions(text: str) -> list[str]:
    return [name for kind, name, _, _ in items(text) if kind == "function"]


def refs(text: str, *kinds: int) -> list[tuple[str, str]]:
    """(name of the owner, name referred to) of references of *kinds*."""
    found = outline(text)
    owners = found.items.tolist()

    def name(at: int, end: int) -> str:
        return found.clean[at:end].decode()

    def word(at: int) -> str:
        end = at
        while found.clean[end : end + 1].isalnum() or found.clean[end : end + 1] == b"_":
            end += 1
        return name(at, end)

    return [
        (name(owners[r[o.OWNER]][o.NAME], owners[r[o.OWNER]][o.NAME_END]), word(r[o.AT]))
        for r in found.refs.tolist()
        if r[o.REF_KIND] in kinds
    ]


HEADS = {
    "static int f(int a)\n{\n}\n": "f",
    "int\nf(a)\n{\n}\n": "f",
    "static inline struct foo *f(void) { return 0; }\n": "f",
    "int f(int a) __must_hold(&l)\n{\n}\n": "f",
    "__printf(1, 2) void f(const char *s)\n{\n}\n": "f",
    "__attribute__((noreturn)) void f(void)\n{\n}\n": "f",
    "LIST_HEAD(a)\nstatic int f(void)\n{\n}\n": "f",
    "MODULE_LICENSE(GPL)\nLIST_HEAD(b)\nint f(void)\n{\n}\n": "f",
    "module_init(g)\nstatic int f(void)\n{\n}\n": "f",
    "#ifdef A\nint f(int a)\n#else\nint f(void)\n#endif\n{\n}\n": "f",
    "SYSCALL_DEFINE2(f, int, a, int, b)\n{\n}\n": "f",
    "BPF_CALL_1(f, int, a)\n{\n}\n": "f",
    'extern "C" {\nint f(void)\n{\n}\n}\n': "f",
    "int f(int (*g)(int a))\n{\n}\n": "f",
}


@pytest.mark.parametrize("text", HEADS, ids=lambda t: " ".join(t.split()))
def test_a_function_is_named_by_its_head(text: str) -> None:
    assert functions(text) == [HEADS[text]]


NO_FUNCTIONS = {
    "a prototype": "int f(int a);\n",
    "a table": "static int (*t[])(int) = {\n\tf,\n};\n",
    "a struct": "struct __aligned(8) f {\n\tint (*g)(int);\n};\n",
    "an enum": "enum f {\n\tA = B(1),\n};\n",
}


@pytest.mark.parametrize("text", NO_FUNCTIONS.values(), ids=NO_FUNCTIONS)
def test_what_has_no_body_is_no_function(text: str) -> None:
    assert functions(text) == []


def test_lines_are_those_of_the_head_and_of_the_closing_brace() -> None:
    text = "int x;\nstatic int\nf(void)\n{\n\tif (x) {\n\t}\n}\nint g(void)\n{\n}\n"
    assert items(text) == [("function", "f", 2, 7), ("function", "g", 8, 10)]


def test_arms_of_a_condition_may_each_open_a_brace() -> None:
    text = (
        "int f(int x)\n{\n#ifdef A\n\tif (x) {\n#else\n\tif (!x) {\n#endif\n\t\ta();\n\t}\n"
        "}\nint g(void)\n{\n}\n"
    )
    assert functions(text) == ["f", "g"]


def test_braces_left_uneven_spoil_one_function_only() -> None:
    text = "int f(int x)\n{\n\tif (x) {\n}\n\nint g(void)\n{\n}\n"
    assert functions(text) == ["f", "g"]


def test_types_macros_and_structs_in_structs_are_items() -> None:
    text = (
        "#define M(a) g(a)\n#define N 1\nstruct s {\n\tunion u {\n\t\tint a;\n\t} b;\n};\n"
        "typedef struct {\n\tint a;\n} t;\n"
    )
    assert [(kind, name) for kind, name, _, _ in items(text)] == [
        ("macro", "M"),
        ("type", "s"),
        ("type", "u"),
        ("type", "t"),
    ]


def test_a_variable_of_a_struct_type_defines_no_struct() -> None:
    text = "static struct ops o = {\n\t.open = f,\n};\nint g(void)\n{\n\tstruct ops p = { 0 };\n}\n"
    assert [kind for kind, _, _, _ in items(text)] == ["initialiser", "function"]


def test_the_end_of_a_pasted_name_is_not_called() -> None:
    text = "#define TRACE(name, args) __iter_##name(0, args); it## name (1); name(2)\n"
    assert refs(text, o.CALL) == [("TRACE", "name")]


def test_calls_belong_to_the_function_they_stand_in() -> None:
    text = "int f(void)\n{\n\tif (a())\n\t\treturn b(c());\n}\nint g(void)\n{\n\tx->d();\n}\n"
    assert refs(text, o.CALL) == [("f", "a"), ("f", "b"), ("f", "c")]
    assert refs(text, o.MEMBER_CALL) == [("g", "d")]


def test_calls_in_a_macro_are_the_macros_even_inside_a_function() -> None:
    text = "int f(void)\n{\n#define M(x) do { \\\n\tg(x); \\\n} while (0)\n\tM(1);\n}\n"
    assert refs(text, o.CALL) == [("M", "g"), ("f", "M")]


def test_a_macro_that_is_another_name_calls_what_it_names() -> None:
    assert refs("#define f __f\n#define LIMIT MOST\n#define g (x + 1)\n", o.CALL) == [("f", "__f")]


def test_dead_code_calls_nothing() -> None:
    text = "int f(void)\n{\n#if 0\n\ta();\n#else\n\tb();\n#endif\n}\n"
    assert refs(text, o.CALL) == [("f", "b")]


def test_functions_named_as_values_are_told_from_variables() -> None:
    text = (
        "int f(struct s *p, int n)\n{\n\tint k = n;\n\n\tp->done = finish;\n\trun(p, work, k);\n}\n"
    )
    assert refs(text, o.VALUE, o.ARGUMENT, o.ASSIGNMENT) == [("f", "finish"), ("f", "work")]


def test_an_initialiser_refers_to_what_it_holds() -> None:
    text = "static const struct ops o = {\n\t.open = my_open,\n\t.inner = { .x = &my_x },\n};\n"
    assert refs(text, o.VALUE) == [("o", "my_open"), ("o", "my_x")]


def paths(text: str) -> list[tuple[str, list[str | int]]]:
    """(value, how it is reached from a type) of every value in an initialiser."""
    found = outline(text)
    words = {name_hash(w): w for w in re.findall(r"\w+", text)}
    items = found.items.tolist()
    result = []
    for row in found.refs.tolist():
        if row[o.REF_KIND] != o.VALUE:
            continue
        way = [words.get(row[o.CONTEXT] & MASK) or row[o.POSITION]]
        frame = items[row[o.IN_FRAME]]
        while frame[o.START] >= 0:
            way.insert(0, words.get(frame[o.HASH] & MASK) or frame[o.END])
            frame = items[frame[o.START]]
        how = "struct " if frame[o.BODY] & o.ROOT_TAG else ""
        array = "[]" if frame[o.BODY] & o.ROOT_ARRAY else ""
        way.insert(0, how + words.get(frame[o.HASH] & MASK, "?") + array)
        result.append((words[row[o.REF_HASH] & MASK], way))
    return result


def test_a_value_of_an_initialiser_knows_its_way_from_the_type() -> None:
    text = (
        "static const struct ops o = {\n\t.open = a,\n\t.in = { .x = b, c },\n\t.p.q = d,\n};\n"
        "static my_t t[] = {\n\t{ 0, e },\n\t[2] = { .f = &g },\n};\n"
        "void h(void)\n{\n\tstruct walk w = { .pte = i };\n\n\t*p = (struct lit){ .z = j };\n}\n"
    )
    assert paths(text) == [
        ("a", ["struct ops", "open"]),
        ("b", ["struct ops", "in", "x"]),
        ("c", ["struct ops", "in", 1]),
        ("d", ["struct ops", "p", "q"]),
        ("e", ["my_t[]", 0, 1]),
        ("g", ["my_t[]", 1, "f"]),
        ("i", ["struct walk", "pte"]),
        ("j", ["struct lit", "z"]),
    ]


def test_frames_without_a_value_are_numbered_like_all_others() -> None:
    found = outline("={{{")
    assert found.items[found.items[:, o.KIND] == o.FRAME, o.START].tolist() == [-1, 0, 1]


def places(text: str, kind: int) -> list[tuple[str, str, int]]:
    """(name, context, position) of every reference of *kind*."""
    found = outline(text)
    words = {name_hash(w): w for w in re.findall(r"\w+", text)}
    return [
        (words[r[o.REF_HASH] & MASK], words.get(r[o.CONTEXT] & MASK, ""), r[o.POSITION])
        for r in found.refs.tolist()
        if r[o.REF_KIND] == kind
    ]


def test_an_argument_knows_its_callee_and_number() -> None:
    text = "void f(void)\n{\n\twalk(mm, get(a, b), 0, step, &done);\n}\n"
    assert [p for p in places(text, o.ARGUMENT) if p[0] in ("step", "done")] == [
        ("step", "walk", 3),
        ("done", "walk", 4),
    ]


def test_an_assignment_knows_its_target() -> None:
    text = "void f(struct s *p)\n{\n\tp->ops.run = go;\n\tfn = x ? stop : wait;\n}\n"
    assert places(text, o.ASSIGNMENT) == [("go", "run", 1), ("stop", "fn", 0), ("wait", "fn", 0)]


def test_a_call_through_a_pointer_knows_the_last_name_before_it() -> None:
    text = "void f(struct s *p)\n{\n\t(*p->run)(1);\n\t(*fn)(2);\n}\n"
    found = outline(text).refs
    assert [
        (r[o.CONTEXT] == signed(name_hash(name)), r[o.POSITION])
        for r, name in zip(
            found[found[:, o.REF_KIND] == o.POINTER_CALL], ("run", "fn"), strict=True
        )
    ] == [(True, 1), (True, 0)]


def test_a_macro_at_the_top_refers_to_its_arguments() -> None:
    assert refs("late_initcall(start);\n", o.ARGUMENT) == [("late_initcall", "start")]


def test_words_are_hashed_as_names_are() -> None:
    found = outline("int f(void)\n{\n}\n")
    assert short_hash("f") in found.words.tolist()
    assert found.items[0, o.HASH] == signed(name_hash("f"))


OPEN_PIECES = [
    "int f(",
    "#if 0\n",
    "x = y;",
    "#define M(",
    "g(",
    "struct s ",
    "->h(",
    "/*",
    "'",
    "(",
]
CLOSE_PIECES = ["int a", ")", "{", "}", ";", "\n", "#else\n", "#endif\n", "\\\n", ",", "*/", "="]
PIECES = st.one_of(st.sampled_from(OPEN_PIECES), st.sampled_from(CLOSE_PIECES))


@given(st.lists(PIECES, max_size=80).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_text_has_an_outline_in_bounds(text: str) -> None:
    found = outline(text)
    size = len(text.encode())
    is_frame = found.items[:, o.KIND] == o.FRAME  # its columns are a parent and a position
    placed = found.items[~is_frame]
    assert (placed[:, o.START] <= placed[:, o.END]).all()
    assert (placed[:, o.END] <= size).all()
    parents = found.items[is_frame, o.START]
    assert ((parents >= -1) & (parents < np.flatnonzero(is_frame))).all()
    assert ((found.refs[:, o.OWNER] >= 0) & (found.refs[:, o.OWNER] < len(found.items))).all()
    assert np.array_equal(outline(text).refs, found.refs)


def test_all_words_of_a_long_text_are_known_each_once() -> None:
    """The set of words grows while the text is read."""
    names = [f"name_{n}" for n in range(20_000)]
    found = OUTLINER.outline(" ".join([*names, *names]).encode())
    assert found.words.tolist() == [short_hash(name) for name in names]
