"""The calls of which it is not known what they reach."""

from lockmap.program.call_gaps import call_gaps
from lockmap.program.layouts import join_types
from lockmap.program.owners import member_owners
from lockmap.program.resolve import Resolver
from lockmap.program.values import Values
from tests.program.texts import linked, outlines

HEADER = "struct ops { void (*put)(void); void (*empty)(void); };\n"
TEXT = """static void here(void)
{
}
struct ops o = { .put = here };
void f(struct ops *p, void (*handed)(void))
{
\tvoid (*own)(void) = here;

\there();
\tnowhere();
\tp->put();
\tp->empty();
\tq->put();
\thanded();
\t(*own)();
}
"""


def test_calls_are_counted_by_cause_and_folder() -> None:
    texts = {"include/ops.h": HEADER, "drivers/net/x/a.c": TEXT}
    found = linked(texts)
    layouts = join_types(outlines(texts), found.code)
    owners = member_owners(
        found.code, layouts, Values(layouts, Resolver(found.code), {}, frozenset())
    )
    assert dict(call_gaps(found.code, Resolver(found.code), owners, found.callbacks)) == {
        ("resolved", "drivers/net"): 2,
        ("name that nothing defines", "drivers/net"): 1,
        ("member that nothing is put in", "drivers/net"): 1,
        ("member of an unknown struct", "drivers/net"): 1,
        ("pointer that is no member", "drivers/net"): 1,
    }
