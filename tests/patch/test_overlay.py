"""A patched tree reads like any other: listing, stamps, bytes, problems."""

from __future__ import annotations

import pickle

import pytest

from lockmap.patch.overlay import Patched
from lockmap.tree.open import source_version
from lockmap.tree.source import ReadProblem

from .conftest import Workshop

TREE = {
    "Makefile": b"VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n",
    "mm/a.c": b"a\n",
    "mm/b.c": b"b\n",
    "mm/c.c": b"c\n",
    "tools/t.c": b"t\n",
}


def test_changed_new_and_deleted_files(workshop: Workshop) -> None:
    below = workshop.source(TREE)
    tree = Patched(below, {"mm/a.c": b"new a\n", "fs/z.c": b"z\n", "mm/b.c": None})
    listed = tree.list().entries
    assert [(entry.path, entry.size) for entry in listed] == [
        ("fs/z.c", 2),
        ("mm/a.c", 6),
        ("mm/c.c", 2),
    ]
    assert [content for _, content in tree.read_many(listed)] == [b"z\n", b"new a\n", b"c\n"]
    assert tree.read("mm/a.c") == b"new a\n"
    with pytest.raises(ReadProblem, match="deleted by the patch"):
        tree.read("mm/b.c")
    assert (tree.root, tree.revision) == (below.root, "")
    assert tree.label == f"{below.label} with 3 files patched"


def test_only_files_that_the_tree_would_list_are_listed(workshop: Workshop) -> None:
    files = {"mm/Makefile": b"obj-y\n", "tools/new.c": b"t\n", "mm/.x.c": b"x\n"}
    tree = Patched(workshop.source(TREE), files)
    assert [entry.path for entry in tree.list().entries] == ["mm/a.c", "mm/b.c", "mm/c.c"]
    assert tree.read("mm/Makefile") == b"obj-y\n"


def test_the_stamp_is_that_of_the_content(workshop: Workshop) -> None:
    below = workshop.source(TREE)

    def stamps(content: bytes) -> dict[str, str]:
        tree = Patched(below, {"mm/a.c": content})
        return {entry.path: entry.stamp for entry in tree.list().entries}

    assert stamps(b"x\n") == stamps(b"x\n")
    assert stamps(b"x\n")["mm/a.c"] != stamps(b"y\n")["mm/a.c"]
    unpatched = {entry.path: entry.stamp for entry in below.list().entries}
    assert stamps(b"x\n")["mm/b.c"] == unpatched["mm/b.c"]


def test_it_can_be_pickled_and_its_version_told(workshop: Workshop) -> None:
    files = {"Makefile": TREE["Makefile"].replace(b"12", b"13"), "mm/a.c": b"x\n"}
    tree = pickle.loads(pickle.dumps(Patched(workshop.source(TREE), files)))
    assert tree.read("mm/a.c") == b"x\n"
    version = source_version(tree)
    assert version is not None
    assert version.text.startswith("6.13")


def test_problems_belong_to_what_is_read_now(workshop: Workshop) -> None:
    below = workshop.source({**TREE, "mm/\udce4.c": b"odd\n"})
    assert [problem.kind for problem in below.list().problems] == ["bad-name"]
    assert Patched(below, {"mm/\udce4.c": None}).list().problems == ()
    again = Patched(below, {"mm/\udce4.c": b"x\n"}).list()
    assert [problem.kind for problem in again.problems] == ["bad-name"]
    big = Patched(below, {"mm/a.c": bytes(below.selection.max_bytes + 1)})
    assert ("mm/a.c", "too-big") in [(p.path, p.kind) for p in big.list().problems]
    with pytest.raises(ReadProblem, match="are not read"):
        big.read("mm/a.c")
