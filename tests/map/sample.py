"""A small kernel tree and the map of it, made by hand."""

from __future__ import annotations

from pathlib import Path

from lockmap.map.context_records import Contexts
from lockmap.map.examined_records import Examined
from lockmap.map.records import (
    Access,
    Contract,
    Diagnostic,
    FileRow,
    LineState,
    MapData,
    Rule,
    Section,
    Site,
    Span,
)

SOURCE = """\
/* A page away from anything. */
int grow(struct mm_struct *mm)
{
\tif (mmap_write_lock_killable(mm))
\t\treturn -EINTR;
\tmm->total_vm++;
\tmmap_write_downgrade(mm);
\tif (!mm->map_count)
\t\treturn -ENOMEM;
\tmmap_read_unlock(mm);
\treturn 0;
}

static void drop(struct mm_struct *mm)
{
\tmmap_read_unlock(mm);
}

static int idle(struct mm_struct *mm)
{
\treturn 0;
}
"""
FILE = "mm/grow.c"


def make_tree(root: Path) -> Path:
    """Write the tree and return its root."""
    (root / "mm").mkdir(parents=True)
    (root / FILE).write_text(SOURCE)
    return root


def site(line: int, op: str, mode: str, api: str, **more: object) -> Site:
    """An operation on ``mm`` in ``grow``."""
    values: dict[str, object] = {
        "file": FILE,
        "line": line,
        "column": 2,
        "function": "grow",
        "lock": "mmap_lock",
        "op": op,
        "mode": mode,
        "api": api,
        "argument": "mm",
        "direct": True,
        "definition": False,
        "condition": "",
    }
    return Site(**(values | more))  # type: ignore[arg-type]


def access(line: int, name: str, mode: str, held: str, **more: object) -> Access:
    """An access of a field of ``mm`` in ``grow``."""
    values: dict[str, object] = {
        "file": FILE,
        "line": line,
        "column": 2,
        "function": "grow",
        "struct": "mm_struct",
        "field": name,
        "access": mode,
        "held": held,
        "phase": "normal",
        "object": "mm",
        "locks": (("mmap_lock", held), ("i_mmap", "none")),
        "violates": "",
        "cause": "",
    }
    return Access(**(values | more))  # type: ignore[arg-type]


