"""Triage of many files, in parallel: read, look up, else index and parse."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import msgspec

from lockmap.errors import LockmapError
from lockmap.facts.file import FileFacts, Interest, triage_file
from lockmap.scan.collector import rarely_collect
from lockmap.scan.progress import Progress
from lockmap.scan.store import Entry, FactStore
from lockmap.tree.source import FileEntry, ReadProblem, Source, printable

_BATCH_BYTES = 6 << 20
_INLINE_BYTES = 6 << 20
"""Less than this is read in this process: starting others would take longer."""
_TOO_DEEP = "an expression nested too deeply to follow; the file is left out"
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Read:
    """One file triaged: ``facts`` is MessagePack; ``problem`` when it could not be read."""

    entry: FileEntry
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


def read_batch(job: Job, entries: Sequence[FileEntry]) -> list[Read]:
    """Triage some files, taking from the cache what is there."""
    store = FactStore(job.cache, job.limit)
    store.open()
    try:
        return list(_read(job, entries, store))
    finally:
        store.close()
        job.source.close()


def _read(job: Job, entries: Sequence[FileEntry], store: FactStore) -> Iterator[Read]:
    waiting: list[tuple[FileEntry, bytes, bytes]] = []
    held = 0
    for entry, data in job.source.read_many(entries):
        if isinstance(data, ReadProblem):
            found = data.problem
            yield Read(entry, b"", b"", b"", b"", False, (found.path, found.kind, found.message))
            continue
        key = blake2b(data, digest_size=16, key=job.fingerprint).digest()
        waiting.append((entry, key, data))
        held += len(data)
        if held > _BATCH_BYTES:
            yield from _resolve(job, waiting, store)
            waiting, held = [], 0
    yield from _resolve(job, waiting, store)


def _resolve(
    job: Job, waiting: list[tuple[FileEntry, bytes, bytes]], store: FactStore
) -> Iterator[Read]:
    known: dict[bytes, Entry] = {e[0]: e for e in store.get(key for _, key, _ in waiting)}
    for entry, key, data in waiting:
        hit = known.get(key)
        if hit is not None:
            yield Read(entry, key, hit[1], hit[2], hit[3], cached=True)
            continue
        try:
            done = triage_file(data, job.interest)
            facts = _encode(done.facts)
        except RecursionError:
            problem = (printable(entry.path), "too-deep", _TOO_DEEP)
            yield Read(entry, key, b"", b"", b"", cached=False, problem=problem)
            continue
        yield Read(entry, key, done.mentions, done.definitions, facts, cached=False)


def triage(job: Job, entries: Sequence[FileEntry], jobs: int, progress: Progress) -> list[Read]:
    """Triage *entries* with up to *jobs* processes; results in the order given.

    Raises LockmapError when a worker dies; KeyboardInterrupt leaves no process behind.
    """
    total = sum(e.size for e in entries)
    batches = _batches(entries)
    if jobs <= 1 or total < _INLINE_BYTES:
        return _inline(job, batches, total, progress)
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(
        min(jobs, len(batches)), mp_context=context, initializer=rarely_collect
    )
    results: dict[int, list[Read]] = {}
    done = 0
    try:
        pending: dict[Future[list[Read]], int] = {}
        upcoming = iter(enumerate(batches))
        while True:
            while len(pending) < 2 * jobs and (item := next(upcoming, None)) is not None:
                with _no_interrupt():
                    pending[pool.submit(read_batch, job, item[1])] = item[0]
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
        pool.shutdown(wait=False, cancel_futures=True)
        _end(pool)
    return [read for number in sorted(results) for read in results[number]]


def _inline(job: Job, batches: list[list[FileEntry]], total: int, progress: Progress) -> list[Read]:
    reads: list[Read] = []
    done = 0
    for batch in batches:
        reads += read_batch(job, batch)
        done += sum(e.size for e in batch)
        progress("read", done, total)
    return reads


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


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Hold Ctrl-C back while a process may be started.

    The process inherits this from its first instruction on, for good: Ctrl-C is for the
    parent, which ends its workers.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end(pool: ProcessPoolExecutor) -> None:
    """Terminate what an interrupt left running."""
    for process in list((pool._processes or {}).values()):
        if process.is_alive():
            process.terminate()
    for process in list((pool._processes or {}).values()):
        process.join(5)


def decode_facts(blob: bytes) -> FileFacts:
    """The facts behind a ``Read`` or a snapshot row."""
    return msgspec.msgpack.decode(blob, type=FileFacts)
