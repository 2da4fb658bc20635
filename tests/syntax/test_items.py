"""Chunks and items: which stretch of a file is a function, a macro, a type."""

import pytest
from hypothesis import given, settings

from lockmap.syntax.items import items
from lockmap.syntax.lex import blank
from lockmap.syntax.split import split, whole
from tests.syntax.test_lex import TEXTS


def kinds(text: bytes) -> list[tuple[str, bytes]]:
    """(kind, the item's first word) of every item."""
    clean = blank(text)
    return [(i.kind, clean[i.start : i.end].split(b"(")[0].split()[-1]) for i in items(clean)]


def only(text: bytes, kind: str) -> list[bytes]:
    clean = blank(text)
    return [clean[i.start : i.end] for i in items(clean) if i.kind == kind]


FUNCTIONS = {
    "plain": b"int f(int a)\n{\n}\n",
    "one line": b"static inline int f(void) { return 1; }\n",
    "old style": b"int f(a, b)\n\tint a;\n\tchar *b;\n{\n}\n",
    "attributes after the list": b"int f(int a) __acquires(x) __releases(y)\n{\n}\n",
    "definer": b"SYSCALL_DEFINE1(f, int, a)\n{\n}\n",
    "split braces": b"int f(int a)\n{\n#ifdef A\nif (a) {\n#else\nif (!a) {\n#endif\n}\n}\n",
    "two headers": b"#ifdef A\nint f(int a)\n#else\nint f(long a)\n#endif\n{\n}\n",
    "after a macro without semicolon": b"EXPORT_SYMBOL(g)\nint f(void)\n{\n}\n",
}


@pytest.mark.parametrize("text", FUNCTIONS.values(), ids=FUNCTIONS)
def test_one_function(text: bytes) -> None:
    found = only(text, "function")
    assert len(found) == 1
    assert found[0].rstrip().endswith(b"}")
    assert b"EXPORT" not in found[0]


TYPES = {
    "struct": b"struct f { int a; };",
    "attribute before the name": b"struct __attribute__((packed)) f { int a; };",
    "macro that names a type": b"TYPE_SAFE(struct f) { int a; };",
}


@pytest.mark.parametrize("text", TYPES.values(), ids=TYPES)
def test_one_type_and_no_function(text: bytes) -> None:
    assert len(only(text, "type")) == 1
    assert not only(text, "function")


def test_a_typedef_with_an_attribute_is_no_old_style_function() -> None:
    text = b"typedef int __attribute__((vector_size(16))) v_t;\n\nstruct f {\n int a;\n};\n"
    assert [k for k, _ in kinds(text)] == ["other", "type"]


def test_macros_are_items_wherever_they_are_defined() -> None:
    text = b"#define A(x) f(x)\nint g(void)\n{\n#define B(x) h(x)\n\tB(1);\n#undef B\n}\n"
    assert [i.name for i in items(text) if i.kind == "macro"] == ["A", "B"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (b"#define LOCK_IT lock(mm)\n", ["LOCK_IT"]),
        (b"#define LOCK_IT \\\n\tlock(mm)\n", ["LOCK_IT"]),
        (b"#define SIZE 4096\n", []),
        (b"#define NEGATIVE (-1)\n", []),
    ],
)
def test_macros_without_parameters_count_when_they_call(text: bytes, named: list[str]) -> None:
    assert [i.name for i in items(text) if i.kind == "macro"] == named


def test_what_stands_between_directives_is_an_item() -> None:
    text = b"#ifdef A\nDEFINE_GUARD(lock, lock(_T), unlock(_T))\n#endif\n"
    assert kinds(text) == [("other", b"DEFINE_GUARD")]


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_chunks_cover_the_text_and_items_lie_in_it(text: bytes) -> None:
    clean = blank(text)
    chunks = split(clean)
    assert b"".join(clean[c.start : c.end] for c in chunks) == clean
    assert all(c.line == clean.count(b"\n", 0, c.start) + 1 for c in chunks)
    index = 0
    while index < len(chunks):
        chunk, after = whole(clean, chunks, index)
        assert after > index
        index = after
        size = chunk.end - chunk.start
        for item in items(clean[chunk.start : chunk.end]):
            assert 0 <= item.start <= item.body <= item.end <= size
