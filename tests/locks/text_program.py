"""Running the engine on a C text, without a tree."""

from __future__ import annotations

import re

from lockmap.facts.file import Interest, triage_file
from lockmap.locks.catalog import load_specs
from lockmap.locks.verdicts import SectionVerdict, verdicts
from lockmap.locks.whole import WholeProgram
from lockmap.program.index import build_index
from lockmap.program.sources import Sources
from lockmap.program.types import Types

STRUCTS = """
struct mm_struct { struct rw_semaphore mmap_lock; int users; };
struct vm_area_struct { struct mm_struct *vm_mm; unsigned long vm_flags; };
struct task_struct { struct mm_struct *mm; };
"""


def analysed(text: str) -> WholeProgram:
    """The finished program of one file ``a.c``: common structs, then *text*."""
    everything = frozenset(w.encode() for w in re.findall(r"\w+", text)) | {b"mmap_lock"}
    interest = Interest(
        everything, everything, (), frozenset({b"mmap_lock"}), frozenset({b"mmap_read_lock"})
    )
    data = (STRUCTS + text).encode()
    triaged = triage_file(data, interest)
    index = build_index([("a.c", triaged.mentions, triaged.definitions)])
    sources = Sources(lambda _: data, index)
    owners = {(member, kind): {struct} for struct, member, kind in triaged.facts.members}
    program = WholeProgram(load_specs((6, 12, 0)), sources, Types(sources, owners))
    for unit in triaged.facts.units:
        program.add("a.c", unit)
    program.run(lambda *_: None)
    return program


def verdict(text: str, function: str) -> SectionVerdict:
    """The verdict on the only section of *function*."""
    program = analysed(text)
    found = [v for v in verdicts(program).values() if program.members[v.member].name == function]
    assert len(found) == 1, found
    return found[0]
