"""Calls that macros make of what they are handed."""

from lockmap.program.code import Code
from lockmap.program.handed import with_handed
from lockmap.program.resolve import Resolver
from tests.program.texts import all_links, reader, tree

FUNCTIONS = "void a(void)\n{\n}\nvoid const_a(void)\n{\n}\n"


def reached(macros: str, body: str) -> set[str]:
    """The functions that ``f`` calls, itself or through macros."""
    texts = {"include/m.h": macros, "a.c": FUNCTIONS + f"void f(void)\n{{\n\t{body}\n}}\n"}
    code = with_handed(tree(texts), Resolver(tree(texts)), reader(texts))
    return _reached(code, code.named("f")[0])


def _reached(code: Code, item: int) -> set[str]:
    links = all_links(code)
    callees: dict[int, set[int]] = {}
    for source, target in zip(links.source.tolist(), links.target.tolist(), strict=True):
        callees.setdefault(int(code.calls["owner"][source]), set()).add(target)
    found, left = {item}, [item]
    while left:
        for target in callees.get(left.pop(), set()) - found:
            found.add(target)
            if not code.is_function[target]:
                left.append(target)
    return {code.name(i) for i in found - {item} if code.is_function[i]}


def test_a_macro_calls_what_it_is_handed() -> None:
    assert reached("#define POLL(op, x) do { x = op(x); } while (0)\n", "POLL(a, 1);") == {"a"}


def test_it_may_hand_it_on() -> None:
    macros = "#define INNER(x, op) op(x)\n#define OUTER(op) INNER(1, op)\n"
    assert reached(macros, "OUTER(a);") == {"a"}


def test_it_may_be_handed_it_by_another_macro() -> None:
    macros = "#define INNER(op, x...) op(x)\n#define OUTER(x) INNER(a, x)\n"
    assert reached(macros, "OUTER(1);") == {"a"}


def test_among_variable_arguments_places_are_counted() -> None:
    macros = (
        "#define LAST(id, fmt, op, ...) op(id, ##__VA_ARGS__)\n"
        "#define MIDDLE(fmt, ...) LAST(1, fmt, ##__VA_ARGS__)\n"
        "#define FIRST(fmt, op, ...) MIDDLE(fmt, op, ##__VA_ARGS__)\n"
    )
    assert reached(macros, "FIRST(0, a, 2);") == {"a"}


def test_names_are_pasted() -> None:
    assert reached("#define BIT(op, n) (n ? const_##op(n) : op(n))\n", "BIT(a, 1);") == {
        "a",
        "const_a",
    }


def test_macros_that_hand_on_in_circles_end() -> None:
    macros = "#define A(op) B(op)\n#define B(op) A(op)\n"
    assert reached(macros, "A(a);") == set()


def test_an_empty_argument_is_pasted() -> None:
    macros = "#define __P(level, type, x) le##level##type(x)\n#define P(x) __P(vel,, x)\n"
    assert reached(macros + "void level(int x)\n{\n}\n", "P(x);") == {"level"}


def test_a_known_macro_stands_for_a_call() -> None:
    macros = "#define current get_current()\nvoid get_current(void)\n{\n}\n"
    assert reached(macros, "use(current->mm);") == {"get_current"}
