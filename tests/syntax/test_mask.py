"""Masks: each kernel idiom, unreadable to a C grammar, reads whole and keeps its length."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockmap.data import queries_dir
from lockmap.errors import DataError
from lockmap.syntax import mask_data, queries
from lockmap.syntax.lex import blank
from lockmap.syntax.mask import load_masks
from lockmap.syntax.parse import parse_function
from tests.syntax.test_lex import TEXTS

BODIES = {
    "a loop macro with braces": b"for_each_vma(vmi, vma) { f(vma); }",
    "a loop macro without": b"list_for_each_entry(a, b, c)\n\t\tf(a);",
    "both halves of a loop": b"do_each_thread(g, p) { f(p); } while_each_thread(g, p);",
    "do and its other half": b"do { f(p); } while_each_thread(g, p);",
    "a guard": b"guard(mmap_read_lock)(mm);",
    "a guard's block": b"scoped_guard(mmap_read_lock, mm) { f(); }",
    "a class": b"CLASS(fd, f)(n);",
    "case ranges": b"switch (a) { case 1 ... 5: f(); break; default: g(); }",
    "asm goto": b'asm goto("1: jmp" : : "i"(k) : : l_yes); f(); l_yes: g();',
    "asm_volatile_goto": b'asm_volatile_goto("1: jmp" : : "i"(k) : : l_yes); f(); l_yes: g();',
    "computed goto": b"static void *t[] = { &&a, &&b };\n\tgoto *t[i];\na: f();\nb: g();",
    "an operator as argument": b"ASSERTCMP(a->b, ==, c); ASSERTCMP(n, >, 0);",
    "a type as argument": b"x = min_t(unsigned long, a, b); y = container_of(p, struct foo, m);",
    "a pointer type as argument": b"x = va_arg(ap, struct foo *);",
    "typeof": b"typeof(a->b) c = a->b;",
    "typeof a member": b"typeof_member(struct foo, bar) c = f;",
    "a bitmap": b"struct { int a; DECLARE_BITMAP(mask, NR_CPUS); } *args; DECLARE_BITMAP(b, 9);",
    "statement expressions": b"x = ({ int y = f(); if (y) g(); y; });",
    "and between array elements": b"if (a[0] && b[0]) f();",
    "offsetof": b"x = offsetof(struct foo, bar[1].baz);",
    "attributes": b"int __maybe_unused a; char __user *b;",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_idiom_reads_whole(body: bytes) -> None:
    clean = blank(b"int f(int a)\n{\n\t" + body + b"\n}\n")
    masked = load_masks().apply(clean, clean.index(b"{"))
    assert len(masked) == len(clean)
    readings = parse_function(clean, clean.index(b"{"), load_masks())
    assert [r.whole for r in readings] == [True], masked.decode()


HEADERS = {
    "system call": b"SYSCALL_DEFINE2(f, unsigned long, a, char __user *, b)",
    "without parameters": b"SYSCALL_DEFINE0(f)",
    "compat": b"COMPAT_SYSCALL_DEFINE1(f, int, a)",
    "exception": b"DEFINE_IDTENTRY_RAW(exc_page_fault)",
    "sections": b"static int __init noinline f(void)",
    "a section in capitals": b"static int INITSECTION\nf(int a)",
    "sparse": b"int f(int a)\n\t__acquires(a) __releases(b)",
    "old style": b"int f(a)\n\tint a;",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_header_reads_whole(header: bytes) -> None:
    clean = header + b"\n{\n\tg();\n}\n"
    readings = parse_function(clean, clean.index(b"{"), load_masks())
    assert [r.whole for r in readings] == [True]


def test_a_type_in_capitals_is_no_decoration() -> None:
    clean = b"static struct FOO f(void)\n{\n}\n"
    assert load_masks().apply(clean, clean.index(b"{")) == clean
    clean = b"static UINT32 f(void)\n{\n}\n"
    assert b"UINT32" in load_masks().apply(clean, clean.index(b"{"))


def test_every_arm_is_read_where_they_cannot_stand_together() -> None:
    arms = b"#if A\n\tone(\n#elif B\n\ttwo(\n#else\n\tthree(\n#endif\n"
    clean = b"int f(int a)\n{\n\tg(a,\n" + arms + b"\ta));\n}\n"
    readings = parse_function(clean, clean.index(b"{"), load_masks())
    assert [(r.arm, r.whole) for r in readings] == [
        ("first", True),
        ("arm 2", True),
        ("last", True),
    ]
    for reading, name in zip(readings, (b"one", b"two", b"three"), strict=True):
        assert name in (reading.tree.root_node.text or b"")


@given(TEXTS, st.integers(0, 200))
@settings(max_examples=300, deadline=None)
def test_masks_keep_the_length_of_anything(text: bytes, body: int) -> None:
    clean = blank(text)
    assert len(load_masks().apply(clean, min(body, len(clean)))) == len(clean)
    assert len(load_masks().attributes(clean)) == len(clean)


def test_a_query_the_grammar_refuses_names_its_file(tmp_path, monkeypatch) -> None:
    (tmp_path / "syntax").mkdir()
    (tmp_path / "syntax" / "bad.scm").write_text("(no_such_node) @x")
    monkeypatch.setattr(queries, "queries_dir", lambda: tmp_path)
    with pytest.raises(DataError, match=r"bad\.scm"):
        queries.load_query("bad")
    with pytest.raises(DataError, match=r"missing\.scm"):
        queries.load_query("missing")


def test_every_query_compiles() -> None:
    names = [p.stem for p in (queries_dir() / "syntax").glob("*.scm")]
    assert names
    for name in names:
        assert queries.load_query(name).capture_count > 0


def test_a_mask_that_is_no_pattern_names_its_file(tmp_path, monkeypatch) -> None:
    written = (queries_dir() / "syntax" / "masks.toml").read_text(encoding="utf-8")
    (tmp_path / "syntax").mkdir()
    (tmp_path / "syntax" / "masks.toml").write_text(
        written.replace('"while_each_', '"(while_each_')
    )
    monkeypatch.setattr(mask_data, "queries_dir", lambda: tmp_path)
    with pytest.raises(DataError, match=r"masks\.toml"):
        mask_data.load_mask_data()
