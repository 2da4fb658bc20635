"""Which definition a call means, told from where both stand."""

from collections.abc import Mapping

from lockmap.program.resolve import Resolver
from tests.program.texts import tree


def calls(texts: Mapping[str, str]) -> set[tuple[str, str]]:
    """(file of the caller, file and line of the callee) of every call that is resolved."""
    code = tree(texts)
    owners = code.item_file[code.calls["owner"]]
    links = Resolver(code).resolve(code.calls["hash"], owners)
    return {
        (code.file(int(code.calls["owner"][source])), f"{code.file(target)}:{code.line(target)}")
        for source, target in zip(links.source.tolist(), links.target.tolist(), strict=True)
    }


CALL = "void f(void)\n{\n\tg();\n}\n"
DEFINE = "void g(void)\n{\n}\n"
STATIC = "static void g(void)\n{\n}\n"


def test_a_function_of_another_file_is_found() -> None:
    assert calls({"a.c": CALL, "b.c": DEFINE}) == {("a.c", "b.c:1")}


def test_the_files_own_function_hides_all_others() -> None:
    assert calls({"a.c": STATIC + CALL, "b.c": DEFINE}) == {("a.c", "a.c:1")}


def test_a_static_function_of_another_file_is_not_meant() -> None:
    assert calls({"a.c": CALL, "b.c": STATIC}) == set()


def test_of_two_drivers_private_headers_the_own_is_meant() -> None:
    header = "static inline void g(void)\n{\n}\n"
    texts = {"drivers/x/a.c": CALL, "drivers/x/p.h": header, "drivers/y/p.h": header}
    assert calls(texts) == {("drivers/x/a.c", "drivers/x/p.h:1")}


def test_another_architectures_function_is_not_meant() -> None:
    texts = {"arch/x86/a.c": CALL, "arch/x86/b.c": DEFINE, "arch/arm/b.c": DEFINE}
    assert calls(texts) == {("arch/x86/a.c", "arch/x86/b.c:1")}


def test_generic_code_may_reach_every_architectures() -> None:
    texts = {"mm/a.c": CALL, "arch/x86/b.c": DEFINE, "arch/arm/b.c": DEFINE}
    assert {callee for _, callee in calls(texts)} == {"arch/x86/b.c:1", "arch/arm/b.c:1"}


def test_an_architecture_prefers_its_own_to_the_generic_one() -> None:
    texts = {"arch/x86/a.c": CALL, "arch/x86/b.c": DEFINE, "mm/b.c": DEFINE}
    assert calls(texts) == {("arch/x86/a.c", "arch/x86/b.c:1")}


def test_a_macro_is_called_and_calls_in_turn() -> None:
    texts = {"a.c": "#define g() h()\n" + CALL, "b.c": "void h(void)\n{\n}\n"}
    assert calls(texts) == {("a.c", "a.c:1"), ("a.c", "b.c:1")}


def test_a_name_that_nothing_defines_has_no_link() -> None:
    assert calls({"a.c": CALL}) == set()


def test_a_weak_function_gives_way_to_one_of_another_file() -> None:
    weak = "void __weak g(void)\n{\n}\n"
    assert calls({"mm/a.c": weak + CALL, "mm/b.c": DEFINE, "arch/x86/c.c": DEFINE}) == {
        ("mm/a.c", "mm/a.c:1"),
        ("mm/a.c", "mm/b.c:1"),
        ("mm/a.c", "arch/x86/c.c:1"),
    }


def test_generic_code_with_a_function_of_its_own_may_mean_that_of_an_architecture() -> None:
    texts = {"mm/a.c": DEFINE + CALL, "arch/x86/b.c": DEFINE, "fs/c.c": DEFINE}
    assert calls(texts) == {("mm/a.c", "mm/a.c:1"), ("mm/a.c", "arch/x86/b.c:1")}


def test_a_stand_in_of_a_private_header_does_not_hide_what_it_stands_in_for() -> None:
    texts = {"mm/a.c": CALL, "mm/p.h": STATIC, "mm/b.c": DEFINE, "fs/x/y.c": DEFINE}
    assert calls(texts) == {("mm/a.c", "mm/p.h:1"), ("mm/a.c", "mm/b.c:1")}


def test_a_header_with_a_stand_in_of_its_own_calls_the_real_one_too() -> None:
    header = "static inline void g(void)\n{\n}\n" + CALL
    assert calls({"include/a.h": header, "mm/b.c": DEFINE}) == {
        ("include/a.h", "include/a.h:1"),
        ("include/a.h", "mm/b.c:1"),
    }


def test_a_header_that_only_its_own_folders_include_is_not_for_all() -> None:
    texts = {"mm/a.c": CALL, "include/g.h": STATIC, "arch/um/include/shared/user.h": STATIC}
    assert calls(texts) == {("mm/a.c", "include/g.h:1")}
