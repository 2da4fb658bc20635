"""Where code is entered from outside, told by members, arguments and heads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from lockmap.data import load_toml
from lockmap.errors import DataError
from lockmap.program.call_rules import CallRules, Deferred, Ways, load_call_rules
from lockmap.program.entry_data import Entry, EntryData, checked, load_entries
from lockmap.program.entry_points import entry_points
from lockmap.program.resolve import Resolver
from tests.program.texts import linked, reader

RULES = CallRules(Ways(24), (Deferred("work", fields=("work.func",), arguments=("INIT_WORK:1",)),))
DATA = checked(
    EntryData(
        (
            Entry("ioctl", "never", fields=("fops.ioctl",)),
            Entry("file", "may", fields=("fops.*",)),
            Entry("work", "never", deferred="work"),
            Entry("irq", "never", arguments=("request_irq:1",)),
            Entry("syscall", "never", macros=("SYSCALL_DEFINE1",), named=r"sys_\w+", word="asm"),
        )
    ),
    "entries.toml",
    RULES,
)
HEADER = (
    "struct fops { int (*ioctl)(void); int (*read)(void); };\n"
    "struct work { void (*func)(void); };\n"
    "#define INIT_WORK(w, f) ((w)->func = (f))\n"
    "int request_irq(int irq, int (*handler)(int), void *data);\n"
)
FUNCTIONS = "".join(f"static int {name}(void)\n{{\n}}\n" for name in "abcd")


def points(texts: Mapping[str, str]) -> set[tuple[str, str, str, int]]:
    """(kind, function, file, line) of every entry point."""
    texts = {"include/fops.h": HEADER, **texts}
    found = linked(texts)
    code = found.code
    told = entry_points(code, Resolver(code), found.callbacks, DATA, reader(texts))
    return {(DATA.entry[p.kind].kind, code.name(p.item), p.file, p.line) for p in told}


def test_a_member_tells_by_its_name_first_and_then_by_its_struct() -> None:
    text = FUNCTIONS + "struct fops o = {\n\t.ioctl = a,\n\t.read = b,\n};\n"
    assert points({"a.c": text}) == {("ioctl", "a", "a.c", 14), ("file", "b", "a.c", 15)}


def test_what_is_handed_to_a_function_is_told_by_the_argument() -> None:
    text = FUNCTIONS + "void f(void)\n{\n\trequest_irq(1, a, b);\n}\n"
    assert points({"a.c": text}) == {("irq", "a", "a.c", 15)}


def test_a_function_that_hands_its_parameter_on_is_seen_through() -> None:
    text = (
        FUNCTIONS + "int mine(void *d, int (*fn)(int))\n{\n\treturn request_irq(1, fn, d);\n}\n"
        "void f(void)\n{\n\tmine(a, b);\n}\n"
    )
    assert points({"a.c": text}) == {("irq", "b", "a.c", 19)}


def test_only_the_wrapper_itself_is_meant_and_not_its_namesakes() -> None:
    wrapper = "static int mine(int (*fn)(int))\n{\n\treturn request_irq(1, fn, 0);\n}\n"
    other = "static int mine(int (*fn)(int))\n{\n\treturn 0;\n}\n"
    use = FUNCTIONS + "void f(void)\n{\n\tmine(a);\n}\n"
    assert points({"a.c": other + use, "b.c": wrapper}) == set()
    assert {p[1] for p in points({"a.c": wrapper + use})} == {"a"}


def test_the_kinds_of_calls_toml_are_taken_over() -> None:
    text = FUNCTIONS + "void f(struct work *w)\n{\n\tINIT_WORK(w, a);\n\tw->func = b;\n}\n"
    assert {p[:2] for p in points({"a.c": text})} == {("work", "a"), ("work", "b")}


def test_a_macro_at_the_head_names_the_function() -> None:
    text = "SYSCALL_DEFINE1(close, int, fd)\n{\n\treturn 0;\n}\n"
    assert points({"a.c": text}) == {("syscall", "sys_close", "a.c", 1)}


def test_a_name_counts_only_with_its_word_in_the_head() -> None:
    text = "asm long sys_one(void)\n{\n}\nlong sys_two(void)\n{\n}\nasm long one(void)\n{\n}\n"
    assert points({"a.c": text}) == {("syscall", "sys_one", "a.c", 1)}


def test_a_function_is_listed_once_for_each_kind() -> None:
    text = (
        FUNCTIONS + "struct fops o = { .ioctl = a, .read = a };\nstruct fops p = { .ioctl = a };\n"
    )
    assert points({"a.c": text}) == {("ioctl", "a", "a.c", 13), ("file", "a", "a.c", 13)}


def test_the_data_file_covers_every_deferred_kind_and_knows_what_never_runs_under_a_lock() -> None:
    entries = load_entries().entry
    assert {row.kind for row in load_call_rules().deferred} <= {e.deferred for e in entries}
    never = {e.kind for e in entries if e.under == "never"}
    assert {"system call", "start-up function", "interrupt handler", "thread function"} <= never


WRONG = {
    'kind = "x"\nunder = "never"\nfields = ["no_member"]': "entry[0].fields",
    'kind = "x"\nunder = "never"\narguments = ["f"]': "entry[0].arguments",
    'kind = "x"\nunder = "never"\nmacros = ["A-B"]': "entry[0].macros",
    'kind = "x"\nunder = "never"\nnamed = "("\nword = "w"': "entry[0].named",
    'kind = "x"\nunder = "never"\nnamed = "a"': "entry[0].named",
    'kind = "x"\nunder = "never"\ndeferred = "y"': "entry[0].deferred",
    'kind = "x"\nunder = "never"\n[[entry]]\nkind = "x"\nunder = "may"': "entry[1].kind",
    'kind = "x"\nunder = "sometimes"': "$.entry[0].under",
    'kind = "x"\nunder = "may"\nfield = []': "field",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_file_is_refused_with_its_name_and_the_key(text: str, tmp_path: Path) -> None:
    path = tmp_path / "entries.toml"
    path.write_text(f"[[entry]]\n{text}\n")
    with pytest.raises(DataError) as error:
        checked(load_toml(path, EntryData), path.name, RULES)
    assert "entries.toml" in str(error.value)
    assert WRONG[text] in str(error.value)


def test_a_kind_keeps_what_it_says_itself() -> None:
    entry = Entry("work", "never", deferred="work", arguments=("F:0",))
    (row,) = checked(EntryData((entry,)), "entries.toml", RULES).entry
    assert msgspec.structs.asdict(row) | {"fields": ("work.func",)} == msgspec.structs.asdict(row)
    assert row.arguments == ("INIT_WORK:1", "F:0")
