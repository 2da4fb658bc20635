"""A patch that does not apply says which hunk of which file, where, and why."""

from __future__ import annotations

import pytest

from lockmap.errors import PatchError
from lockmap.patch.explain import DoesNotApply
from lockmap.patch.model import Limits

from .conftest import Workshop, numbered

OLD = {"mm/mmap.c": numbered(60), "mm/rmap.c": b"rmap\n"}
NEW = {**OLD, "mm/mmap.c": numbered(60, l7=b"x", l20=b"y", l40=b"z")}


def refusal(
    workshop: Workshop, files: dict[str, bytes], text: bytes, strip: int = 1
) -> DoesNotApply:
    with pytest.raises(DoesNotApply) as caught:
        workshop.apply(files, text, strip)
    return caught.value


def test_a_hunk_whose_context_is_not_there(workshop: Workshop) -> None:
    other = {**OLD, "mm/mmap.c": numbered(60, l40=b"other\tline")}
    error = refusal(workshop, other, workshop.diff(OLD, NEW))
    assert (error.path, error.hunk, error.line) == ("mm/mmap.c", 3, 37)
    assert str(error) == (
        "patch 1 (a change): hunk 3 of mm/mmap.c at line 37: the context is not there; "
        "the file begins to differ at line 40: it has `other   line`, the patch expects `line 40`"
    )


def test_it_is_found_where_most_of_it_stands(workshop: Workshop) -> None:
    other = {**OLD, "mm/mmap.c": b"new\n" * 10 + numbered(60, l40=b"other")}
    error = refusal(workshop, other, workshop.diff(OLD, NEW))
    assert "begins to differ at line 50: it has `other`" in str(error)


def test_a_file_that_ends_too_early(workshop: Workshop) -> None:
    error = refusal(workshop, {**OLD, "mm/mmap.c": numbered(39)}, workshop.diff(OLD, NEW))
    assert "hunk 3" in str(error)
    assert "the file ends at line 39, before `line 40`" in str(error)


def test_white_space_and_line_ends(workshop: Workshop) -> None:
    text = workshop.diff(OLD, NEW)
    tabs = {**OLD, "mm/mmap.c": numbered(60).replace(b"line 7\n", b"line  7\n")}
    assert "differ at line 7, in white space only" in str(refusal(workshop, tabs, text))
    crlf = {**OLD, "mm/mmap.c": numbered(60).replace(b"\n", b"\r\n")}
    assert "lines end in CRLF and the patch in LF" in str(refusal(workshop, crlf, text))
    last = workshop.diff({"a.c": b"a\nb\n"}, {"a.c": b"a\nc\n"})
    assert "newline at the end" in str(refusal(workshop, {"a.c": b"a\nb"}, last))


def test_other_files_that_do_not_apply_are_counted(workshop: Workshop) -> None:
    text = workshop.diff(OLD, {**NEW, "mm/rmap.c": b"new\n"})
    other = {"mm/mmap.c": b"nothing\n", "mm/rmap.c": b"nothing\n"}
    assert "(1 more file of it do not apply either)" in str(refusal(workshop, other, text))


def test_a_file_that_is_not_there(workshop: Workshop) -> None:
    error = refusal(workshop, {"mm/rmap.c": b"rmap\n"}, workshop.diff(OLD, NEW))
    assert "mm/mmap.c is not in the tree" in str(error)


def test_a_new_file_that_is_there(workshop: Workshop) -> None:
    text = workshop.diff({"mm/rmap.c": b"rmap\n"}, OLD)
    error = refusal(workshop, {**OLD, "mm/mmap.c": b"another\n"}, text)
    assert "mm/mmap.c is to be made new, but the tree has it" in str(error)


@pytest.mark.parametrize(("flags", "strip", "right"), [(["--no-prefix"], 1, 0), ([], 0, 1)])
def test_the_right_strip_level_is_told(
    workshop: Workshop, flags: list[str], strip: int, right: int
) -> None:
    error = refusal(workshop, OLD, workshop.diff(OLD, NEW, *flags), strip)
    assert f"with -p{right} instead of -p{strip}" in str(error)
    assert error.hint == f"apply it with -p{right}"


def test_a_patch_that_is_applied_already(workshop: Workshop) -> None:
    assert "already applied" in str(refusal(workshop, NEW, workshop.diff(OLD, NEW)))
    made = {**OLD, "mm/new.c": b"x\n"}
    assert "already applied" in str(refusal(workshop, made, workshop.diff(OLD, made)))


def error_of(workshop: Workshop, text: bytes, limits: Limits | None = None) -> PatchError:
    with pytest.raises(PatchError) as caught:
        workshop.apply(OLD, text, limits=limits)
    return caught.value


def test_a_text_that_is_cut_off(workshop: Workshop) -> None:
    text = workshop.diff(OLD, NEW)
    error = error_of(workshop, text[: text.index(b"-line 40")])
    assert "hunk 3 of mm/mmap.c (line 23 of the patch) is cut off" in str(error)


def test_a_line_that_a_mailer_wrapped(workshop: Workshop) -> None:
    error = error_of(workshop, workshop.diff(OLD, NEW).replace(b" line 8", b" line\n8"))
    assert "hunk 1 of mm/mmap.c (line 5 of the patch) is damaged at line 12" in str(error)
    assert "`8`" in str(error)
    assert "wrapped" in error.hint


def test_text_between_hunks(workshop: Workshop) -> None:
    text = workshop.diff(OLD, NEW).replace(b"\n@@ -17", b"\n> I wonder\n@@ -17")
    assert "line 15 of the patch: a hunk without the name of a file" in str(
        error_of(workshop, text)
    )


def test_a_combined_diff(workshop: Workshop) -> None:
    text = b"diff --cc mm/mmap.c\nindex 1,2..3\n@@@ -1,1 -1,1 +1,1 @@@\n--a\n++b\n"
    error = error_of(workshop, text)
    assert "combined diff" in str(error)
    assert "one parent" in error.hint


@pytest.mark.parametrize("text", [b"", b"\n", b"hello\n", b"\0" * 100, b"--- a\n+++ b\n"])
def test_no_diff_in_it(workshop: Workshop, text: bytes) -> None:
    assert "no diff in it" in str(error_of(workshop, text))


def test_limits(workshop: Workshop) -> None:
    text = workshop.diff(OLD, {**NEW, "mm/rmap.c": b"new\n"})
    assert "over 10 bytes" in str(error_of(workshop, text, Limits(patch_bytes=10)))
    assert "more than 2 hunks" in str(error_of(workshop, text, Limits(hunks=2)))
    assert "more than 1 files" in str(error_of(workshop, text, Limits(files=1)))
    assert "over 100 bytes" in str(error_of(workshop, text, Limits(base_bytes=100)))
    assert "more than 0.0001 seconds" in str(error_of(workshop, text, Limits(seconds=0.0001)))
