"""One scan, from a source to a written map.

What the parser and the analysis need is imported only when something has changed: to find
that nothing has takes hardly longer than listing the tree.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from lockmap import __version__
from lockmap.map.write import check_target, write_map
from lockmap.scan.documents import Documents, documents_of, mark_of
from lockmap.scan.fingerprint import fingerprint
from lockmap.scan.progress import Progress
from lockmap.scan.snapshot import (
    TRACES,
    MapMark,
    Problem3,
    Result,
    Stamps,
    Texts,
    load_known,
    load_result,
    load_stamps,
    reseal_known,
    save_known,
    save_result,
    save_stamps,
    save_texts,
    token_of,
)
from lockmap.tree.open import source_version
from lockmap.tree.source import Listing, Source, printable
from lockmap.tree.version import KernelVersion

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockmap.locks.held import Contexts as Held
    from lockmap.map.records import MapData
    from lockmap.scan.beside import CallGraph
    from lockmap.scan.callers import CallSites
    from lockmap.scan.known import Taken
    from lockmap.scan.reading import Reading
    from lockmap.scan.touched import Trace


_LONG_LISTING = 0.1
"""Seconds after which the processes that will read the tree are expected to be worth starting."""


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
    """Bytes."""
    jobs: int
    full: bool = False
    """Whether to read field accesses, and find who may run under a lock over the whole tree."""
    rules: tuple[Path, ...] = ()
    """Files of rules that the user states."""

    @property
    def stage(self) -> bytes:
        """What tells maps apart that were made of the same tree."""
        return b"full" if self.full else b""


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


@dataclass(frozen=True, slots=True)
class _Now:
    """The tree as it is found."""

    source: Source
    listing: Listing
    version: KernelVersion | None
    mark: bytes
    """The fingerprint of lockmap."""
    documents: Documents
    """Those that state rules."""
    stated: str
    """Changes with them, and with the rules of the user."""

    @property
    def identity(self) -> tuple[str, ...]:
        """What the map says of the tree as a whole."""
        text = self.version.text if self.version else ""
        root, label = printable(self.source.root), printable(self.source.label)
        return (root, label, self.source.revision, text)

    @property
    def listed(self) -> tuple[Problem3, ...]:
        """Problems of the listing."""
        return tuple((p.path, p.kind, p.message) for p in self.listing.problems)


def scan(source: Source, options: Options, progress: Progress) -> Outcome:
    """Scan *source* and write its map.

    Raises TreeError, MapError and DataError; an interrupt leaves the old map as it was.
    """
    check_target(options.target)
    progress("list", 0, 0)
    documents = documents_of(source) if options.full else ()
    mark = fingerprint() + options.stage
    last = load_stamps(options.snapshot, mark)
    now = _Now(
        source,
        source.list() if last is not None or options.jobs < 2 else _listed(source),
        source_version(source),
        mark,
        documents,
        mark_of(documents, options.rules),
    )
    if last is not None and _is_current(last, now, options.target):
        return Outcome(options.target, len(now.listing.entries), 0, 0, True, ())
    return _rescan(now, last, options, progress)


def _listed(source: Source) -> Listing:
    """List a tree of which nothing is known yet: if that takes long, there is much to read."""
    from lockmap.scan.workers import expect_work  # noqa: PLC0415

    soon = threading.Timer(_LONG_LISTING, expect_work)
    soon.daemon = True
    soon.start()
    try:
        return source.list()
    finally:
        soon.cancel()
        soon.join()


def _rescan(  # noqa: PLR0915 (the steps of a scan, in order)
    now: _Now, last: Stamps | None, options: Options, progress: Progress
) -> Outcome:
    # Imported here: see the module's docstring.
    from lockmap.scan.workers import expect_work, worth_starting  # noqa: PLC0415

    if last is None and worth_starting(options.jobs, now.listing.entries):
        expect_work()  # their imports and those below at the same time

    from lockmap.facts.outlined import nothing, put_together  # noqa: PLC0415
    from lockmap.locks.catalog import load_specs  # noqa: PLC0415
    from lockmap.locks.held import NoContexts  # noqa: PLC0415
    from lockmap.scan.accessed import with_accesses  # noqa: PLC0415
    from lockmap.scan.ahead import begun  # noqa: PLC0415
    from lockmap.scan.analyse import analyse, complete  # noqa: PLC0415
    from lockmap.scan.beside import Task, call_graph_beside  # noqa: PLC0415
    from lockmap.scan.callers import functions_read  # noqa: PLC0415
    from lockmap.scan.documented import agreed, rules_stated  # noqa: PLC0415
    from lockmap.scan.known_calls import KnownCalls  # noqa: PLC0415
    from lockmap.scan.outlines import save_outlines  # noqa: PLC0415
    from lockmap.scan.reading import read_changed  # noqa: PLC0415
    from lockmap.scan.stretches import (  # noqa: PLC0415
        Traces,
        headers_index,
        plan,
        remaining,
        together,
        whole_index,
    )
    from lockmap.scan.triage import Job, decode_facts  # noqa: PLC0415
    from lockmap.scan.words import interest_of  # noqa: PLC0415

    catalog = load_specs(_numbers(now.version))
    job = Job(
        now.source,
        interest_of(catalog),
        now.mark,
        options.cache,
        options.cache_limit,
        options.full,
    )
    reading = read_changed(job, now.listing, last, options.snapshot, options.jobs, progress)
    complaints = [*reading.complaints]
    token = token_of(now.mark, reading.stamps)
    if last is None or last.token() != token:
        complaints.append(save_texts(options.snapshot, Texts(token, [t for _, t in reading.files])))
    if options.full:
        complaints.append(save_outlines(options.snapshot, token, reading.outlines))
    decoded = [decode_facts(text.facts) for _, text in reading.files]
    planned = plan((path, text, f) for (path, text), f in zip(reading.files, decoded, strict=True))
    traces, left = remaining(planned, _true_traces(last, reading, options.snapshot))
    index, whole = headers_index(reading.files), whole_index(reading.files)
    transparent = catalog.semantics.transparent
    locks = [lock.name for lock in catalog.locks]
    locks.sort(key=lambda name: name != catalog.default.name)
    graph: contextlib.AbstractContextManager[CallGraph | None] = contextlib.nullcontext()
    files = [path for path, _ in reading.files]
    if options.full:
        task = Task(now.source, files, _numbers(now.version), options.snapshot, token, locks)
        alone = bool(complaints[-1]) or not worth_starting(options.jobs, now.listing.entries)
        outlines = put_together(reading.outlines) if alone else nothing()
        graph = call_graph_beside(task, outlines, alone=alone)
        reading = replace(reading, outlines=[])
        del outlines
    with graph as callers:
        with begun(
            left, now.source, index, transparent, options.jobs, typed=options.full
        ) as gather:
            found = _unless_it_matters(last, reading, now, options.snapshot)
            if found is None:
                version = now.version.text if now.version else ""
                taken = _taken(last, reading, version, options.snapshot)
                found, known = analyse(
                    *(now.source, reading.files, whole, decoded, catalog, version, token),
                    *(taken, progress),
                )
                complaints.append(save_known(options.snapshot, token, known))
            elif last is not None:
                reseal_known(options.snapshot, last.token(), token)
            result = found
            if callers is not None:
                callers.tell(result.data, functions_read(files, decoded))
            stated = (
                rules_stated(now.source, whole(), now.documents, options.rules, catalog)
                if options.full
                else []
            )
            del whole  # of a hundred megabytes
            stretches = together(planned, traces, gather(progress))
        complaints.append(save_known(options.snapshot, token, Traces(tuple(stretches)), TRACES))
        problems = (*now.listed, *reading.problems)
        meta = _meta(now, len(reading.files), options)

        calls: list[KnownCalls] = []

        def rows(at: Path | None) -> MapData:
            hold: Held = NoContexts()
            sites: CallSites | None = None
            begun_there: Callable[[], None] | None = None
            if callers is not None and at is not None:
                progress("call graph", 0, 0)
                hold, sites, begun_there = callers.answer(at)
            progress("write", 0, 0)
            calls.append(KnownCalls(locks, hold, sites))
            data = with_accesses(result.data, stretches, locks, hold, sites, catalog)
            data = complete(data, now.listing.entries, problems, meta)
            if begun_there is not None:
                begun_there()
            return data

        def finish(map_: sqlite3.Connection) -> None:
            agreed(map_, stated, calls[0], catalog)

        write_map(
            options.target,
            rows if callers is not None else rows(None),
            finish=finish if options.full else None,
        )
    complaints += _left_for_the_next(now, reading, result, token, options)
    return Outcome(
        options.target,
        len(now.listing.entries),
        reading.read,
        reading.parsed,
        False,
        tuple(dict.fromkeys(c for c in complaints if c)),
    )


def _left_for_the_next(
    now: _Now, reading: Reading, result: Result, token: bytes, options: Options
) -> list[str]:
    """Save what the next scan begins with; returns what went wrong."""
    # The stamps last: they vouch for what was written before them.
    went = [save_result(options.snapshot, msgspec.structs.replace(result, token=token))]
    stamps = Stamps(
        now.mark,
        now.identity,
        reading.stamps,
        now.listed,
        reading.problems,
        map_mark(options.target),
        now.stated,
    )
    return [*went, save_stamps(options.snapshot, stamps)]


def _meta(now: _Now, files: int, options: Options) -> dict[str, str]:
    """What the map says of itself."""
    return {
        "lockmap": __version__,
        **dict(zip(("root", "label", "revision", "kernel"), now.identity, strict=True)),
        "files": str(files),
        "full": str(int(options.full)),
    }


def _unless_it_matters(
    last: Stamps | None, reading: Reading, now: _Now, snapshot: Path
) -> Result | None:
    """What the last analysis found, where what has changed cannot change it."""
    from lockmap.scan.asked import functions_of, same_answers  # noqa: PLC0415

    if last is None or not reading.known or last.identity != now.identity:
        return None
    result = load_result(snapshot, last.token())
    if result is None or not same_answers(result, reading.changes):
        return None
    functions = int(result.data.meta["functions"]) + sum(
        functions_of(after) - functions_of(before) for before, after in reading.changes.values()
    )
    meta = {**result.data.meta, "functions": str(functions)}
    return msgspec.structs.replace(result, data=replace(result.data, meta=meta))


def _true_traces(last: Stamps | None, reading: Reading, snapshot: Path) -> list[Trace]:
    """What the last scan found of accesses and is still true."""
    from lockmap.scan.stretches import Traces, still_true  # noqa: PLC0415

    if last is None or not reading.known:
        return []
    known = load_known(snapshot, last.token(), Traces, TRACES)
    return still_true(known.stretches, reading.changes) if known is not None else []


def _taken(last: Stamps | None, reading: Reading, version: str, snapshot: Path) -> Taken:
    """What the last analysis leaves to this one."""
    from lockmap.scan.known import Known, Taken, take_over  # noqa: PLC0415

    if last is None or not reading.known:
        return Taken()
    known = load_known(snapshot, last.token(), Known)
    return take_over(known, version, reading.files, reading.changes)


def default_jobs() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _numbers(version: KernelVersion | None) -> tuple[int, int, int] | None:
    return (version.major, version.patchlevel, version.sublevel) if version else None


def _is_current(last: Stamps, now: _Now, target: Path) -> bool:
    """Whether the map at *target* is the one that a scan would write."""
    return (
        not last.met
        and last.identity == now.identity
        and last.documents == now.stated
        and last.listed == now.listed
        and last.files == tuple((os.fsencode(e.path), e.stamp) for e in now.listing.entries)
        and _is_marked(target, last.written)
    )


def map_mark(path: Path) -> MapMark:
    """What tells the map at *path* from another."""
    try:
        info = path.stat()
        digest = blake2b(path.read_bytes(), digest_size=16).digest()
    except OSError:
        return MapMark()
    return MapMark(os.fsencode(os.path.realpath(path)), info.st_size, info.st_mtime_ns, digest)


def _is_marked(path: Path, mark: MapMark) -> bool:
    try:
        info = path.stat()
    except OSError:
        return False
    if info.st_size != mark.size or not mark.digest:
        return False
    same_file = mark.path == os.fsencode(os.path.realpath(path))
    return (same_file and info.st_mtime_ns == mark.mtime_ns) or map_mark(path).digest == mark.digest
