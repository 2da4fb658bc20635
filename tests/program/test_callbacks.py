"""Functions in members of structs, and calls through them, told without parsing."""

from collections.abc import Mapping

import pytest

from lockmap.program.chains import Chains, base_before
from lockmap.program.structs import Structs
from lockmap.syntax.lex import blank
from tests.program.texts import linked, reader, tree

OPS = (
    "struct in_ops { int (*x)(void); void (*y)(void); };\n"
    "struct ops {\n\tint (*open)(int a);\n\tstruct in_ops in;\n\tstruct in_ops more[2];\n};\n"
    "struct dev { struct ops *ops; union { struct dev *next; }; struct ops own; };\n"
)


def callbacks(texts: Mapping[str, str]) -> set[tuple[str, str, str]]:
    """(struct, field, function) of every callback."""
    found = linked(texts)
    return {(c.struct, c.field, found.code.name(c.item)) for c in found.callbacks}


FUNCTIONS = "".join(f"static void {name}(void)\n{{\n}}\n" for name in "abcde")


def test_initialisers_put_functions_into_members() -> None:
    text = (
        FUNCTIONS + "static const struct ops o = {\n\t.open = a,\n\t.in = { .y = b },\n"
        "\t.more = { { c }, { .x = d } },\n};\nstatic struct in_ops t[] = { { .x = e } };\n"
    )
    assert callbacks({"include/ops.h": OPS, "a.c": text}) == {
        ("ops", "open", "a"),
        ("in_ops", "y", "b"),
        ("in_ops", "x", "c"),
        ("in_ops", "x", "d"),
        ("in_ops", "x", "e"),
    }


def test_of_two_structs_of_one_tag_the_nearest_is_meant() -> None:
    texts = {
        "drivers/x/x.h": "struct priv { void (*go)(void); };\n",
        "drivers/y/y.h": "struct priv { int n; void (*run)(void); };\n",
        "drivers/y/y.c": FUNCTIONS + "struct priv p = { 0, a };\n",
    }
    assert callbacks(texts) == {("priv", "run", "a")}


MORE = {
    "an array of functions is none of the struct its functions take": (
        "static int (*const t[])(struct in_ops *o) = { [1] = a };\n",
        set(),
    ),
    "a member may be an array of functions": (
        "struct s { int n; void (*all[4])(void); };\nstruct s v = { .all = { [2] = a, b } };\n",
        {("s", "all", "a"), ("s", "all", "b")},
    ),
    "designators lead through members": ("struct ops o = { .in.y = b };\n", {("in_ops", "y", "b")}),
    "a struct without a tag has its members under the outer one": (
        "struct s { int n; struct { void (*go)(void); } in; };\nstruct s v = { .in.go = a };\n",
        {("s.in", "go", "a")},
    ),
    "a struct is defined where it is initialised": (
        "void f(void)\n{\n\tstatic struct s { void (*go)(void); } v[] = { { a } };\n}\n",
        {("s", "go", "a")},
    ),
    "a typedef stands for a struct": (
        "typedef struct s { void (*go)(void); } s_t;\ns_t v[] = { { .go = a } };\n",
        {("s", "go", "a")},
    ),
    "typeof takes the type of a variable": (
        "struct ops first;\nstatic const typeof(first) second = { .open = a };\n",
        {("ops", "open", "a")},
    ),
    "a compound literal has a type of its own": (
        "struct dev d = { .ops = &(const struct ops) { .open = a } };\n",
        {("ops", "open", "a")},
    ),
    "casts, addresses and conditions": (
        "struct in_ops o = { .x = (void *)&a, .y = (c ? b : d) };\n",
        {("in_ops", "x", "a"), ("in_ops", "y", "b"), ("in_ops", "y", "d")},
    ),
}


@pytest.mark.parametrize("claim", MORE)
def test_the_member_is_told_where(claim: str) -> None:
    text, expected = MORE[claim]
    assert callbacks({"include/ops.h": OPS, "a.c": FUNCTIONS + text}) == expected


def owner(body: str, head: str = "struct dev *d") -> str:
    """The struct whose member ``open`` is called in a function of *body*."""
    text = f"int f({head})\n{{\n\t{body}\n}}\n"
    texts = {"include/ops.h": OPS, "a.c": text + "struct ops *get(void)\n{\n}\n"}
    code = tree(texts)
    read = reader(texts)
    chains = Chains(
        code,
        Structs(code, read),
        lambda path: blank(read(path)),
        {"current": "struct dev *"},
        frozenset({"READ_ONCE"}),
    )
    return chains.owner(code.named("f")[0], text.index("open("))


CHAINS = {
    "d->ops->open(1);": "ops",
    "d->next->ops->open(1);": "ops",
    "d->own.open(1);": "ops",
    "(*d).ops->open(1);": "ops",
    "((struct ops *)d)->open(1);": "ops",
    "READ_ONCE(d->ops)->open(1);": "ops",
    "get()->open(1);": "ops",
    "current->ops->open(1);": "ops",
    "struct ops *o = x, *p = y; p->open(1);": "ops",
    "if (d) d->ops->open(1);": "ops",
    "unknown->ops->open(1);": "",
}


@pytest.mark.parametrize("body", CHAINS)
def test_the_owner_of_a_called_member_is_told_from_the_text_before(body: str) -> None:
    assert owner(body) == CHAINS[body]


def test_the_expression_before_a_member_ends_where_it_begins() -> None:
    assert base_before("x = a[f(i)]->b(c).d->") == "a[f(i)]->b(c).d"
    assert base_before("return (*p)->") == "(*p)"
    assert base_before("a + b.") == "b"
    assert base_before("a b") == ""