def make_data(root: Path) -> MapData:
    """What a scan of the tree would find."""
    states = {4: "-", 5: "-", 6: "W", 7: "W", 8: "R", 9: "R", 10: "R", 11: "-"}
    info = (root / FILE).stat()
    return MapData(
        meta={
            "root": str(root),
            "revision": "",
            "default_lock": "mmap_lock",
            "version": "6.12",
            "full": "1",
        },
        sites=(
            site(4, "try", "write", "mmap_write_lock_killable", column=6),
            site(7, "downgrade", "write", "mmap_write_downgrade"),
            site(10, "release", "read", "mmap_read_unlock"),
            site(16, "release", "read", "mmap_read_unlock", function="drop"),
            site(
                30,
                "acquire",
                "read",
                "down_read",
                file="include/linux/mmap_lock.h",
                function="mmap_read_lock",
                argument="&mm->mmap_lock",
                definition=True,
            ),
            site(
                12,
                "acquire",
                "write",
                "start",
                file="arch/um/kernel/tlb.c",
                function="flush",
                direct=False,
                condition="CONFIG_UML",
            ),
            site(9, "acquire", "write", "i_mmap_lock_write", file="fs/inode.c", lock="i_mmap"),
        ),
        sections=(
            Section(
                id=f"{FILE}:4:6:mmap_lock",
                file=FILE,
                function="grow",
                lock="mmap_lock",
                object="mm",
                mode="write",
                acquire_line=4,
                release_lines=(10,),
                mode_changes=((7, "read"),),
                paths="leaks",
                contract="",
                calls=0,
                accesses=2,
                cost=(),
                witness=(4, 6, 7, 8, 9),
            ),
            Section(
                id="fs/inode.c:9:2:i_mmap",
                file="fs/inode.c",
                function="grow",
                lock="i_mmap",
                object="mapping",
                mode="write",
                acquire_line=9,
                release_lines=(12, 15),
                mode_changes=(),
                paths="balanced",
                contract="",
                calls=3,
                accesses=0,
                cost=("loop", "sleeps"),
                witness=(),
            ),
        ),
        contracts=(
            Contract(FILE, 14, "drop", "mmap_lock", "returns with the caller's read lock dropped"),
        ),
        states=(
            *(LineState(FILE, "grow", line, "mmap_lock", state) for line, state in states.items()),
            LineState(FILE, "drop", 16, "mmap_lock", "c"),
        ),
        spans=(
            Span(FILE, "grow", 2, 12, whole=True),
            Span(FILE, "drop", 14, 17, whole=False),
            Span(FILE, "idle", 19, 22, whole=True),
        ),
        diagnostics=(
            Diagnostic(FILE, 14, "drop", "parse-error", "1 region not understood"),
            Diagnostic("fs/blob.c", 0, "", "not-utf8", "read as Latin-1"),
        ),
        files=(FileRow(FILE, info.st_size, f"{info.st_mtime_ns}:0:0:{info.st_size}"),),
        accesses=(
            access(6, "total_vm", "readwrite", "write", column=6),
            access(8, "map_count", "read", "read", column=11, violates="read"),
            access(15, "owner", "read", "unknown", file="fs/inode.c", struct="", cause="macro"),
            access(20, "brk", "write", "none", function="idle", phase="init"),
        ),
        rules=(
            Rule(
                *("mm_struct", "map_count", "mmap_lock write", "unclear"),
                (("read", 9, 10, 12), ("write", 0, 0, 0)),
                (("read", "normal", "mm", "mmap_lock read", 1),),
                violations=((FILE, 8, 11, "grow", "read"),),
            ),
            Rule(
                *("mm_struct", "total_vm", "none", "mmap_lock write"),
                (("read", 5, 5, 5), ("write", 1, 1, 1)),
                (("readwrite", "normal", "mm", "mmap_lock write", 1),),
            ),
        ),
    )


EXAMINED = Examined(
    entry_kinds=(("interrupt handler", "never"), ("shrinker", "may")),
    entry_points=((3, 0, 1, 60), (4, 0, 1, 61), (2, 1, 0, 90)),
    reach=(("mmap_lock", "write", 1, 0, 0, 1), ("mmap_lock", "write", 2, 2, 1, 1)),
    reach_edges=(("mmap_lock", "write", 1, 1, 1),),
    call_gaps=(("name that nothing defines", "drivers/x", 2), ("resolved", "mm", 7)),
    refused=(("mmap_lock", 1, "write", 2, 2, 44, 0),),
    asserted=(("mmap_lock", 2, 42, "write", 1),),
    bare=(("mmap_lock", 2, 0, 4, 22),),
    needs=(("mmap_lock", 4, 2, 22),),
    faults=(
        ("mmap_lock", 2, 43, "get_user", "read", 0),
        ("mmap_lock", 3, 8, "put_user", "read", 1),
    ),
)
"""x_fault() is an interrupt handler; helper(), which asserts the lock, calls grow(), which takes
it, and is called by x_init(), an interrupt handler; helper() accesses user memory, too."""

UNREACHED = (-1, 0, 0, 0, 0)
"""In place of how a function is reached in one mode."""

CONTEXTS = Contexts(
    files=("mm/grow.c", "drivers/x/x.c"),
    hows=("call", "callback ops.fault"),
    functions=(
        (1, 0, 2, 12, "grow"),
        (2, 0, 40, 50, "helper"),
        (3, 1, 7, 9, "x_fault"),
        (4, 1, 20, 30, "x_init"),
    ),
    contexts={
        "mmap_lock": (
            (2, 2, *UNREACHED, *(1, 1, 8, 0, 0)),
            (3, 0, *UNREACHED, *(2, 2, 44, 1, 2)),
        )
    },
    members=(("ops", "fault"), ("ops", "init")),
    callbacks=((0, 3, 1, 60), (1, 4, 1, 61)),
    waits=(("mmap_lock", 1, 4),),
    examined=EXAMINED,
)
"""grow() takes the lock and calls helper(), which calls x_fault() through a pointer."""
