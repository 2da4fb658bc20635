"""The page about a lock: docutils takes it, hostile trees come out as text, the same each time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from scan.trees import scan_tree, write_tree

from lockmap.cli.main import cli
from lockmap.data import mini_dir
from tests.kerneldoc.reading import read, rows

MAKEFILE = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\nEXTRAVERSION =\nNAME = x\n"
HEADER = """\
struct mm_struct {
	struct rw_semaphore mmap_lock;
	/* `x`_ |a| <script>alert(1)</script> ]]> \u202e *b* :: */
	unsigned long total_vm;
	int map_count; /* .. raw:: html */
};
struct hook_ops {
	/* ../../etc [1]_ */
	int (*hook)(struct mm_struct *mm, int \u202e`a`_);
	int (*other)(void);
};
"""
CODE = """\
/**
 * grow - Make it larger.
 * @mm: The address space.
 *
 * Return: 0.
 */
int grow(struct mm_struct *mm)
{
	mmap_assert_write_locked(mm);
	mm->total_vm++;
	return mm->map_count;
}

/**
 * grow_more - Make it larger for certain.
 */
int grow_more(struct mm_struct *mm)
{
	return grow(mm);
}

/**
 * grow_maybe - Make it larger where that is asked for.
 */
int grow_maybe(struct mm_struct *mm, int a)
{
	if (!a)
		return 0;
	return grow(mm);
}

/**
 * grow_through - Go by way of a function that may not come there.
 */
int grow_through(struct mm_struct *mm, int a)
{
	return grow_maybe(mm, a);
}

static int my_hook(struct mm_struct *mm, int a)
{
	return mm->map_count;
}

static const struct hook_ops my_ops = {
	.hook = my_hook,
};

int use(struct mm_struct *mm, const struct hook_ops *ops)
{
	mmap_write_lock(mm);
	grow(mm);
	ops->hook(mm, 1);
	mmap_write_unlock(mm);
	return 0;
}
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The map of a small tree with hostile comments; the tree lies beside it."""
    folder = tmp_path_factory.mktemp("hostile")
    tree = write_tree(
        folder / "t", {"Makefile": MAKEFILE, "include/linux/a.h": HEADER, "mm/a.c": CODE}
    )
    return scan_tree(tree, folder, full=True).target


@pytest.fixture(scope="module")
def mini(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The map of the miniature kernel."""
    tree = mini_dir()
    assert tree is not None
    return scan_tree(tree / "v6.12", tmp_path_factory.mktemp("mini"), full=True).target


@pytest.fixture
def docs(tmp_path: Path) -> Callable[..., Result]:
    """``lockmap docs --kernel``, into ``tmp_path/out``."""

    def run(*words: str | Path) -> Result:
        command = ["docs", "--kernel", "--output", tmp_path / "out", *words]
        return CliRunner().invoke(cli, [str(word) for word in command])

    return run


def text(folder: Path) -> str:
    return (folder / "out/mmap_lock.rst").read_text()


def test_docutils_takes_the_page_of_the_miniature_kernel(
    mini: Path, docs: Callable[..., Result], tmp_path: Path
) -> None:
    assert docs(mini).exit_code == 0
    document, complaints = read(text(tmp_path))
    assert complaints == ""
    assert rows(document)[0] == [
        *("mmap lock", "VMA lock", "Stable?", "Read?", "Write most?", "Write all?")
    ]
    assert rows(document, "Virtual layout fields")[0] == [
        *("Field", "Description", "Read lock", "Write lock")
    ]


def test_hostile_text_is_text(hostile: Path, docs: Callable[..., Result], tmp_path: Path) -> None:
    assert docs(hostile, "--ops", "hook_ops").exit_code == 0
    page = text(tmp_path)
    document, complaints = read(page)
    assert complaints == ""
    assert "\u202e" not in page
    fields = {row[0]: row[1:] for row in rows(document, "Counters of pages")}
    assert fields["total_vm"][0] == "`x`_ |a| <script>alert(1)</script> ]]> \\u202e *b* ::"


def test_ops_have_prototypes_and_rules_in_the_order_of_the_struct(
    hostile: Path, docs: Callable[..., Result], tmp_path: Path
) -> None:
    docs(hostile)
    page = text(tmp_path)
    assert "prototypes::\n\n\tint (*hook)(struct mm_struct *mm, int" in page
    document, _ = read(page[page.index("locking rules:") :])
    assert rows(document)[:2] == [["ops", "mmap_lock"], ["hook:", "write"]]
    # Nothing is put in the other: what it runs under is not known.
    assert rows(document)[2][1].startswith("unknown")
    assert "called at mm/a.c:53 (use)" in page


def test_the_patch_says_what_is_asserted(
    hostile: Path, docs: Callable[..., Result], tmp_path: Path
) -> None:
    docs(hostile)
    patch = (tmp_path / "out/mmap_lock-context.patch").read_text()
    assert "+ *\n+ * Context: Expects mmap_lock to be held for writing by caller.\n" in patch
    assert "needs mmap_lock held for write: asserts it on line 9" in patch
    assert "Signed-off-by" not in patch


def test_the_patch_says_what_is_needed_where_every_way_comes_to_the_call(
    hostile: Path, docs: Callable[..., Result], tmp_path: Path
) -> None:
    docs(hostile)
    patch = (tmp_path / "out/mmap_lock-context.patch").read_text()
    assert "grow_more\n   needs mmap_lock for the call of grow on line " in patch
    assert "grow_maybe" not in patch.partition("diff --git")[0]
    assert "grow_through" not in patch.partition("diff --git")[0]
    assert patch.count("+ * Context: Expects mmap_lock to be held for writing by caller.") == 2


def test_the_same_map_gives_the_same_bytes(
    mini: Path, docs: Callable[..., Result], tmp_path: Path
) -> None:
    docs(mini)
    first = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    docs(mini)
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == first
    assert sorted(first) == [".lockmap-kernel-docs", "mmap_lock.rst"]


def test_a_folder_of_somebody_else_is_left_alone(
    mini: Path, docs: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine").write_text("x")
    refused = docs(mini)
    assert refused.exit_code == 2
    assert "files in it that lockmap did not write" in refused.output
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["mine"]
    assert docs(mini, "--force").exit_code == 0
    assert (tmp_path / "out/mine").read_text() == "x"


def test_a_file_is_no_folder(mini: Path, docs: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    assert docs(mini, "--force").exit_code == 2


@pytest.mark.parametrize(
    ("option", "word", "told"),
    [
        ("--struct", "vm_area_strukt", "did you mean vm_area_struct"),
        ("--ops", "nothing_like_it", "no function is known to be put in"),
        ("--lock", "all", "a page is about one lock"),
    ],
)
def test_what_is_not_there_is_told(
    mini: Path, docs: Callable[..., Result], tmp_path: Path, option: str, word: str, told: str
) -> None:
    found = docs(mini, option, word)
    assert found.exit_code != 0
    assert told in found.output
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_any_struct_can_be_asked_for(
    mini: Path, docs: Callable[..., Result], tmp_path: Path
) -> None:
    assert docs(mini, "--struct", "vm_fault").exit_code == 0
    assert "Fields of struct vm_fault" in text(tmp_path)
