"""Whatever text comes out of a tree, docutils shows it, and finds nothing to complain of."""

from __future__ import annotations

import pytest
from docutils import nodes
from hypothesis import given, settings
from hypothesis import strategies as st

from lockmap.escape import visible
from lockmap.kerneldoc.rst import comment, heading, paragraph, role, table, titled, width
from tests.kerneldoc.reading import read, rows

HOSTILE = [
    "* a", "- b", "• c", "1. x", "(1) x", "#. y", "A) foo", "iv. x", "====", "::", "foo::",
    "`x`_", "|a|", "[1]_", "-v opt", "--long opt", ":f: x", ":c:func:`x`", ">>> a", ".. raw:: html",
    "__ y", "a_ b__", "*emph", "**b", "``l", "\\", "\\\\", "\\\\\\", "日本語 text",
    "<script>x</script>",
    "x:\\", "/V", "\u202e rtl", "\x1b[31m", "http://x.example/c_d_", "a@b.c", ".. _x: y",
    "e\u0301",
    "x" * 200, "''", "1.", "_", "a|b|c", "]]>", "../../x", "\u2066x", "javascript:alert(1)",
]  # fmt: skip
texts = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=12), min_size=1, max_size=6).map(
    " ".join
)


@given(texts, texts, texts)
@settings(max_examples=150, deadline=None)
def test_any_text_in_a_table_is_text(title: str, one: str, two: str) -> None:
    made = table(
        ["Field", "Description", "Write lock"],
        [[[role("member", "vm_start")], [one], [two]], [[role("member", "b")], [two], [one]]],
        [20, 20, 12],
    )
    document, complaints = read(titled(made, title or "t") + "\n" + comment([one, two]))
    assert complaints == ""
    (first, *cells), _ = rows(document)[1:]
    assert first == "vm_start"
    for cell, text in zip(cells, (one, two), strict=True):
        assert cell.replace(" ", "") == visible(" ".join(text.split())).replace(" ", "")


@given(texts)
@settings(max_examples=150, deadline=None)
def test_any_text_in_a_paragraph_is_text(text: str) -> None:
    document, complaints = read(heading("Head", "=") + "\n" + paragraph([f"So: {text}"]))
    assert complaints == ""
    assert not list(document.findall(nodes.reference))
    assert not list(document.findall(nodes.raw))


def test_what_steers_a_terminal_or_turns_text_round_is_shown_escaped() -> None:
    assert paragraph(["a \u202e b \x1b[31m c"]) == "a \\\\u202e b \\\\x1b[31m c\n"
    assert "\u202e" not in comment(["\u202e"])


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("日本", 4), ("e\u0301", 1)])
def test_columns_are_counted_as_docutils_does(text: str, columns: int) -> None:
    assert width(text) == columns


def test_names_that_are_no_names_are_no_markup() -> None:
    assert role("member", "a`b").text == "a\\`b"
