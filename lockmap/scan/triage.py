"""Triage of many files, in parallel: read, look up, else index and parse."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import msgspec

from lockmap.errors import LockmapError
from lockmap.facts.file import FileFacts, Interest, triage_file
from lockmap.facts.outlined import Outlines, Packer, nothing
from lockmap.facts.triage import packer
from lockmap.scan.progress import Progress
from lockmap.scan.store import FactStore
from lockmap.scan.workers import end, no_interrupt, workers, worth_starting
from lockmap.tree.source import FileEntry, ReadProblem, Source, printable

_BATCH_BYTES = 6 << 20
_TOO_DEEP = "an expression nested too deeply to follow; the file is left out"
_encode = msgspec.msgpack.Encoder().encode


class Read(msgspec.Struct, frozen=True, gc=False):
    """One file triaged: ``facts`` is MessagePack; ``problem`` when it could not be read.

    ``key`` is that of the cache, empty for a file that needed no parser.
    """

    key: bytes
    mentions: bytes
    definitions: bytes
    facts: bytes
    cached: bool
    problem: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker needs."""

    source: Source
    interest: Interest
    fingerprint: bytes
    cache: Path
    limit: int
    outlines: bool = False
    """Whether outlines are wanted."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some files triaged, and their outlines."""

    reads: list[Read]
    """In the order in which they were asked for."""
    outlines: list[Outlines]
    """Those of some files each, in that order."""


def read_batch(job: Job, paths: list[str], sizes: list[int], stamps: list[str]) -> Batch:
    """Triage some files, taking from the cache what is there.

    Their entries come as columns, which take a fraction of the time to hand to another process.
    """
    store = FactStore(job.cache, job.limit)
    store.open()
    into = packer() if job.outlines else None
    try:
        source = job.source.read_many(map(FileEntry, paths, sizes, stamps))
        reads = [_read(job, entry, data, store, into) for entry, data in source]
        return Batch(reads, [into.packed() if into is not None else nothing(len(reads))])
    finally:
        store.close()
        job.source.close()


def _read(
    job: Job,
    entry: FileEntry,
    data: bytes | ReadProblem,
    store: FactStore,
    into: Packer | None,
) -> Read:
    if isinstance(data, ReadProblem):
        if into is not None:
            into.skip()
        found = data.problem
        problem: tuple[str, str, str] = (found.path, found.kind, found.message)
        return Read(b"", b"", b"", b"", cached=False, problem=problem)
    key = b""
    cached: FileFacts | None = None

    def known() -> FileFacts | None:
        nonlocal key, cached
        key = blake2b(data, digest_size=16, key=job.fingerprint).digest()
        blob = store.get(key)
        with suppress(msgspec.MsgspecError):  # a damaged entry is read anew
            cached = decode_facts(blob) if blob is not None else None
        return cached

    try:
        done = triage_file(data, job.interest, known, into)
        facts = _encode(done.facts)
    except RecursionError:
        problem = (printable(entry.path), "too-deep", _TOO_DEEP)
        return Read(b"", b"", b"", b"", cached=False, problem=problem)
    return Read(key, done.mentions, done.definitions, facts, cached is not None)


def triage(job: Job, entries: Sequence[FileEntry], jobs: int, progress: Progress) -> Batch:
    """Triage *entries* with up to *jobs* processes; results in the order given.

    Raises LockmapError when a worker dies; KeyboardInterrupt leaves no process behind.
    """
    total = sum(e.size for e in entries)
    batches = _batches(entries)
    if not worth_starting(jobs, entries):
        return _inline(job, batches, total, progress)
    pool = workers(min(jobs, len(batches)))
    results: dict[int, Batch] = {}
    done = 0
    try:
        pending: dict[Future[Batch], int] = {}
        upcoming = iter(enumerate(batches))
        while True:
            while len(pending) < 2 * jobs and (item := next(upcoming, None)) is not None:
                with no_interrupt():
                    pending[pool.submit(read_batch, job, *_columns(item[1]))] = item[0]
            if not pending:
                break
            finished, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in finished:
                number = pending.pop(future)
                results[number] = future.result()
                done += sum(e.size for e in batches[number])
                progress("read", done, total)
    except BrokenProcessPool as error:
        raise LockmapError(
            "a worker process died while reading the tree",
            hint="it was killed, perhaps for want of memory: try --jobs 1",
        ) from error
    finally:
        end(pool)
    return _joined([results[number] for number in sorted(results)])


def _joined(batches: Sequence[Batch]) -> Batch:
    reads = [read for batch in batches for read in batch.reads]
    return Batch(reads, [outlines for batch in batches for outlines in batch.outlines])


def _columns(entries: list[FileEntry]) -> tuple[list[str], list[int], list[str]]:
    return [e.path for e in entries], [e.size for e in entries], [e.stamp for e in entries]


def _inline(job: Job, batches: list[list[FileEntry]], total: int, progress: Progress) -> Batch:
    results: list[Batch] = []
    done = 0
    for batch in batches:
        results.append(read_batch(job, *_columns(batch)))
        done += sum(e.size for e in batch)
        progress("read", done, total)
    return _joined(results)


def _batches(entries: Sequence[FileEntry]) -> list[list[FileEntry]]:
    """Stretches of about equal size."""
    batches: list[list[FileEntry]] = []
    size = _BATCH_BYTES
    for entry in entries:
        if size >= _BATCH_BYTES or len(batches[-1]) >= 2000:
            batches.append([])
            size = 0
        batches[-1].append(entry)
        size += entry.size
    return batches


def decode_facts(blob: bytes) -> FileFacts:
    """The facts behind a ``Read`` or a snapshot row."""
    return msgspec.msgpack.decode(blob, type=FileFacts)
