"""Blanking: same length, same lines, and nothing left that is no code."""

from hypothesis import given, settings
from hypothesis import strategies as st

from lockmap.syntax.lex import blank, line_starts

PIECES = st.sampled_from(
    [
        b"/*",
        b"*/",
        b"//",
        b'"',
        b"'",
        b"\\",
        b"\n",
        b"\r\n",
        b"\0",
        b"\xff",
        b"#error ",
        b"#include ",
        b"f(",
        b")",
        b"{",
        b"}",
        b";",
        b"x",
        b" ",
        b"#define ",
    ]
)
TEXTS = st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=60).map(b"".join))


def code(text: bytes) -> bytes:
    return b" ".join(blank(text).split())


def test_comments_are_blanked_and_code_is_not() -> None:
    assert code(b"a(); /* b(); */ c(); // d();\ne();") == b"a(); c(); e();"


def test_a_comment_cut_off_reaches_to_the_end() -> None:
    assert code(b"a(); /* b();\n c();") == b"a();"


def test_a_line_comment_goes_on_after_a_backslash() -> None:
    assert (
        code(b"// a();\\\n b();\nc();") == b"c();" or code(b"// a();\\\n b();\nc();") == b"\\ c();"
    )
    assert b"b()" not in blank(b"// a();\\\r\n b();\r\nc();")


def test_insides_of_literals_are_blanked() -> None:
    assert code(b"""f("lock(); /*", '"', '\\'', g());""") == b"""f(" ", ' ', ' ', g());"""


def test_a_continued_string_stays_one_string() -> None:
    for newline in (b"\n", b"\r\n"):
        assert b"b()" not in blank(b'x = "a\\' + newline + b'b()"; c();')
        assert b"c();" in blank(b'x = "a\\' + newline + b'b()"; c();')


def test_apostrophes_in_directives_open_no_literal() -> None:
    assert code(b"#error don't\nf();\n#warning isn't\n") == b"f();"


def test_a_comment_may_stand_before_a_directive() -> None:
    assert code(b"/* a */ #error don't\nf();") == b"f();"


def test_a_comment_that_begins_on_an_include_line_is_still_a_comment() -> None:
    assert code(b"#include <a.h>\t/* one\n two() */\nf();") == b"f();"


def test_a_comment_that_ends_on_a_line_like_a_directive_ends() -> None:
    assert code(b"/*\n#include foo */ f();") == b"f();"


def test_an_apostrophe_in_dead_prose_swallows_no_code() -> None:
    assert b"lock();" in blank(b"#if 0\nthis isn't read and goes on for long\n#endif\nlock();")


def test_a_comment_in_a_macro_keeps_its_lines_continued_and_no_other_backslash() -> None:
    text = b"#define X(a) do { /* a\\b \\\n c */ f(a); \\\n} while (0)\n"
    assert blank(text).count(b"\\") == 2


def test_an_empty_line_in_the_comment_of_a_directive_stays_one() -> None:
    for text in (b"#/*\n\n", b"#define A /* a\n\n b */ x\n", b"#define A /*\r\n\r\n*/ x\n"):
        assert line_starts(blank(text)) == line_starts(text)
        assert blank(blank(text)) == blank(text)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_blanking_keeps_length_and_lines_and_is_idempotent(text: bytes) -> None:
    clean = blank(text)
    assert len(clean) == len(text)
    assert line_starts(clean) == line_starts(text)
    assert blank(clean) == clean


def test_hostile_quotes_cost_linear_time() -> None:
    text = b"\\'" * 200_000 + b'\\"' * 200_000
    assert len(blank(text)) == len(text)


def test_a_comment_over_several_lines_keeps_a_directive_one_line() -> None:
    text = b"#define M(a) f(a); /* b\n c */ g(a)\nint /* x\n y */ z;\n"
    clean = blank(text)
    assert clean == b"#define M(a) f(a);    \\\n      g(a)\nint     \n      z;\n"
    assert blank(clean) == clean
