"""Any text at all comes out as rules or not; nothing breaks, and no place lies outside the text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from documented.readers import in_rst, reader

_PIECES = st.sampled_from(
    [
        *(
            "/*",
            "*/",
            "//",
            "/**",
            " * ",
            "\n",
            "\n\n",
            "\t",
            " ",
            '"',
            "'",
            "\\",
            "\\\n",
            "#if 0\n",
        ),
        *("mmap_lock", "mmap_sem", "VMA lock", "i_mmap_rwsem", "vma->vm_mm->mmap_lock", "@a:"),
        *("Called with ", " held for writing", "must be held", "protected by ", "Context: ", "->"),
        *("struct s {", "int a;", "};", "int f(void)", "{", "}", "(", ")", ";", "typedef ", ": "),
        *("__must_hold(", "__guarded_by(&", "SYSCALL_DEFINE1(x, ", "\xe9", "\u202e", "\0", "]]>"),
        *("===== ====\n", ".. table:: x\n", "   ", "* ", ":c:func:`!", "`", "::\n", "|", "+--+\n"),
        *(
            ".. include:: x\n",
            ".. list-table::\n   :header-rows: 9\n",
            "Field",
            "Write lock",
            "-\n",
        ),
    ]
)
_TEXTS = st.lists(_PIECES, max_size=60).map("".join)


@given(_TEXTS)
@settings(max_examples=300, deadline=None)
def test_any_text_as_c(text: str) -> None:
    raw = text.encode()
    lines = raw.split(b"\n")
    for found in reader().of_c("mm/x.c", raw):
        assert 1 <= found.line <= len(lines)
        assert 1 <= found.column <= len(lines[found.line - 1]) + 1


@given(_TEXTS)
@settings(max_examples=300, deadline=None)
def test_any_text_as_a_document(text: str) -> None:
    for found in in_rst(f"mmap_lock\n\n{text}"):
        assert found.line >= 1


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_bytes(raw: bytes) -> None:
    reader().of_c("x.h", b"/* mmap_lock " + raw)
    reader().of_document("x.rst", b"mmap_lock\n" + raw)
    reader().of_document("Locking", b"--- a ---\n\t\tmmap_sem\n" + raw)


def test_deep_nesting_is_said_to_be_unreadable() -> None:
    text = "mmap_lock\n\n" + "\n".join("  " * n + "* x" + "\n" for n in range(2000))
    assert all(found.kind == "unread" for found in in_rst(text))
