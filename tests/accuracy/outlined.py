"""The outlines of a whole tree, kept between runs: what the scores of calls and callbacks use."""

from __future__ import annotations

import argparse
import gzip
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lockmap.facts.outlined import Outlines, Packer
from lockmap.facts.triage import is_binary, is_table
from lockmap.locks.catalog import load_specs
from lockmap.program.callbacks import Callback, callbacks_of, function_links
from lockmap.program.code import Code, join
from lockmap.program.frames import value_owners
from lockmap.program.handed import with_handed
from lockmap.program.layouts import Layouts, join_types
from lockmap.program.made import with_made
from lockmap.program.owners import member_owners
from lockmap.program.resolve import Links, Resolver
from lockmap.program.type_data import load_globals
from lockmap.program.undefined import with_undefined
from lockmap.program.values import Values
from lockmap.syntax.declared import TypeReader
from lockmap.syntax.outline import Outliner
from lockmap.tree.open import open_source

Kept = tuple[list[str], Outlines]


def asked_for(purpose: str | None) -> argparse.Namespace:
    """What a score is asked on the command line."""
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("tree", type=Path)
    parser.add_argument("tables", type=Path)
    parser.add_argument("--kernel", default="6.12")
    parser.add_argument("--outlines", type=Path, help="where the outlines are kept between runs")
    parser.add_argument("--wrong", type=Path, help="write every wrong place to this file")
    return parser.parse_args()


def outlines(tree: Path, cache: Path | None) -> Kept:
    """The outlines of all files of *tree*; kept in *cache*, as making them takes a while."""
    if cache is not None and cache.exists():
        kept: Kept = pickle.loads(cache.read_bytes())
        return kept
    source, outliner, reader = open_source(str(tree)), Outliner(), TypeReader()
    packer, paths = Packer(outliner), []
    for entry in source.list().entries:
        data = source.read(entry.path)
        if not is_binary(data) and not is_table(data):
            outline = outliner.outline(data, declares=True)
            packer.add(outline, reader.read(outline))
            paths.append(entry.path)
    found = (paths, packer.packed())
    if cache is not None:
        cache.write_bytes(pickle.dumps(found, 5))
    return found


def read_code(tree: Path, cache: Path | None) -> tuple[Code, Layouts, Callable[[str], bytes]]:
    """The code of *tree* and its types, and how its files are read."""
    read = lru_cache(maxsize=4096)(lambda path: (tree / path).read_bytes())
    paths, found = outlines(tree, cache)
    code = join(paths, found)
    return code, join_types(found, code), read


def scored_files(folder: Path, kernel: str) -> set[str]:
    """The files that the tables cover."""
    with gzip.open(folder / f"files-{kernel}.tsv.gz", "rt", encoding="utf-8") as listed:
        return {line.split("\t")[0] for line in listed if "." in line.split("\t")[0]}


@dataclass(frozen=True)
class Found:
    """All that the scores compare with the tables."""

    code: Code
    calls: Links
    callbacks: list[Callback]


def find(
    code: Code, layouts: Layouts, read: Callable[[str], bytes], tell: Callable[[str], object]
) -> Found:
    """The calls and callbacks of *code*; *tell* is told how long each step took."""
    start = time.process_time()

    def step(name: str) -> None:
        nonlocal start
        now = time.process_time()
        tell(f"{name} {now - start:.2f} s\n")
        start = now

    resolver = Resolver(code)
    step("names")
    made = with_made(code, layouts, resolver, read)
    code = made.code
    step("expand macros")
    code = with_handed(code, Resolver(code), read)
    step("calls of what macros are handed")
    resolver = Resolver(code)
    links = resolver.resolve(code.calls["hash"], code.item_file[code.calls["owner"]])
    step("resolve")
    known = load_globals()
    transparent = frozenset(load_specs((6, 12, 0)).semantics.transparent)
    values = Values(made.assigned, resolver, known, transparent)
    owners = member_owners(code, made.assigned, values)
    step("owners of members")
    named = function_links(code, resolver, read)
    step("functions that are named")
    put = value_owners(code, layouts)
    step("owners of values")
    more = with_undefined(code, named, layouts, resolver, put, made.spelled, read)
    step("functions that nothing defines")
    code = more.code
    callbacks = callbacks_of(code, more.links, layouts, put, owners)
    step("callbacks")
    return Found(code, links, callbacks)
