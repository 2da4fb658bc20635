"""For any texts: what git's diff says is what is applied, and every line is followed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lockmap.errors import PatchError
from lockmap.patch.apply import Applier
from lockmap.tree.folder import FolderSource
from lockmap.tree.selection import load_selection

from .conftest import Workshop, git, patch_of, write

LINE = st.sampled_from([b"a", b"b", b"{", b"}", b"", b"-- ", b"+x", b"--- a/f", b"@@ -1 +1 @@",
                        b"diff --git a/x b/x", b"\xff", b"r\r", b"\tif (x)"])  # fmt: skip
TEXT = st.tuples(st.lists(LINE, max_size=25), st.booleans()).map(
    lambda made: b"\n".join(made[0]) + (b"\n" if made[1] and made[0] else b"")
)
NAME = st.sampled_from(["mm/a.c", "mm/b.c", "c d.h", "ä/e.c"])
TREE = st.dictionaries(NAME, TEXT, max_size=4)
FLAGS = st.lists(
    st.sampled_from(["-M", "-C", "-U1", "-U8", "--full-index", "--minimal", "--patience"]),
    max_size=3, unique=True,
)  # fmt: skip
QUICK = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workshop]:
    yield Workshop(tmp_path)


@QUICK
@given(old=TREE, new=TREE, flags=FLAGS)
def test_a_diff_of_git_gives_the_new_text_and_a_true_line_map(
    shop: Workshop, old: dict[str, bytes], new: dict[str, bytes], flags: list[str]
) -> None:
    text = shop.diff(old, new, *flags)
    if not text:
        return
    applied = shop.apply(old, text)
    assert {**old, **applied.files} == {**dict.fromkeys(old), **new}
    assert applied.notes == () or {note.kind for note in applied.notes} == {"no-context"}
    for path, content in applied.files.items():
        origin = applied.renamed.get(path) or applied.copied.get(path) or path
        before = old.get(origin, b"").split(b"\n")
        after = (content or b"").split(b"\n")
        lines = applied.maps[path]
        kept = {line for line in range(1, len(after) + 1) if lines.old_line(line) is not None}
        for line in range(1, len(before)):  # each that ends in a newline
            there = lines.new_line(line)
            if there is not None:
                assert after[there - 1] == before[line - 1]
                assert lines.old_line(there) == line
                assert there in kept
        changed = {line for span in applied.changed_lines(path) for line in span}
        assert not changed & kept


@QUICK
@given(
    old=TEXT, new=TEXT, other=st.none() | TEXT,
    edits=st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=3)), max_size=2),
)  # fmt: skip
def test_what_git_applies_is_applied_and_what_it_refuses_is_refused(
    shop: Workshop, old: bytes, new: bytes, other: bytes | None, edits: list[tuple[int, bytes]]
) -> None:
    """On another text than it was made for, and damaged: as git itself, in a folder."""
    text = shop.diff({"a.c": old}, {"a.c": new})
    other = old if other is None else other
    for at, put in edits:
        text = text[:at] + put + text[at + len(put) :]
    plain = shop.tree.parent / "plain"
    plain.mkdir(exist_ok=True)
    for left in plain.rglob("*"):
        if left.is_file():
            left.unlink()
    write(plain, {"a.c": other})
    git(plain, "apply", "--whitespace=nowarn", text=text, check=False)
    by_git = (plain / "a.c").read_bytes() if (plain / "a.c").exists() else None
    write(shop.tree, {"a.c": other})
    with Applier(FolderSource(str(shop.tree), load_selection())) as applier:
        try:
            applied = applier.apply(patch_of(text))
        except PatchError:
            assert by_git == other
            return
    if {note.kind for note in applied.notes} & {"fuzz", "no-context"}:
        return  # git was not asked to be so lenient
    assert applied.files.get("a.c", other) == by_git
