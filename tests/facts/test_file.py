"""The facts of whole files: every lock call accounted for, and nothing raises."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockmap.facts.file import read_file, triage_file
from lockmap.facts.triage import index_text
from lockmap.syntax.hashing import short_hash
from tests.facts.interest import INTEREST, lock_calls, read
from tests.syntax.test_lex import TEXTS

CALLED = {
    "in a function": ("void f(void)\n{\n\tmmap_read_lock(mm);\n}\n", [(3, 2)]),
    "through a pointer's name": ("void f(void)\n{\n\tx->mmap_read_lock(mm);\n}\n", []),
    "in a macro": ("#define L(mm) mmap_read_lock(mm)\n", [(1, 15)]),
    "in a macro without parameters": ("#define L mmap_read_lock(mm)\n", [(1, 11)]),
    "on the next line of a macro": (
        "#define L(mm) do { \\\n\tmmap_read_lock(mm); \\\n} while (0)\n",
        [(2, 2)],
    ),
    "in a macro inside a function": (
        "void f(void)\n{\n#define L(mm) mmap_read_lock(mm)\n\tL(mm);\n\tmmap_read_unlock(mm);\n}\n",
        [(3, 15), (5, 2)],
    ),
    "in a definer": (
        "DEFINE_GUARD(g, mmap_read_lock(_T), mmap_read_unlock(_T))\n",
        [(1, 17), (1, 37)],
    ),
    "in a definer between directives": (
        "#ifdef A\nDEFINE_GUARD(g, mmap_read_lock(_T))\n#endif\nint x;\n",
        [(2, 17)],
    ),
    "in an initialiser": ("int x = mmap_read_lock(mm);\n", [(1, 9)]),
    "in a condition within arms": (
        "void f(void)\n{\n#ifdef A\n\tif (mmap_read_lock(a)) {\n#else\n"
        "\tif (mmap_read_lock(b)) {\n#endif\n\t}\n}\n",
        [(4, 6), (6, 6)],
    ),
    "in every arm of an argument": (
        "void f(void)\n{\n\tg(\n#if A\n\tmmap_read_lock(1)\n#elif B\n\tmmap_read_lock(2)\n"
        "#else\n\tmmap_read_lock(3)\n#endif\n\t);\n}\n",
        [(5, 2), (7, 2), (9, 2)],
    ),
    "in CR LF": ("void f(void)\r\n{\r\n\tmmap_read_lock(mm);\r\n}\r\n", [(3, 2)]),
    "without a final newline": ("void f(void) { mmap_read_lock(mm); }", [(1, 16)]),
    "after a header cut by directives": (
        "#ifdef A\nint f(int a)\n#else\nint f(long a)\n#endif\n{\n\tmmap_read_lock(mm);\n}\n",
        [(7, 2)],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CALLED.values(), ids=CALLED)
def test_lock_calls_are_found_where_they_stand(text: str, expected: list[tuple[int, int]]) -> None:
    facts = read(text)
    assert lock_calls(facts) == expected
    assert facts.unread == ()


NOT_CALLED = {
    "a prototype": "extern void mmap_read_lock(struct mm_struct *mm);\n",
    "a prototype with an attribute": "__must_check int mmap_read_lock(struct mm_struct *mm);\n",
    "an attribute with arguments": "__attribute__((cold)) int mmap_read_lock(void *mm);\n",
    "a local prototype": "void f(void)\n{\n\textern int mmap_read_lock(struct mm_struct *);\n}\n",
    "a function pointer": "struct ops o = { .lock = mmap_read_lock };\n",
    "a definition": "void mmap_read_lock(struct mm_struct *mm)\n{\n}\n",
    "a comment": "/* mmap_read_lock(mm) */\nint x;\n",
    "a string": 'char *s = "mmap_read_lock(mm)";\n',
}


@pytest.mark.parametrize("text", NOT_CALLED.values(), ids=NOT_CALLED)
def test_what_is_no_call_is_none(text: str) -> None:
    facts = read(text)
    assert lock_calls(facts) == []
    assert facts.unread == ()


def test_a_call_that_cannot_be_read_is_listed() -> None:
    facts = read('void f(void)\n{\n\tasm("" : : "r"(mmap_read_lock(mm)));\n}\n')
    assert facts.unread == ((3, 17, "mmap_read_lock"),)


def test_members_that_are_locks_name_their_struct() -> None:
    facts = read(
        "struct mm_struct {\n\tunion { struct rw_semaphore mmap_lock; };\n};\n"
        "typedef struct {\n\tstruct mutex *mmap_lock;\n} box_t;\nstruct mm_struct *p;\n"
    )
    assert facts.members == (
        ("mm_struct", "mmap_lock", "struct rw_semaphore"),
        ("box_t", "mmap_lock", "struct mutex *"),
    )


def test_conditions_of_lines() -> None:
    facts = read("#if A\n#elif B\nvoid f(void)\n{\n\tmmap_read_lock(mm);\n}\n#else\n#endif\n")
    assert [(a.first, a.last, a.condition) for a in facts.arms] == [
        (1, 2, "A"),
        (2, 7, "!(A) && B"),
        (7, 8, "!(A || B)"),
    ]


def test_a_long_table_of_numbers_is_read_only_where_it_names_a_lock() -> None:
    table = b"".join(b"#define REG_%d 0x%x\n" % (n, n) for n in range(4000))
    assert triage_file(table, INTEREST).mentions == b""
    assert triage_file(table + b"#define L(mm) mmap_read_lock(mm)\n", INTEREST).facts.units


def test_bytes_that_are_not_utf8_are_read_and_noted() -> None:
    facts = read_file(b"/* \xf6 */\nvoid f(void) { mmap_read_lock(mm); }\n", INTEREST)
    assert lock_calls(facts) == [(2, 16)]
    assert facts.problems[0][:2] == ("not-utf8", 1)


def test_a_binary_is_noted_and_left_alone() -> None:
    assert triage_file(b"\x7fELF\0mmap_read_lock(", INTEREST).facts.problems[0][0] == "binary"


def test_definitions_are_indexed_by_name() -> None:
    found = index_text(
        b"int\nf(int a)\n{\n}\n\nstatic inline int g(void) { return 1; }\nlong h(void) {\n}\n"
        b"SYSCALL_DEFINE1(s, int, a)\n{\n}\n#define M(x) x\nstruct t {\n};\n"
        b"static struct t v = {\n};\nstatic int two(int a,\n\tint b) {\n}\n"
    )
    assert found.functions == 5
    names = ("f", "g", "h", "sys_s", "M", "t", "two")
    assert set(found.definitions.tolist()) == {short_hash(n) for n in names}


def test_mentions_are_every_name_of_the_code() -> None:
    found = index_text(b'int f(a_b); /* c */ "d"\n#define E 0x1\n')
    assert set(found.mentions.tolist()) == {short_hash(w) for w in ("int", "f", "a_b", "E")}


SAMPLE = b"""#include <linux/mm.h>
#define L(mm) do { mmap_read_lock(mm); } while (0)
struct mm_struct { struct rw_semaphore mmap_lock; };
static int f(struct mm_struct *mm)
{
\tif (mmap_read_lock(mm)) {
#ifdef A
\t\tfor_each_vma(vmi, vma) { g("x", 'y'); }
#else
\t\tmmap_read_unlock(mm);
#endif
\t}
\treturn ({ int x = g(); x; });
}
SYSCALL_DEFINE1(s, int, a)
{
\tscoped_guard(mmap_read_lock, mm) { return 1; }
}
"""


def check_any(data: bytes) -> None:
    facts = triage_file(data, INTEREST).facts
    lines = data.count(b"\n") + 1
    places = [(c.line, c.column) for c in facts.loose] + [u[:2] for u in facts.unread]
    places += lock_calls(facts)
    assert all(1 <= line <= lines and column >= 1 for line, column in places)
    assert all(1 <= s.line <= s.end_line <= lines for s in facts.spans)


@given(st.integers(0, len(SAMPLE)), st.integers(0, len(SAMPLE)), TEXTS)
@settings(max_examples=300, deadline=None)
def test_cut_text_never_raises_and_positions_lie_in_it(a: int, b: int, middle: bytes) -> None:
    check_any(SAMPLE[:a] + middle + SAMPLE[b:])
    read_file(SAMPLE[:a] + middle + SAMPLE[b:], INTEREST)


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_bytes_never_raise(data: bytes) -> None:
    check_any(data)
    read_file(data + b"mmap_read_lock(" + data, INTEREST)


LONG = {
    "calls never closed": b"void f(void)\n{\n" + b"mmap_read_lock(" * 60_000,
    "braces then closers": b"mmap_read_lock\n" + b"{" * 400_000 + b"\n}" * 200_000,
    "directives after a parenthesis": b"mmap_read_lock(\n" + b"#x\n" * 300_000,
    "attributes never closed": b"void f(void)\n{\nmmap_read_lock(1);"
    + b"__attribute__(" * 60_000
    + b"}",
    "conditionals": b"void f(void)\n{\nmmap_read_lock(1);\n" + b"#if x\n" * 80_000 + b"}\n",
    "one long line": b"mmap_read_lock(1);" + b"int a;" * 500_000,
    "parentheses and words": b"int f(mmap_read_lock" + b") a ( " * 100_000 + b"{ }\n",
}


@pytest.mark.parametrize("data", LONG.values(), ids=LONG)
def test_hostile_text_costs_seconds_and_not_hours(data: bytes) -> None:
    begun = time.process_time()
    check_any(data)
    assert time.process_time() - begun < 20
