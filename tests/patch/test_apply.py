"""A patch is applied in memory, as git does, and says which lines it changed."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import pytest

from lockmap.errors import PatchError
from lockmap.patch.apply import Applier, apply_all
from lockmap.patch.linemap import Change
from lockmap.tree.git import open_git
from lockmap.tree.selection import load_selection

from .conftest import Workshop, numbered, patch_of

OLD = {"mm/mmap.c": numbered(30), "mm/rmap.c": b"rmap\n"}


def test_a_change_gives_the_new_bytes_and_its_lines(workshop: Workshop) -> None:
    new = {**OLD, "mm/mmap.c": numbered(30, l7=b"x\ny", l20=b"z")}
    applied = workshop.apply(OLD, workshop.diff(OLD, new))
    assert applied.files == {"mm/mmap.c": new["mm/mmap.c"]}
    assert applied.changed_lines("mm/mmap.c") == (range(7, 9), range(21, 22))
    assert applied.maps["mm/mmap.c"].changes == (Change(7, 1, 7, 2), Change(20, 1, 21, 1))
    assert applied.notes == ()
    assert (workshop.tree / "mm/mmap.c").read_bytes() == OLD["mm/mmap.c"]


def test_files_made_and_deleted(workshop: Workshop) -> None:
    new = {"mm/mmap.c": OLD["mm/mmap.c"], "mm/new.c": b"one\ntwo\n"}
    applied = workshop.apply(OLD, workshop.diff(OLD, new, "--no-renames"))
    assert applied.files == {"mm/new.c": b"one\ntwo\n", "mm/rmap.c": None}
    assert applied.changed_lines("mm/new.c") == (range(1, 3),)
    assert applied.maps["mm/rmap.c"].new_line(1) is None


def test_an_empty_file_made(workshop: Workshop) -> None:
    applied = workshop.apply(OLD, workshop.diff(OLD, {**OLD, "mm/empty.c": b""}))
    assert applied.files == {"mm/empty.c": b""}


def test_a_rename_follows_the_lines(workshop: Workshop) -> None:
    new = {"mm/vma.c": numbered(30, l7=b"x"), "mm/rmap.c": b"rmap\n"}
    applied = workshop.apply(OLD, workshop.diff(OLD, new, "-M"))
    assert applied.files == {"mm/mmap.c": None, "mm/vma.c": new["mm/vma.c"]}
    assert applied.renamed == {"mm/vma.c": "mm/mmap.c"}
    assert applied.changed_lines("mm/vma.c") == (range(7, 8),)


def test_a_copy_follows_the_lines(workshop: Workshop) -> None:
    new = {**OLD, "mm/vma.c": numbered(30, l7=b"x")}
    applied = workshop.apply(OLD, workshop.diff(OLD, new, "-C", "--find-copies-harder"))
    assert applied.files == {"mm/vma.c": new["mm/vma.c"]}
    assert (applied.renamed, applied.copied) == ({}, {"mm/vma.c": "mm/mmap.c"})
    assert applied.changed_lines("mm/vma.c") == (range(7, 8),)


def test_two_files_that_change_places(workshop: Workshop) -> None:
    old = {"a.c": numbered(30), "b.c": numbered(30).replace(b"line", b"row")}
    text = (
        b"diff --git a/a.c b/b.c\nrename from a.c\nrename to b.c\n"
        b"diff --git a/b.c b/a.c\nrename from b.c\nrename to a.c\n"
    )
    applied = workshop.apply(old, text)
    assert applied.files == {"a.c": old["b.c"], "b.c": old["a.c"]}
    assert applied.changed_lines("a.c") == applied.changed_lines("b.c") == ()


def test_the_same_file_twice_in_one_text(workshop: Workshop) -> None:
    middle = {**OLD, "mm/mmap.c": numbered(30, l7=b"x")}
    new = {**OLD, "mm/mmap.c": numbered(30, l7=b"x", l20=b"y")}
    text = workshop.diff(OLD, middle) + workshop.diff(middle, new)
    applied = workshop.apply(OLD, text)
    assert applied.files == {"mm/mmap.c": new["mm/mmap.c"]}
    assert applied.changed_lines("mm/mmap.c") == (range(7, 8), range(20, 21))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"a\nb", b"a\nc"),
        (b"a\nb", b"a\nb\n"),
        (b"a\nb\n", b"a\nb"),
        (b"a\r\nb\r\n", b"a\r\nc\r\n"),
        (b"a\r\nb\r\n", b"a\nb\n"),
        (b"\xe9 latin\nb\n", b"\xe9 latin\nc\n"),
        (b"old\rmac\rb\n", b"old\rmac\rc\n"),
        (b"page\n\x0c\nb\n", b"page\n\x0c\nc\n"),
    ],
    ids=["neither ends", "newline made", "newline lost", "crlf", "to lf", "latin", "cr", "feed"],
)
def test_line_ends_and_bytes_stay_as_they_are(workshop: Workshop, old: bytes, new: bytes) -> None:
    applied = workshop.apply({"a.c": old}, workshop.diff({"a.c": old}, {"a.c": new}))
    assert applied.files == {"a.c": new}


def test_a_patch_cut_from_a_tool_without_the_last_newline(workshop: Workshop) -> None:
    text = workshop.diff({"a.c": b"a\n"}, {"a.c": b"b\n"}).removesuffix(b"\n")
    assert workshop.apply({"a.c": b"a\n"}, text).files == {"a.c": b"b\n"}


def test_names_with_spaces_quotes_and_bytes_that_are_no_utf8(workshop: Workshop) -> None:
    odd = ["mm/a b.c", 'mm/"q".c', "mm/ä.c", "mm/\udce4.c", "mm/t\tb.c", "mm/n\nl.c"]
    old = dict.fromkeys(odd, b"a\n")
    applied = workshop.apply(old, workshop.diff(old, dict.fromkeys(odd, b"b\n")))
    assert applied.files == dict.fromkeys(odd, b"b\n")


def test_a_hunk_found_elsewhere_is_applied_and_told(workshop: Workshop) -> None:
    text = workshop.diff(OLD, {**OLD, "mm/mmap.c": numbered(30, l20=b"x")})
    moved = {**OLD, "mm/mmap.c": b"first\nsecond\n" + numbered(30)}
    applied = workshop.apply(moved, text)
    assert applied.changed_lines("mm/mmap.c") == (range(22, 23),)
    [note] = applied.notes
    assert (note.kind, note.path, note.hunk) == ("offset", "mm/mmap.c", 1)
    assert note.message == "applied at line 19, 2 lines from where it says"


def test_a_hunk_with_other_context_is_applied_and_told(workshop: Workshop) -> None:
    text = workshop.diff(OLD, {**OLD, "mm/mmap.c": numbered(30, l7=b"y", l20=b"x")})
    near = {**OLD, "mm/mmap.c": numbered(30, l17=b"other")}
    applied = workshop.apply(near, text)
    assert applied.changed_lines("mm/mmap.c") == (range(7, 8), range(20, 21))
    assert [(note.kind, note.path, note.hunk) for note in applied.notes] == [
        ("fuzz", "mm/mmap.c", 2)
    ]


def test_a_patch_without_context_is_applied_where_it_says_and_told(workshop: Workshop) -> None:
    new = {**OLD, "mm/mmap.c": numbered(30, l7=b"x", l20=b"z")}
    applied = workshop.apply(OLD, workshop.diff(OLD, new, "-U0"))
    assert applied.files == {"mm/mmap.c": new["mm/mmap.c"]}
    assert [note.kind for note in applied.notes] == ["no-context"]


def test_a_series_goes_on_from_what_each_patch_left(workshop: Workshop) -> None:
    versions = [
        OLD,
        {**OLD, "mm/mmap.c": numbered(30, l7=b"x")},
        {"mm/vma.c": numbered(30, l7=b"x"), "mm/rmap.c": b"rmap\n"},
        {"mm/vma.c": numbered(30, l7=b"x", l8=b"y"), "mm/rmap.c": b"more\n"},
    ]
    texts = [workshop.diff(old, new, "-M") for old, new in itertools.pairwise(versions)]
    with Applier(workshop.source(OLD)) as applier:
        for number, text in enumerate(texts, 1):
            last = applier.apply(patch_of(text, number))
        tree = applier.tree()
    assert last.changed_lines("mm/vma.c") == (range(8, 9),)
    assert [entry.path for entry in tree.list().entries] == ["mm/rmap.c", "mm/vma.c"]
    assert tree.read("mm/vma.c") == versions[-1]["mm/vma.c"]


def test_after_a_patch_that_does_not_apply_the_tree_is_as_before(workshop: Workshop) -> None:
    good = workshop.diff(OLD, {**OLD, "mm/mmap.c": numbered(30, l7=b"x")})
    half = good.replace(b"line 8", b"line 800") + workshop.diff(OLD, {**OLD, "mm/rmap.c": b"r\n"})
    with Applier(workshop.source(OLD)) as applier:
        with pytest.raises(PatchError):
            applier.apply(patch_of(half.replace(b"-line 7", b"-line 700")))
        assert applier.tree().files == {}
        assert applier.apply(patch_of(good)).changed_lines("mm/mmap.c") == (range(7, 8),)


def test_nothing_is_left_behind(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    text = workshop.diff(OLD, {**OLD, "mm/mmap.c": numbered(30, l7=b"x")})
    for applied in apply_all(workshop.source(OLD), [patch_of(text)]):
        [folder] = list(scratch.glob("lockmap-patch-*"))
        assert folder.stat().st_mode & 0o777 == 0o700
        assert set(applied.files) == {"mm/mmap.c"}
    assert list(scratch.iterdir()) == []


def test_a_tree_in_git_is_a_base_as_well(workshop: Workshop) -> None:
    text = workshop.diff(OLD, {**OLD, "mm/mmap.c": numbered(30, l7=b"x")})
    source = open_git(str(workshop.repo), "HEAD~1", load_selection())
    [applied] = apply_all(source, [patch_of(text)])
    assert applied.files == {"mm/mmap.c": numbered(30, l7=b"x")}
    source.close()
