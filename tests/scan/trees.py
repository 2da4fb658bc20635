"""Small trees, and scanning them in this process or in a child."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from lockmap.map.filters import Filter
from lockmap.map.read import open_map
from lockmap.scan.run import Options, Outcome, scan
from lockmap.tree.open import open_source

LOCKED = """\
void {name}(struct mm_struct *mm)
{{
	mmap_read_lock(mm);
	look(mm);
	mmap_read_unlock(mm);
}}
"""
PLAIN = """\
static int {name}(int a)
{{
	return a + 1;
}}
"""


def write_tree(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Make a tree of *files* by relative path."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def small_tree(root: Path) -> Path:
    """A kernel of three files, one of which locks."""
    makefile = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\nEXTRAVERSION =\nNAME = x\n"
    return write_tree(
        root,
        {
            "Makefile": makefile,
            "mm/a.c": LOCKED.format(name="first"),
            "fs/b.c": PLAIN.format(name="second"),
            "include/c.h": "struct mm_struct {\n\tstruct rw_semaphore mmap_lock;\n};\n",
        },
    )


def scan_tree(
    tree: Path,
    home: Path,
    *,
    rev: str | None = None,
    jobs: int = 1,
    full: bool = False,
    rules: tuple[Path, ...] = (),
) -> Outcome:
    """Scan *tree* with all that is kept in *home*."""
    source = open_source(str(tree), rev)
    options = Options(
        home / "map.db",
        home / "facts.db",
        home / "tree.snapshot",
        cache_limit=1 << 30,
        jobs=jobs,
        full=full,
        rules=rules,
    )
    try:
        return scan(source, options, lambda *_: None)
    finally:
        source.close()


def functions(outcome: Outcome) -> list[str]:
    """The functions with an acquisition, sorted."""
    with open_map(outcome.target) as opened:
        return sorted({s.function for s in opened.sites(Filter()) if s.op == "acquire"})


def kinds(outcome: Outcome) -> set[tuple[str, str]]:
    """(file, kind) of every diagnostic."""
    with open_map(outcome.target) as opened:
        return {(d.file, d.kind) for d in opened.diagnostics(Filter())}


def child(home: Path, *words: str | Path, setup: str = "") -> subprocess.Popen[str]:
    """``lockmap WORDS`` in a process group of its own, after the Python statements *setup*."""
    code = f"import sys\n{setup}\nfrom lockmap.cli.main import main\nmain()"
    environment = {**os.environ, "LOCKMAP_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("LOCKMAP_MAP", None)
    return subprocess.Popen(
        [sys.executable, "-c", code, *(str(w) for w in words)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def run(home: Path, *words: str | Path, setup: str = "") -> tuple[int, str, str]:
    """(exit code, standard output, standard error) of ``child``."""
    process = child(home, *words, setup=setup)
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in err, err
    return process.returncode, out, err


def left_over(folder: Path) -> list[str]:
    """Temporary files below *folder*."""
    return [str(p) for p in folder.rglob("*") if p.name.endswith((".tmp", "-journal"))]
