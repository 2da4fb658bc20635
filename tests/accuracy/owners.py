"""How right the owners of called members are: against exact types, as a compiler has them.

Of every call through a member of a struct in the files that the tables (see their README)
cover.  ``python -m tests.accuracy.owners TREE TABLES``.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from lockmap.data import load_toml, queries_dir
from lockmap.locks.catalog import load_specs
from lockmap.program.code import Code, join
from lockmap.program.layouts import Layouts, join_types
from lockmap.program.macro_calls import macro_owners
from lockmap.program.owners import Owners, member_owners
from lockmap.program.resolve import Resolver
from lockmap.program.values import Values
from lockmap.syntax.outlining.memory import MEMBER_CALL, POINTER_CALL
from tests.accuracy.accesses import Call, read_truth, score_calls
from tests.accuracy.outlined import outlines


def calls_of(code: Code, layouts: Layouts, owners: Owners, files: set[str]) -> set[Call]:
    """The calls through members in functions of *files*, as (file, line, struct, field)."""
    refs = code.refs
    wanted = np.isin(refs["kind"], (MEMBER_CALL, POINTER_CALL)) & (owners.struct != 0)
    wanted &= code.is_function[refs["owner"]]
    wanted &= np.array([f in files for f in code.files])[code.item_file[refs["owner"]]]
    return {
        (
            code.file(int(refs["owner"][number])),
            int(refs["line"][number]),
            layouts.struct_name(int(owners.struct[number])),
            layouts.member_names.get(int(owners.field[number]), ""),
        )
        for number in np.flatnonzero(wanted).tolist()
    }


def main() -> None:
    """Print the scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("tables", type=Path)
    parser.add_argument("--kernel", default="6.12")
    parser.add_argument("--index", type=Path, help="where outlines are kept between runs")
    parser.add_argument("--wrong", type=Path, help="write every wrong place to this file")
    asked = parser.parse_args()
    paths, found = outlines(asked.tree, asked.index)
    code = join(paths, found)
    known = load_toml(queries_dir() / "globals.toml", dict[str, dict[str, str]])["type"]
    transparent = load_specs((0, 0, 0)).semantics.transparent
    resolver = Resolver(code)
    start = time.process_time()
    layouts = join_types(found, code)
    tables = time.process_time() - start
    values = Values(layouts, resolver, known, transparent)
    owners = member_owners(code, layouts, values)
    typing = time.process_time() - start - tables
    start = time.process_time()
    macros = macro_owners(code, layouts, resolver, values, lambda p: (asked.tree / p).read_bytes())
    expanding = time.process_time() - start
    truth = read_truth(asked.tables, asked.kernel)
    calls = calls_of(code, layouts, owners, set(truth.files))
    calls |= {
        (
            code.file(call.item),
            call.line,
            layouts.struct_name(call.struct),
            layouts.member_names.get(call.field, ""),
        )
        for call in macros.calls
        if code.file(call.item) in truth.files
    }
    scores = score_calls(asked.tables, asked.kernel, truth, calls)
    out = sys.stdout.write
    out(f"calls through members: {scores.total}\n")
    for name, part in sorted(scores.folders.items()):
        out(f"{name:14} {part}\n")
    told = np.count_nonzero(owners.struct[np.isin(code.refs["kind"], (MEMBER_CALL,))])
    asked_for = np.count_nonzero(code.refs["kind"] == MEMBER_CALL)
    out(f"{told} of {asked_for} calls of members in the tree have an owner\n")
    out(f"CPU seconds: {tables:.2f} for the tables, {typing:.2f} for the owners, ")
    out(f"{expanding:.2f} for macros ({len(macros.calls)} calls, {len(macros.refs)} references)\n")
    if asked.wrong:
        asked.wrong.write_text("\n".join(scores.wrong) + "\n")


if __name__ == "__main__":
    main()
