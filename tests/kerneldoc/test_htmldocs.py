"""The kernel's own documentation build takes the page without a warning about it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from scan.trees import scan_tree

from lockmap.data import mini_dir
from lockmap.kerneldoc.page import Asked
from lockmap.kerneldoc.write import write_kernel_docs
from lockmap.map.read import open_map
from tests.facts.test_accounting import kernels

TOOLS = ("make", "perl", "git")


def htmldocs_tree() -> Path:
    """A kernel whose documentation Sphinx can build."""
    for tool in TOOLS:
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool}")
    pytest.importorskip("sphinx", reason="needs the development tools")
    pytest.importorskip("alabaster", reason="the kernel's documentation needs it")
    pytest.importorskip("yaml", reason="the kernel's documentation needs it")
    for tree in reversed(kernels()):
        if (tree / "Documentation/conf.py").is_file() and (tree / "scripts/kernel-doc").is_file():
            return tree
    pytest.skip("no kernel with documentation: set LOCKMAP_KERNELS")


def with_page(kernel: Path, page: Path, folder: Path) -> Path:
    """The kernel's tree by links, its documentation as a copy with *page* in it."""
    folder.mkdir()
    for entry in kernel.iterdir():
        if entry.name != "Documentation":
            (folder / entry.name).symlink_to(entry.resolve())
    shutil.copytree(kernel / "Documentation", folder / "Documentation", symlinks=True)
    shutil.copy(page, folder / "Documentation/mm")
    index = folder / "Documentation/mm/index.rst"
    text = index.read_text()
    head = ".. toctree::\n   :maxdepth: 1\n\n"
    assert head in text
    index.write_text(text.replace(head, f"{head}   {page.stem}\n", 1))
    return folder


@pytest.mark.kernel
def test_the_kernel_builds_the_page_without_a_warning(tmp_path: Path) -> None:
    kernel = htmldocs_tree()
    mini = mini_dir()
    assert mini is not None
    # A map that somebody has: a scan of the whole kernel takes minutes.
    given = os.environ.get("LOCKMAP_KERNEL_MAP")
    path = Path(given) if given else scan_tree(mini / "v6.12", tmp_path, full=True).target
    with open_map(path) as opened:
        page = write_kernel_docs(
            opened, tmp_path / "out", Asked("mmap_lock"), force=False
        ).page_file
    tree = with_page(kernel, page, tmp_path / "linux")
    own = Path(sys.executable).parent
    done = subprocess.run(
        ["make", "htmldocs", "SPHINXDIRS=mm", f"PYTHON3={sys.executable}"],
        cwd=tree,
        env={**os.environ, "PATH": f"{own}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    said = done.stdout + done.stderr
    assert (tree / f"Documentation/output/mm/{page.stem}.html").is_file(), said[-2000:]
    assert [line for line in said.splitlines() if page.stem in line] == []
