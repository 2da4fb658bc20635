"""Calls through members that macros make of their arguments."""

import pytest

from lockmap.program.macro_calls import macro_owners
from lockmap.syntax.outlining.memory import MACRO
from tests.program.declared_texts import declared

HEADER = """
struct video_ops { int (*start)(int a); };
struct ops { const struct video_ops *video; };
struct sub { const struct ops *ops; };
struct box { struct sub *sub; };
#define sub_call(sd, o, f, args...) ({ struct sub *__sd = (sd); __sd->ops->o->f(__sd, ##args); })
#define plain_call(sd, o, f) ((sd)->ops->o->f(sd))
#define all_call(box, o, f) do { struct sub *__s = (box)->sub; plain_call(__s, o, f); } while (0)
#define start(sd) ((sd)->ops->video->start(0))
"""


def told(body: str) -> tuple[list[str], list[str]]:
    """What a function of *body* calls through macros, and what the macros themselves call."""
    text = f"void g(struct sub *s, struct box *b)\n{{\n\t{body}\n}}\n"
    texts = {"include/h.h": HEADER, "a.c": text}
    found = declared(texts)
    owners = macro_owners(
        found.code, found.layouts, found.resolver, found.values(), lambda p: texts[p].encode()
    )

    def name(struct: int, field: int) -> str:
        return f"{found.layouts.struct_name(struct)}.{found.layouts.member_names[field]}"

    calls = [f"{found.code.name(c.item)}:{c.line} {name(c.struct, c.field)}" for c in owners.calls]
    refs = found.code.refs
    assert all(found.code.items["kind"][refs["owner"][ref]] == MACRO for ref in owners.refs)
    return calls, [name(*told) for told in owners.refs.values()]


@pytest.mark.parametrize(
    ("body", "call"),
    [
        ("sub_call(s, video, start, 1);", "g:3 video_ops.start"),
        ("x = sub_call(b->sub, video,\n\t\tstart, 1);", "g:4 video_ops.start"),
        ("plain_call(b->sub, video, start);", "g:3 video_ops.start"),
        ("all_call(b, video, start);", "g:3 video_ops.start"),
    ],
)
def test_an_argument_tells_the_member(body: str, call: str) -> None:
    assert told(body) == ([call], [])


def test_a_macro_calls_the_same_member_wherever_it_is_used() -> None:
    assert told("start(s);\n\tstart(b->sub);") == ([], ["video_ops.start"])


def test_what_is_no_such_member_is_open() -> None:
    assert told(
        "sub_call(s, audio, start, 1); sub_call(s, video, stop); plain_call(n, video, f);"
    ) == (
        [],
        [],
    )


def test_a_macro_within_itself_ends() -> None:
    text = "#define loop(s, f) (loop(s, f), (s)->f(1))\nvoid g(struct v *v)\n{\n\tloop(v, go);\n}\n"
    texts = {"a.c": "struct v { void (*go)(int n); };\n" + text}
    found = declared(texts)
    owners = macro_owners(
        found.code, found.layouts, found.resolver, found.values(), lambda p: texts[p].encode()
    )
    assert {found.layouts.struct_name(c.struct) for c in owners.calls} == {"v"}
