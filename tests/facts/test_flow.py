"""C text → the paths of its control flow, as the calls made along each."""

import pickle

import msgspec
import pytest

from lockmap.facts.model import Flow, Function
from lockmap.facts.render import calls, render
from tests.facts.interest import read


def function(body: str, head: str = "int f(int a)") -> Function:
    facts = read(f"{head}\n{{\n\tmmap_read_lock(mm);\n\t{body}\n}}\n")
    return facts.units[0].function


def paths(flow: Flow, limit: int = 40) -> set[str]:
    """The called names along every path that enters no step three times."""
    found: set[str] = set()
    stack: list[tuple[int, tuple[int, ...], str]] = [(0, (), "")]
    while stack:
        at, seen, said = stack.pop()
        if seen.count(at) > 1 or len(seen) > limit:
            continue
        step = flow.steps[at]
        named = (
            [render(c.function) for c in calls(step.expr)] if step.kind != "leave" else ["leave"]
        )
        said = " ".join([said, *(n for n in named if n != "mmap_read_lock")]).strip()
        if not step.next:
            found.add(said)
        stack += [(n, (*seen, at), said) for n in step.next]
    return found


FLOWS = {
    "if and else": ("if (a) x(); else y(); z();", {"x z", "y z"}),
    "else if": ("if (a) x(); else if (b) y(); else z();", {"x", "y", "z"}),
    "switch falls through": (
        "switch (a) { case 1: x(); case 2: y(); break; default: z(); }",
        {"x y", "y", "z"},
    ),
    "switch without default": ("switch (a) { case 1: x(); } y();", {"x y", "y"}),
    "case range": ("switch (a) { case 1 ... 5: x(); break; default: y(); }", {"x", "y"}),
    "do once": (
        "do { x(); if (a) break; y(); } while (0); z();",
        {"x z", "x y z", "x y x z", "x y x y z"},
    ),
    "goto": ("if (a) goto out; x();\nout: y();", {"x y", "y"}),
    "asm goto": ('asm goto("" : : : : yes); x();\nyes: y();', {"x y", "y"}),
    "computed goto": (
        "static void *t[] = { &&one, &&two };\n\tgoto *t[a];\none: x(); return 1;\ntwo: y();",
        {"x", "y"},
    ),
    "arms": ("#ifdef A\n\tx();\n#elif B\n\ty();\n#else\n\tz();\n#endif", {"x", "y", "z"}),
    "nothing after return": ("return x(); y();", {"x"}),
    "a guard lets go at the end": ("guard(g)(a); x();", {"guard(g) guard x leave"}),
    "a guard's block": (
        "scoped_guard(g, a) { x(); } y();",
        {"scoped_guard(g) scoped_guard x leave y"},
    ),
    "a statement expression": ("a = ({ x(); y(); });", {"x y"}),
    "a loop macro": (
        "for_each_vma(i, v) x();\n\ty();",
        {"for_each_vma y", "for_each_vma x for_each_vma y"},
    ),
}


@pytest.mark.parametrize(("body", "expected"), FLOWS.values(), ids=FLOWS)
def test_paths(body: str, expected: set[str]) -> None:
    found = function(body)
    assert found.whole
    assert paths(found.flows[0]) == expected


def test_arms_that_cannot_stand_together_are_flows_of_their_own() -> None:
    found = function("x(\n#ifdef A\n\t  one()\n#else\n\t  two()\n#endif\n\t  );")
    assert [(f.arm, paths(f)) for f in found.flows] == [
        ("first", {"x one"}),
        ("last", {"x two"}),
    ]


def test_a_loop_macro_keeps_its_arguments_in_order() -> None:
    found = function("list_for_each_entry_safe(p, n, &h->list, member) x(p);")
    each = [s for s in found.flows[0].steps if s.kind == "each"]
    assert [render(s.expr) for s in each] == ["list_for_each_entry_safe(p, n, &h->list, member)"]


@pytest.mark.parametrize(
    ("head", "name", "params"),
    [
        ("SYSCALL_DEFINE0(f)", "sys_f", ()),
        (
            "SYSCALL_DEFINE2(f, unsigned long, a, char __user *, b)",
            "sys_f",
            (("a", "unsigned long"), ("b", "char *")),
        ),
        ("COMPAT_SYSCALL_DEFINE1(f, int, a)", "sys_f", (("a", "int"),)),
        ("DEFINE_IDTENTRY_RAW(exc_f)", "exc_f", ()),
        ("static struct x *f(struct mm_struct *mm)", "f", (("mm", "struct mm_struct *"),)),
        ("int f(a, b)\n\tint a;\n\tchar *b;", "f", (("a", ""), ("b", ""))),
    ],
)
def test_names_and_parameters(head: str, name: str, params: tuple[tuple[str, str], ...]) -> None:
    found = function("x();", head)
    assert (found.name, found.params, found.whole) == (name, params, True)


def test_a_header_that_cannot_be_read_leaves_the_body_readable() -> None:
    found = function("x();", "int f(int a, ???, !) ???")
    assert found.name == "f"
    assert not found.whole
    assert found.errors
    assert paths(found.flows[0]) == {"x"}


DEEP = {
    "parentheses": "a = " + "(" * 10_000 + "1" + ")" * 10_000 + ";",
    "calls": "x(" * 3_000 + ")" * 3_000 + ";",
    "blocks": "{" * 5_000 + "x();" + "}" * 5_000,
    "unary": "a = " + "!" * 5_000 + "b;",
    "chain within chain": "a = " + "(b + " * 900 + "c" + ")" * 900 + ";",
}


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP)
def test_what_nests_too_deep_is_an_error_line_and_no_crash(body: str) -> None:
    found = function(body + "\n\ty();")
    assert not found.whole
    assert 4 in found.errors
    assert pickle.loads(pickle.dumps(found)) == found
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Function) == found


def test_a_long_ladder_or_chain_is_read_whole() -> None:
    ladder = "if (a) x();" + " else if (a) x();" * 5_000
    assert function(ladder).whole
    chain = function("a = b" + " | c(1)" * 5_000 + ";")
    assert chain.whole
    assert sum(1 for s in chain.flows[0].steps for _ in calls(s.expr)) == 5_001
    assert pickle.loads(pickle.dumps(chain)) == chain
