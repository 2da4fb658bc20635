"""Functions that are handed to others, and called by them."""

from collections.abc import Mapping

from lockmap.program.passed import handed
from lockmap.program.resolve import Resolver, edges
from tests.program.texts import tree

APPLY = "int apply(int n, int (*fn)(int), void *data)\n{\n\treturn fn(n);\n}\n"
FUNCTIONS = "static int one(int n)\n{\n}\nstatic int two(int n)\n{\n}\n"


def over(texts: Mapping[str, str]) -> set[tuple[str, str, str]]:
    """(who hands over, which function, to whom)."""
    code = tree(texts)
    found = handed(code, Resolver(code))
    return {(code.name(h.caller), code.name(h.callee), code.name(h.through)) for h in found}


def test_a_function_that_is_handed_over_and_called_is_called_by_who_hands_it_over() -> None:
    use = "void f(void)\n{\n\tapply(1, one, two);\n}\n"
    assert over({"a.c": APPLY + FUNCTIONS + use}) == {("f", "one", "apply")}


def test_a_parameter_that_is_passed_on_is_followed() -> None:
    on = "int on(int (*g)(int))\n{\n\tif (!g)\n\t\treturn 0;\n\treturn apply(1, g, 0);\n}\n"
    use = "void f(void)\n{\n\ton(one);\n}\n"
    assert over({"a.c": APPLY + FUNCTIONS + on + use}) == {("f", "one", "on")}


def test_each_caller_hands_over_its_own() -> None:
    use = "void f(void)\n{\n\tapply(1, one, 0);\n}\nvoid g(void)\n{\n\tapply(1, &two, 0);\n}\n"
    assert over({"a.c": APPLY + FUNCTIONS + use}) == {("f", "one", "apply"), ("g", "two", "apply")}


def test_what_is_called_later_is_not_called_by_who_hands_its_parameter_on_to_that() -> None:
    queue = "int queue(int (*fn)(int))\n{\n\treturn fn(1);\n}\n"
    on = "int on(int (*g)(int))\n{\n\treturn queue(g);\n}\n"
    code = tree({"a.c": queue + FUNCTIONS + on + "void f(void)\n{\n\ton(one);\n\tqueue(two);\n}\n"})
    (slot,) = {(item, 0) for item in code.named("queue")}
    found = handed(code, Resolver(code), frozenset({slot}))
    assert {(code.name(h.callee), code.name(h.through)) for h in found} == {("two", "queue")}


def test_what_is_only_kept_is_not_called() -> None:
    keep = "void keep(struct s *s, int (*fn)(int))\n{\n\ts->fn = fn;\n}\n"
    assert over({"a.c": keep + FUNCTIONS + "void f(void)\n{\n\tkeep(p, one);\n}\n"}) == set()


def test_pointers_are_called_in_both_ways_and_named_by_typedefs() -> None:
    heads = [("handler_t fn", "(*fn)(1)"), ("handler_t *fn", "fn(1)"), ("walk_cb fn", "fn(1)")]
    for head, call in heads:
        text = f"void run({head})\n{{\n\t{call};\n}}\n"
        assert over({"a.c": text + FUNCTIONS + "void f(void)\n{\n\trun(one);\n}\n"}) == {
            ("f", "one", "run")
        }


def test_macros_call_their_parameters_too() -> None:
    text = "#define RUN(x, op) op(x)\n" + FUNCTIONS + "void f(void)\n{\n\tRUN(1, one);\n}\n"
    assert over({"a.c": text}) == {("f", "one", "RUN")}


def test_a_parameter_hides_a_function_that_is_called_like_it() -> None:
    code = tree({"a.c": "int fn(int n)\n{\n}\n", "b.c": APPLY})
    assert len(edges(code, Resolver(code)).caller) == 0


def test_a_parameter_whose_type_is_named_like_one_of_functions_is_followed() -> None:
    for kind in ("walk_cb", "iterate_f *", "consume_fn", "visit_func"):
        on = f"int on({kind} g)\n{{\n\treturn apply(1, g, 0);\n}}\n"
        use = "void f(void)\n{\n\ton(one);\n}\n"
        assert over({"a.c": APPLY + FUNCTIONS + on + use}) == {("f", "one", "on")}
