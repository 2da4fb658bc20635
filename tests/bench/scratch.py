"""A scratch copy of a kernel tree that costs no space: every file a hard link.

Editing means writing a new file and renaming it over the link, so the tree it was made
from never changes.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_tree(tree: Path, parts: Sequence[str] = ()) -> Iterator[Path]:
    """Yield a copy of *tree*, or of its *parts* (files and folders that exist) only.

    It lies beside *tree*, where hard links are possible, or in the temporary folder as a
    real copy where they are not.  It is removed at the end.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix=".lockmap-bench-", dir=tree.parent))
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="lockmap-bench-"))
    try:
        copy = folder / tree.name
        copy.mkdir()
        names = parts or sorted(entry.name for entry in tree.iterdir() if entry.name != ".git")
        for name in names:
            _place(tree / name, copy / name)
        yield copy
    finally:
        shutil.rmtree(folder)


def edit(tree: Path, file: str, mark: str) -> None:
    """Add one small function to *file*: what a developer does between two scans."""
    path = tree / file
    fresh = path.with_name(path.name + ".bench")
    fresh.write_bytes(
        path.read_bytes()
        + f"\nstatic int lockmap_bench_{mark}(void)\n{{\n\treturn 0;\n}}\n".encode()
    )
    fresh.replace(path)


def sources(tree: Path) -> list[str]:
    """Every regular ``.c`` and ``.h`` file of *tree*, relative to it, sorted."""
    found = []
    for folder, _, files in os.walk(tree):
        for name in files:
            path = Path(folder, name)
            if name.endswith((".c", ".h")) and not path.is_symlink():
                found.append(str(path.relative_to(tree)))
    return sorted(found)


def read_all(tree: Path, files: Sequence[str]) -> int:
    """Read every file once, so that all tools find them in the page cache; the bytes read."""
    return sum(len((tree / name).read_bytes()) for name in files)


def _place(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True, copy_function=_link)
    elif os.path.lexists(source):
        _link(str(source), str(target))


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP):
            raise
        shutil.copy2(source, target, follow_symlinks=False)
