"""Whatever a patch says, nothing is written outside, and what is left out is told."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from lockmap.errors import PatchError
from lockmap.patch.apply import Applier

from .conftest import Workshop, numbered, patch_of

OLD = {"mm/mmap.c": numbered(30), "mm/rmap.c": b"rmap\n"}


def making(name: bytes, mode: bytes = b"100644") -> bytes:
    return (
        b"diff --git " + name + b" " + name.replace(b"a/", b"b/", 1) + b"\nnew file mode " + mode
        + b"\n--- /dev/null\n+++ " + name.replace(b"a/", b"b/", 1) + b"\n@@ -0,0 +1 @@\n+x\n"
    )  # fmt: skip


def everything(top: Path) -> set[str]:
    return {str(path) for path in top.rglob("*")}


@pytest.mark.parametrize(
    "name",
    [
        b"a/../outside.c",
        b"a/mm/../../outside.c",
        b"a//../outside.c",
        b"a/.git/hooks/post-checkout",
        b"a/mm/.GIT/config",
        b'"a/..\\057outside.c"',
        b'"a/mm/x\\000.c"',
        b"a/./x.c",
        b"a/" + b"x/" * 100_000 + b"x.c",
    ],
    ids=lambda name: name[:20].decode(),
)
def test_names_that_lead_elsewhere(workshop: Workshop, tmp_path: Path, name: bytes) -> None:
    source = workshop.source(OLD)
    before = everything(tmp_path)
    with Applier(source) as applier, pytest.raises(PatchError):
        applier.apply(patch_of(making(name)))
    assert everything(tmp_path) == before


def test_an_absolute_name_in_a_plain_diff(workshop: Workshop) -> None:
    text = b"--- /etc/passwd\n+++ /etc/passwd\n@@ -1 +1 @@\n-root\n+toor\n"
    for strip in (0, 1):
        with pytest.raises(PatchError):
            workshop.apply(OLD, text, strip)


def test_a_rename_out_of_the_tree(workshop: Workshop) -> None:
    text = b"diff --git a/mm/rmap.c b/mm/r.c\nrename from mm/rmap.c\nrename to ../r.c\n"
    with pytest.raises(PatchError, match="no path inside the tree"):
        workshop.apply(OLD, text)


def test_a_link_is_neither_made_nor_written_through(workshop: Workshop, tmp_path: Path) -> None:
    link = making(b"a/out", b"120000").replace(b"+x\n", b"+/tmp\n")
    applied = workshop.apply(OLD, link + making(b"a/out/x.c"))
    assert [(note.kind, note.path) for note in applied.notes] == [("symlink", "out")]
    assert set(applied.files) == {"out/x.c"}  # a name in memory, and no file anywhere
    assert not Path("/tmp/x.c").exists()


def test_a_link_in_the_tree_is_not_followed(workshop: Workshop, tmp_path: Path) -> None:
    source = workshop.source(OLD)
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.c").write_bytes(b"key\n")
    (workshop.tree / "out").symlink_to(secret)
    (workshop.tree / "key.c").symlink_to(secret / "key.c")
    texts = [
        b"--- a/%s\n+++ b/%s\n@@ -1 +1 @@\n-key\n+kez\n" % (name, name)
        for name in (b"out/key.c", b"key.c")
    ]
    with Applier(source) as applier:
        applied = applier.apply(patch_of(b"".join(texts)))
    assert applied.files == {}
    assert [(note.kind, note.path) for note in applied.notes] == [
        ("unread", "out/key.c"),
        ("unread", "key.c"),
    ]


def test_binary_changes_are_left_out_and_told(workshop: Workshop) -> None:
    old = {**OLD, "logo.bin": b"\0\1" * 50}
    new = {"mm/mmap.c": numbered(30, l7=b"x"), "mm/rmap.c": b"rmap\n", "logo.bin": b"\0\2" * 50}
    for flag in ("--binary", "--full-index"):
        applied = workshop.apply(old, workshop.diff(old, new, flag))
        assert set(applied.files) == {"mm/mmap.c"}
        assert [(note.kind, note.path) for note in applied.notes] == [("binary", "logo.bin")]


def test_a_submodule_is_left_out_and_told(workshop: Workshop) -> None:
    text = (
        b"diff --git a/sub b/sub\nindex 1111111..2222222 160000\n--- a/sub\n+++ b/sub\n"
        b"@@ -1 +1 @@\n-Subproject commit 1\n+Subproject commit 2\n"
    )
    applied = workshop.apply(OLD, text)
    assert (applied.files, [note.kind for note in applied.notes]) == ({}, ["submodule"])


def test_a_change_of_mode_is_told(workshop: Workshop) -> None:
    text = b"diff --git a/mm/rmap.c b/mm/rmap.c\nold mode 100644\nnew mode 100755\n"
    applied = workshop.apply(OLD, text)
    assert (applied.files, [note.kind for note in applied.notes]) == ({}, ["mode"])


def test_zero_bytes_in_a_text(workshop: Workshop) -> None:
    old, new = {"a.c": b"a\0\nb\n"}, {"a.c": b"a\0\nc\0\n"}
    assert workshop.apply(old, workshop.diff(old, new, "--text")).files == new


def test_git_is_not_told_what_the_user_set(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / ".config/git").mkdir(parents=True)
    config = (
        '[core]\n\tattributesFile = ~/attributes\n\tautocrlf = true\n[diff "evil"]\n'
        "\ttextconv = touch /tmp/lockmap-was-run;\n\tcommand = touch /tmp/lockmap-was-run;\n"
        "[apply]\n\twhitespace = fix\n"
    )
    (home / ".gitconfig").write_text(config)
    (home / "attributes").write_text("* diff=evil\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", str(workshop.repo / ".git"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "touch /tmp/lockmap-was-run;")
    old, new = {"a.c": b"a\n"}, {"a.c": b"b  \n"}
    applied = workshop.apply(old, workshop.diff(old, new))
    assert applied.files == new
    assert applied.changed_lines("a.c") == (range(1, 2),)
    assert not Path("/tmp/lockmap-was-run").exists()


def test_a_full_disk_is_told(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    text = workshop.diff(OLD, {**OLD, "mm/rmap.c": b"r\n"})
    source = workshop.source(OLD)
    with Applier(source) as applier, monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", refuse)
        with pytest.raises(PatchError, match="No space left"):
            applier.apply(patch_of(text))
        patched.undo()
        assert applier.apply(patch_of(text)).files == {"mm/rmap.c": b"r\n"}


def test_after_a_refused_patch_the_next_finds_its_files(workshop: Workshop) -> None:
    text = workshop.diff(OLD, {**OLD, "mm/rmap.c": b"r\n"})
    with Applier(workshop.source(OLD)) as applier:
        with pytest.raises(PatchError):
            applier.apply(patch_of(text + making(b"a/../x.c")))
        assert applier.apply(patch_of(text)).files == {"mm/rmap.c": b"r\n"}


def test_ten_thousand_hunks_take_seconds_at_most(workshop: Workshop) -> None:
    size = 80_000
    old = b"".join(b"line %d\n" % n for n in range(size))
    new = b"".join((b"new %d\n" if n % 8 == 4 else b"line %d\n") % n for n in range(size))
    text = workshop.diff({"a.c": old}, {"a.c": new})
    assert text.count(b"\n@@ ") == 10_000
    start = time.process_time()
    applied = workshop.apply({"a.c": old}, text)
    assert applied.files == {"a.c": new}
    assert len(applied.maps["a.c"].changes) == 10_000
    assert time.process_time() - start < 10
