"""One scan, from a source to a written map."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from lockmap import __version__
from lockmap.facts.file import FileFacts
from lockmap.locks.catalog import Catalog, load_specs
from lockmap.locks.whole import WholeProgram
from lockmap.map.records import Diagnostic, FileRow, MapData
from lockmap.map.write import check_target, write_map
from lockmap.program.index import build_index
from lockmap.program.sources import Sources
from lockmap.program.types import Types
from lockmap.scan.collect import (
    collect_contracts,
    collect_diagnostics,
    collect_sections,
    collect_sites,
    collect_spans,
    collect_states,
)
from lockmap.scan.snapshot import Seen, Snapshot, load_snapshot, save_snapshot
from lockmap.scan.store import FactStore
from lockmap.scan.triage import Job, Read, decode_facts, triage
from lockmap.scan.words import fingerprint, interest_of
from lockmap.tree.open import source_version
from lockmap.tree.source import FileEntry, Listing, Source, printable

Progress = Callable[[str, int, int], None]
"""Told (stage, done, of how many); stages: list, read, analyse, callers, write."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a scan may be told."""

    target: Path
    """Where the map goes."""
    cache: Path
    """The cache of facts."""
    snapshot: Path
    """What the last scan of this tree left for the next."""
    cache_limit: int
    jobs: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a scan went."""

    target: Path
    files: int
    read: int
    """Files whose content was looked at."""
    parsed: int
    """Of these, files that no cache knew."""
    unchanged: bool
    """True when the map that was there is the map of this tree."""
    complaints: tuple[str, ...]


def scan(source: Source, options: Options, progress: Progress) -> Outcome:
    """Scan *source* and write its map.

    Raises TreeError, MapError and DataError; an interrupt leaves the old map as it was.
    """
    check_target(options.target)
    progress("list", 0, 0)
    listing = source.list()
    version = source_version(source)
    catalog = load_specs((version.major, version.patchlevel, version.sublevel) if version else None)
    interest = interest_of(catalog)
    # Facts are of the text alone; the version chooses conventions, and so is part of the map.
    mark = fingerprint()
    last = load_snapshot(options.snapshot, mark)
    known = {seen.path: seen for seen in last.files} if last else {}
    changed = [e for e in listing.entries if e.path not in known or known[e.path].stamp != e.stamp]
    gone = len(known) - (len(listing.entries) - sum(1 for e in changed if e.path not in known))
    if last is not None and not changed and not gone and _is_current(options.target, last):
        return Outcome(options.target, len(listing.entries), 0, 0, True, ())
    store = FactStore(options.cache, options.cache_limit)
    store.open()
    try:
        reads = triage(Job(source, interest, mark, options.cache, options.cache_limit), changed, options.jobs, progress)
        store.put((r.key, r.mentions, r.definitions, r.facts) for r in reads if not r.cached and r.problem is None)
        if last is None:
            store.touch(r.key for r in reads if r.cached)
        store.trim()
    finally:
        store.close()
    files, problems = _together(listing, reads, known, last)
    data = _analyse(source, listing, files, problems, catalog, version.text if version else "", progress)
    progress("write", 0, 0)
    write_map(options.target, data)
    complaint = save_snapshot(
        options.snapshot, Snapshot(mark, _digest(options.target), tuple(files), tuple(problems))
    )
    complaints = (*store.complaints, *([complaint] if complaint else []))
    parsed = sum(1 for r in reads if not r.cached)
    return Outcome(options.target, len(listing.entries), len(reads), parsed, False, complaints)


def _is_current(target: Path, last: Snapshot) -> bool:
    return target.is_file() and _digest(target) == last.map_digest


def _digest(path: Path) -> bytes:
    try:
        return blake2b(path.read_bytes(), digest_size=16).digest()
    except OSError:
        return b""


def _together(
    listing: Listing, reads: list[Read], known: dict[str, Seen], last: Snapshot | None
) -> tuple[list[Seen], list[tuple[str, str, str]]]:
    """All files of the tree, fresh or as the last scan knew them, in order of path."""
    fresh = {r.entry.path: r for r in reads}
    files: list[Seen] = []
    problems = [(p.path, p.kind, p.message) for p in listing.problems]
    for entry in listing.entries:
        read = fresh.get(entry.path)
        if read is None:
            files.append(known[entry.path])
        elif read.problem is None:
            files.append(Seen(os.fsencode(entry.path), entry.stamp, read.mentions, read.definitions, read.facts))
        else:
            problems.append(read.problem)
    if last is not None:
        listed = {e.path for e in listing.entries}
        problems += [p for p in last.problems if p[0] in listed and p[0] not in fresh and p not in problems]
    return files, problems


def _analyse(
    source: Source,
    listing: Listing,
    files: list[Seen],
    problems: list[tuple[str, str, str]],
    catalog: Catalog,
    version: str,
    progress: Progress,
) -> MapData:
    """Everything between the facts of single files and the rows of the map."""
    facts: dict[str, FileFacts] = {}
    functions = 0
    members: dict[tuple[str, str], set[str]] = {}
    for seen in files:
        found = decode_facts(seen.facts)
        functions += found.functions
        if found.units or found.spans or found.loose or found.members or found.problems or found.unread:
            facts[seen.path] = found
        for struct, member, kind in found.members:
            members.setdefault((member, kind), set()).add(struct)
    index = build_index([(s.path, s.mentions, s.definitions) for s in files])
    sources = Sources(source.read, index)
    program = WholeProgram(catalog, sources, Types(sources, members))
    for path, of_file in facts.items():
        for unit in of_file.units:
            program.add(path, unit)
    program.run(progress)
    sections = collect_sections(program)
    sites, unknown = collect_sites(facts, program, catalog)
    spans = collect_spans(facts, program)
    diagnostics = [Diagnostic(path, 0, "", kind, message) for path, kind, message in problems]
    diagnostics += unknown + collect_diagnostics(facts, program)
    shown = {path: printable(path) for path in facts}
    noted = {span.file for span in spans}
    rows = tuple(FileRow(shown.get(e.path, e.path), e.size, e.stamp) for e in _noted(listing, noted))
    meta = {
        "lockmap": __version__,
        "root": printable(source.root),
        "label": printable(source.label),
        "revision": source.revision,
        "kernel": version,
        "default_lock": catalog.default.name,
        "locks": " ".join(lock.name for lock in catalog.locks),
        "files": str(len(files)),
        "functions": str(functions),
        "functions_read": str(sum(1 for f in facts.values() for s in f.spans)),
        "functions_whole": str(sum(1 for f in facts.values() for s in f.spans if s.whole)),
        "functions_analysed": str(len(program.members)),
    }
    return MapData(
        meta,
        tuple(sites),
        tuple(sections),
        tuple(collect_contracts(program)),
        tuple(collect_states(program)),
        tuple(spans),
        tuple(diagnostics),
        rows,
    )


def _noted(listing: Listing, files: set[str]) -> list[FileEntry]:
    return [entry for entry in listing.entries if entry.path in files]
