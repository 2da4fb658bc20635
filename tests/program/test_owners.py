"""The struct that owns a called or assigned member, told for all of a tree at once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockmap.syntax.outlining.memory import ASSIGNMENT, MEMBER_CALL, POINTER_CALL, VALUE
from tests.program.declared_texts import declared

HEADER = """
struct in_ops { int (*x)(void); void (*y)(void); };
struct ops {
	int (*open)(int a);
	struct in_ops in;
	u32 __iomem *(*map[4])(int a);
	void __noreturn (*stop)(void);
	struct dev *(*parent)(struct dev *d);
	__poll_t (*poll)(struct file *f);
	u8 id[4] __aligned(8);
	in_ops_t *later;
};
typedef struct in_ops in_ops_t;
typedef struct { const struct ops *ops; struct { int (*go)(int a); } part; } handle_t;
struct dev {
	struct ops *ops, more[2];
	union { struct dev *next; struct { int n; handle_t *handle; }; };
	struct_group(header, int flags; struct ops own;);
	struct ops aligned ____cacheline_aligned;
	void *private;
};
struct task { struct dev *dev; };
struct __data { void (*f)(void); };
typedef struct __data aligned_t __aligned(sizeof(struct __data));
struct callback { void (*func)(void); };
#define rcu_callback callback
#define d_ops ops->in
extern struct dev the_dev, *devices[4];
struct dev *get_dev(int n);
#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define container_of(p, type, member) ((type *)((void *)(p) - offsetof(type, member)))
#define to_dev(p) container_of(p, struct dev, own)
#define dev_ops(d) ((d)->ops)
#define same(d) ({ typeof(d) __d = (d); (d); })
#define priv(d) ((struct dev *)(d)->private)
#define this_dev get_dev(0)
"""

CALLS = {
    "d->ops->open(1);": "ops.open",
    "d->next->ops->open(1);": "ops.open",
    "d->own.open(1);": "ops.open",
    "d->aligned.open(1);": "ops.open",
    "d->more[n].open(1);": "ops.open",
    "d->ops->in.x();": "in_ops.x",
    "d->ops->later->y();": "in_ops.y",
    "d->handle->ops->open(1);": "ops.open",
    "d->handle->part.go(1);": "handle_t.part.go",
    "(*d).ops->open(1);": "ops.open",
    "(d + 1)->ops->open(1);": "ops.open",
    "(n ? d->next : d)->ops->open(1);": "ops.open",
    "((struct ops *)n)->open(1);": "ops.open",
    "((handle_t *)n)->ops->open(1);": "ops.open",
    "READ_ONCE(d->ops)->open(1);": "ops.open",
    "get_dev(1)->ops->open(1);": "ops.open",
    "d->ops->parent(d)->ops->open(1);": "ops.parent, ops.open",
    "current->dev->ops->open(1);": "ops.open",
    "the_dev.ops->open(1);": "ops.open",
    "devices[1]->ops->open(1);": "ops.open",
    "this_dev->ops->open(1);": "ops.open",
    "container_of(n, struct dev, own)->ops->open(1);": "ops.open",
    "to_dev(n)->ops->open(1);": "ops.open",
    "dev_ops(d)->open(1);": "ops.open",
    "dev_ops(to_dev(n))->open(1);": "ops.open",
    "same(d)->ops->open(1);": "ops.open",
    "priv(n)->ops->open(1);": "ops.open",
    "d->d_ops.x();": "in_ops.x",
    "struct ops *o = x, *p = y; p->open(1);": "ops.open",
    "const struct ops *const o = x; o->open(1);": "ops.open",
    "handle_t h; h.ops->open(1);": "ops.open",
    "struct rcu_callback *c = x; c->func();": "callback.func",
    "struct own { void (*f)(void); } *o = x; o->f();": "?, own.f",
    "static const struct { struct ops *o; } t[] = { {} }; t[n].o->open(1);": "ops.open",
    "struct { void (*f)(void); } t[2]; t[n].f();": "?, ..f",
    "for (struct ops *o = x; o; o++) o->open(1);": "ops.open",
    "{ struct in_ops *d = x; d->x(); } d->ops->open(1);": "in_ops.x, ops.open",
    "{ struct in_ops *d = x; { d->x(); } }": "in_ops.x",
    "struct ops *o __free(put) = x; o->open(1);": "ops.open",
    "struct __data *p = x, *q; p->f(); q->f();": "__data.f, __data.f",
    "aligned_t *p = x; p->f();": "__data.f",
    "if (d) d->ops->open(1);": "ops.open",
    "unknown->ops->open(1);": "?",
    "d->nowhere->open(1);": "?",
    "{ int d; d->ops->open(1); }": "?",
    "(*d->ops->open)(1);": "ops.open",
    "(d->ops->stop)();": "ops.stop",
    "d->ops->map[n](1);": "ops.map",
    "(*d->ops->map[n])(1);": "ops.map",
    "READ_ONCE(d->ops->poll)(n);": "ops.poll",
}


@pytest.mark.parametrize("body", CALLS)
def test_the_owner_of_a_called_member(body: str) -> None:
    text = f"int f(struct dev *d, int n)\n{{\n\t{body}\n}}\nstruct dev *get_dev(int n)\n{{\n}}\n"
    found = declared({"include/dev.h": HEADER, "a.c": text})
    told = found.told(found.members(), MEMBER_CALL, POINTER_CALL)
    assert ", ".join(told) == CALLS[body]


def test_what_stands_in_a_condition_is_not_called() -> None:
    text = "int f(struct dev *d)\n{\n\tif (d->ops->open)\n\t\t(void)g(d);\n}\n"
    found = declared({"include/dev.h": HEADER, "a.c": text})
    assert found.told(found.members(), POINTER_CALL) == ["?"]


def test_the_owner_of_an_assigned_member() -> None:
    text = (
        "static void go(void)\n{\n}\nint f(struct dev *d)\n{\n"
        "\td->ops->stop = go;\n\td->own.in.y = d ? go : &go;\n\td->ops->map[1] = go;\n}\n"
    )
    found = declared({"include/dev.h": HEADER, "a.c": text})
    told = found.told(found.members(), ASSIGNMENT)
    assert told[:3] == ["ops.stop", "in_ops.y", "in_ops.y"]


def test_parameters_of_definer_macros_have_types() -> None:
    text = "BPF_CALL_2(look_up, struct dev *, d, void *, key)\n{\n\td->ops->open(1);\n}\n"
    found = declared({"include/dev.h": HEADER, "a.c": text})
    assert found.told(found.members(), MEMBER_CALL) == ["ops.open"]


def test_of_two_structs_of_one_tag_the_nearest_is_meant() -> None:
    texts = {
        "drivers/x/x.h": "struct priv { struct one { void (*go)(void); } *ops; };\n",
        "drivers/y/y.h": "struct priv { struct two { void (*go)(void); } *ops; };\n",
        "drivers/x/x.c": "void f(struct priv *p)\n{\n\tp->ops->go();\n}\n",
        "drivers/y/y.c": "void f(struct priv *p)\n{\n\tp->ops->go();\n}\n",
        "drivers/z/z.c": "struct priv { struct one *ops; };\n"
        "void f(struct priv *p)\n{\n\tp->ops->go();\n}\n",
    }
    found = declared(texts)
    assert found.told(found.members(), MEMBER_CALL) == ["one.go", "two.go", "one.go"]


def test_of_two_structs_side_by_side_the_one_with_the_member_is_meant() -> None:
    texts = {
        "drivers/x/a.h": "struct priv { void (*run)(void); };\n",
        "drivers/x/b.h": "struct priv { void (*go)(void); };\n",
        "drivers/x/x.c": "void f(struct priv *p)\n{\n\tp->go();\n}\n",
    }
    found = declared(texts)
    assert found.told(found.members(), MEMBER_CALL) == ["priv.go"]


def test_unnamed_structs_of_two_outer_ones_are_kept_apart() -> None:
    header = (
        "struct a { union { struct { struct one *p; } k; } u; };\n"
        "struct b { union { struct { int n; struct two *p; } k; } u; };\n"
        "struct one { void (*f)(void); };\nstruct two { void (*f)(void); };\n"
    )
    text = "void g(struct a *a, struct b *b)\n{\n\ta->u.k.p->f();\n\tb->u.k.p->f();\n}\n"
    found = declared({"include/h.h": header, "a.c": text})
    assert found.told(found.members(), MEMBER_CALL) == ["one.f", "two.f"]


FUNCTIONS = "".join(f"static void {name}(void)\n{{\n}}\n" for name in "abcde")


def values(text: str, header: str = HEADER) -> list[str]:
    """``struct.field`` of each value in the initialisers of *text*."""
    found = declared({"include/dev.h": header, "a.c": FUNCTIONS + text})
    return found.told(found.initialised(), VALUE)


def test_values_of_initialisers_are_for_members() -> None:
    text = (
        "static const struct ops o = {\n\t.open = a,\n\t.in = { .y = b },\n\t.map = { c },\n};\n"
        "static struct in_ops t[] = { { .x = e }, { a, b } };\n"
        "static struct dev d = { .more = { { c }, { .in = { d } } }, .private = e };\n"
        "static handle_t h = { .part.go = a };\n"
    )
    assert values(text) == [
        *("ops.open", "in_ops.y", "ops.map"),
        *("in_ops.x", "in_ops.x", "in_ops.y"),
        *("ops.open", "in_ops.x", "dev.private"),
        "handle_t.part.go",
    ]


def test_places_count_what_is_not_kept() -> None:
    header = "struct p { int n, m; u8 z[4]; union { int a; int b; }; void (*go)(void); };\n"
    assert values("struct p p = { 0, 1, {}, { 2 }, a };\n", header) == ["p.go"]


def test_an_array_of_functions_is_no_struct() -> None:
    assert values("static int (*const exits[])(struct dev *d) = {\n\ta, b,\n};\n") == ["?", "?"]


_STEPS = st.lists(st.sampled_from(["ops", "next", "more[0]", "own", "handle"]), max_size=8)


@given(st.text(alphabet='abd_.->()[]{};,*&=#\n\t \\"?:struct', max_size=200), _STEPS)
@settings(max_examples=150, deadline=None)
def test_no_text_upsets_it(noise: str, steps: list[str]) -> None:
    text = f"int f(struct dev *d)\n{{\n\td->{'->'.join([*steps, 'open'])}(1);\n{noise}\n}}\n"
    found = declared({"include/dev.h": HEADER + noise, "a.c": text + noise})
    owners = found.members()
    assert len(owners.struct) == len(owners.field) == len(found.code.refs)
    found.initialised()


def test_where_nothing_is_declared_nothing_is_told() -> None:
    text = "int f(void)\n{\n\ta->b(1);\n\tg(a)->c = f;\n}\nstruct x y = { .z = f, { f } };\n"
    found = declared({"a.c": text})
    assert not found.members().struct.any()
    assert not found.initialised().struct.any()
    assert not declared({}).members().struct.any()
