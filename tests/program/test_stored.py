"""Functions that are handed to others, which keep them in a member that is called later."""

from tests.program.texts import linked

HEADER = (
    "struct pool { int (*free)(int n); int (*other)(int n); };\n"
    "static int one(int n)\n{\n}\nstatic int two(int n)\n{\n}\n"
    "void create(struct pool *p, int (*fn)(int n))\n{\n\tp->free = fn;\n}\n"
    "int run(struct pool *p)\n{\n\treturn p->free(1);\n}\n"
    "int idle(struct pool *p)\n{\n\treturn p->other(1);\n}\n"
)


def runs(text: str) -> set[tuple[str, str]]:
    return {(a, b) for a, b in linked({"a.c": HEADER + text}).edges() if b in {"one", "two"}}


def test_a_call_through_the_member_runs_what_was_handed_over() -> None:
    assert runs("void f(struct pool *p)\n{\n\tcreate(p, one);\n}\n") == {("run", "one")}


def test_a_parameter_that_is_passed_on_to_who_keeps_it_is_followed() -> None:
    on = "void on(struct pool *p, int (*g)(int n))\n{\n\tcreate(p, g);\n}\n"
    use = "void f(struct pool *p)\n{\n\ton(p, one);\n\ton(p, two);\n}\n"
    assert runs(on + use) == {("run", "one"), ("run", "two")}


def test_what_is_handed_over_in_another_place_is_not_kept() -> None:
    text = "void make(struct pool *p, int (*a)(int n), int (*b)(int n))\n{\n\tp->other = b;\n}\n"
    use = "void f(struct pool *p)\n{\n\tmake(p, one, two);\n}\n"
    assert runs(text + use) == {("idle", "two")}
