"""Everything between what triage made of single files and the rows of the map."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from lockmap.facts.file import FileFacts
from lockmap.locks.catalog import Catalog
from lockmap.locks.whole import WholeProgram
from lockmap.map.records import (
    Claim,
    Contract,
    Diagnostic,
    FileRow,
    LineState,
    MapData,
    Section,
    Site,
    Span,
    Wait,
)
from lockmap.program.index import NameIndex
from lockmap.program.sources import Sources
from lockmap.program.types import Types
from lockmap.scan.asked import AskedIndex, AskedReader
from lockmap.scan.collect import (
    collect_claims,
    collect_contracts,
    collect_diagnostics,
    collect_sections,
    collect_sites,
    collect_spans,
    collect_states,
    collect_waits,
)
from lockmap.scan.known import Known, Taken, known_of
from lockmap.scan.progress import Progress
from lockmap.scan.snapshot import Problem3, Result, Text
from lockmap.tree.source import FileEntry, Source, printable

_Row = TypeVar("_Row", Claim, Contract, Diagnostic, LineState, Section, Site, Span, Wait)


def analyse(
    source: Source,
    files: Sequence[tuple[str, Text]],
    whole: Callable[[], NameIndex],
    decoded: Sequence[FileFacts],
    catalog: Catalog,
    version: str,
    token: bytes,
    taken: Taken,
    progress: Progress,
) -> tuple[Result, Known]:
    """Follow every lock through *files* (in order of path), or take over what is known.

    *whole* makes their index; *decoded* are their facts.  The map's rows in the result are those
    of the analysis alone: ``with_accesses`` adds the accesses, ``complete`` what the listing says.
    """
    facts: dict[str, FileFacts] = {}
    functions = 0
    members: dict[tuple[str, str], set[str]] = {}
    for (path, _), found in zip(files, decoded, strict=True):
        functions += found.functions
        if found.units or found.spans or found.loose or found.problems or found.unread:
            facts[path] = found
        for struct, member, kind in found.members:
            members.setdefault((member, kind), set()).add(struct)
    index = AskedIndex(whole, taken.mentioned, taken.defined)
    read = AskedReader(source.read)
    sources = Sources(read, index, taken.files)
    program = WholeProgram(catalog, sources, Types(sources, members), taken.explorations)
    for path, of_file in facts.items():
        for unit in of_file.units:
            program.add(path, unit)
    program.run(progress)
    data = _rows(facts, program, catalog, functions)
    result = Result(
        token,
        tuple(sorted(index.asked_mentions)),
        tuple(sorted(index.asked_definitions)),
        frozenset(os.fsencode(path) for path in (*read.paths, *sources.memory)),
        data,
    )
    known = known_of(version, index, sources.memory, taken.explorations)
    return result, known


def _rows(
    facts: Mapping[str, FileFacts], program: WholeProgram, catalog: Catalog, functions: int
) -> MapData:
    sections = collect_sections(program)
    sites, unknown = collect_sites(facts, program, catalog)
    spans = collect_spans(facts, program)
    claims = collect_claims(program, sites)
    read = [span for of_file in facts.values() for span in of_file.spans]
    meta = {
        "default_lock": catalog.default.name,
        "locks": " ".join(lock.name for lock in catalog.locks),
        "functions": str(functions),
        "functions_read": str(len(read)),
        "functions_whole": str(sum(span.whole for span in read)),
        "functions_analysed": str(len(program.members)),
    }
    return MapData(
        meta,
        _printable(sites),
        _printable(sections),
        _printable(collect_contracts(program, claims)),
        _printable(collect_states(program)),
        _printable(spans),
        _printable([*unknown, *collect_diagnostics(facts, program)]),
        waits=_printable(collect_waits(program)),
        claims=_printable(claims),
    )


def complete(
    data: MapData,
    entries: Sequence[FileEntry],
    problems: Sequence[Problem3],
    meta: Mapping[str, str],
) -> MapData:
    """*data* with what is known of the tree: its files, what could not be read, its name."""
    noted = {row.path for row in data.files}
    shown = ((printable(e.path), e) for e in entries)
    return replace(
        data,
        meta={**data.meta, **meta},
        files=tuple(FileRow(path, e.size, e.stamp) for path, e in shown if path in noted),
        diagnostics=(
            *(Diagnostic(path, 0, "", kind, message) for path, kind, message in problems),
            *data.diagnostics,
        ),
    )


def _printable(rows: Sequence[_Row]) -> tuple[_Row, ...]:
    """*rows* with file names as valid UTF-8."""
    return tuple(row if row.file.isprintable() else _shown(row) for row in rows)


def _shown(row: _Row) -> _Row:
    file = printable(row.file)
    if isinstance(row, Section):
        return replace(row, file=file, id=file + row.id.removeprefix(row.file))
    return replace(row, file=file)
