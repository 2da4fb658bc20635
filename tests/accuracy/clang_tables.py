"""A truth that anybody can make: a configured kernel, some of its files parsed by clang.

``python -m tests.accuracy.clang_tables TREE TABLES``: configures the kernel *TREE* outside of it
(``allmodconfig``; nothing is built but headers) and writes the tables that the scores read. Needs
make, gcc, flex, bison and bc, and libclang (``pip install libclang``).
"""

from __future__ import annotations

import argparse
import gzip
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zlib import crc32

from tests.accuracy.accesses import STRUCTS
from tests.accuracy.clang_facts import Facts, declare_library, facts_of, mode_of

FOLDERS = (
    *("mm", "kernel", "kernel/events", "fs", "fs/proc", "fs/ext4", "fs/xfs", "ipc", "virt/kvm"),
    *("arch/x86/mm", "arch/x86/kvm", "io_uring", "net/ipv4", "security/selinux", "sound/core"),
    *("drivers/gpu/drm", "drivers/gpu/drm/ttm", "drivers/infiniband/core", "drivers/vfio"),
    *("drivers/iommu", "drivers/char", "drivers/misc", "drivers/usb/core", "drivers/video/fbdev"),
)
_DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*define\b(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE)
_HEADERS = {
    "accesses": ("file", "line", "function", "struct", "field", "mode", "col", "macroarg"),
    "calls": ("caller", "file", "line", "kind", "callee", "struct", "field", "macro"),
    "initialisers": ("struct", "field", "function", "file", "line", "kind", "var", "macro"),
    "files": ("file", "kind"),
    "inactive": ("file", "start", "end", "kind"),
    "dropped": ("file", "line", "field"),
}
Row = tuple[object, ...]


@dataclass(frozen=True)
class Built:
    """A configured kernel."""

    tree: Path
    output: Path

    def flags(self, file: str) -> list[str]:
        """How *file* is compiled for x86-64, as far as its meaning goes."""
        tree, made = self.tree, self.output
        folders = [
            *(tree / "arch/x86/include", made / "arch/x86/include/generated"),
            *(tree / "include", made / "include", tree / "arch/x86/include/uapi"),
            *(made / "arch/x86/include/generated/uapi", tree / "include/uapi"),
            *(made / "include/generated/uapi", (tree / file).parent, tree / "mm"),
        ]
        first = ("compiler-version.h", "kconfig.h", "compiler_types.h")
        name = Path(file).stem.replace("-", "_")
        return [
            *("-nostdinc", "-std=gnu11", "-m64", "-mno-sse", "-mcmodel=kernel", "-O2", "-w"),
            *("-fshort-wchar", "-funsigned-char", "-fno-common", "-fno-PIE", "-ferror-limit=3"),
            *(f"-I{folder}" for folder in folders),
            *(part for f in first for part in ("-include", str(tree / "include/linux" / f))),
            *("-D__KERNEL__", "-DCC_USING_FENTRY", f'-DKBUILD_MODFILE="{name}"'),
            *(f'-DKBUILD_BASENAME="{name}"', f'-DKBUILD_MODNAME="{name}"'),
            f"-D__KBUILD_MODNAME=kmod_{name}",
        ]


def configure(tree: Path, output: Path) -> Built:
    """Make the headers that a configuration makes, in *output*; *tree* is left as it is."""
    output.mkdir(parents=True, exist_ok=True)
    make = ["make", "-C", str(tree.resolve()), f"O={output.resolve()}", "ARCH=x86_64"]
    for goal in ("allmodconfig", "prepare0"):
        done = subprocess.run([*make, goal], capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"make {goal} failed:\n{done.stderr[-2000:]}")
    return Built(tree.resolve(), output.resolve())


def chosen(tree: Path, folders: Iterable[str], most: int) -> list[str]:
    """Some C files of each of *folders*, always the same ones."""
    found: list[str] = []
    for folder in folders:
        files = [f"{folder}/{path.name}" for path in (tree / folder).glob("*.c")]
        found += sorted(files, key=lambda f: crc32(f.encode()))[:most]
    return sorted(found)


def read(built: Built, file: str) -> tuple[str, Facts]:
    """The facts of *file*, as a part of the kernel or of a module, whichever has no errors."""
    declare_library()
    facts = Facts()
    for module in ((), ("-DMODULE",)):
        path = str(built.tree / file)
        facts = facts_of(path, [*built.flags(file), *module], STRUCTS)
        if not facts.errors:
            break
    return file, facts


def tables(built: Built, found: Sequence[tuple[str, Facts]]) -> Iterator[tuple[str, list[Row]]]:
    """The rows of every table."""
    yield "files", [(file, "tu") for file, _ in found]
    yield (
        "accesses",
        [
            (file, place[0], function, struct, name, mode_of(modes), place[1], 0)
            for file, facts in found
            for (place, function, struct, name), modes in sorted(facts.accesses.items())
        ],
    )
    yield (
        "calls",
        [
            (caller, file, line, *what, int(macro))
            for file, facts in found
            for caller, line, *what, macro in sorted(facts.calls)
        ],
    )
    yield (
        "initialisers",
        [
            (struct, name, function, file, line, kind, "-", int(macro))
            for file, facts in found
            for struct, name, function, line, kind, macro in sorted(facts.initialisers)
        ],
    )
    inactive: list[Row] = []
    for file, facts in found:
        inactive += [(file, start, end, "inactive") for start, end in facts.inactive]
        text = (built.tree / file).read_text(encoding="latin-1")
        for match in _DIRECTIVE.finditer(text):
            start = text.count("\n", 0, match.start()) + 1
            inactive.append((file, start, start + match[0].count("\n"), "macro"))
    yield "inactive", inactive
    yield "dropped", []


def write(folder: Path, kernel: str, name: str, rows: Iterable[Row]) -> None:
    """Write one table."""
    folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / f"{name}-{kernel}.tsv.gz", "wt", encoding="utf-8") as out:
        out.write("\t".join(_HEADERS[name]) + "\n")
        out.writelines("\t".join(map(str, row)) + "\n" for row in rows)


def make_tables(tree: Path, folder: Path, kernel: str, most: int, jobs: int) -> str:
    """Write all tables to *folder*; returns in words what they are of."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="lockmap-kernel-") as output:
        built = configure(tree, Path(output))
        files = chosen(built.tree, FOLDERS, most)
        with ProcessPoolExecutor(jobs) as pool:
            all_ = list(pool.map(partial(read, built), files, chunksize=4))
        found = [(file, facts) for file, facts in all_ if not facts.errors]
        for name, rows in tables(built, found):
            write(folder, kernel, name, rows)
    spent = time.perf_counter() - start
    return (
        f"{len(found)} translation units, of {len(files)} in {len(FOLDERS)} folders; clang"
        f" reports errors in the others, which this configuration leaves out ({spent:.0f} s)"
    )


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("tables", type=Path)
    parser.add_argument("--kernel", default="6.12")
    parser.add_argument("--most", type=int, default=20, help="files of a folder")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    told = make_tables(asked.tree, asked.tables, asked.kernel, asked.most, asked.jobs)
    sys.stdout.write(f"{told}\n")


if __name__ == "__main__":
    main()
