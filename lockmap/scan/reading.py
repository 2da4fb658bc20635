"""All files of a tree as triage knows them: read where changed, else as the last scan left them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lockmap.facts.outlined import Outlines, nothing, put_together
from lockmap.scan.asked import Change
from lockmap.scan.outlines import load_outlines, up_to_date
from lockmap.scan.progress import Progress
from lockmap.scan.snapshot import Problem3, Stamps, Text, load_texts
from lockmap.scan.store import FactStore
from lockmap.scan.triage import Batch, Job, triage
from lockmap.tree.source import FileEntry, Listing


@dataclass(frozen=True, slots=True)
class Reading:
    """The files of a tree, in order of path."""

    files: list[tuple[str, Text]]
    stamps: tuple[tuple[bytes, str], ...]
    problems: tuple[Problem3, ...]
    """What could not be read."""
    known: bool
    """Whether ``changes`` is against what the last scan knew, or all is new."""
    changes: Mapping[bytes, Change]
    read: int
    parsed: int
    complaints: tuple[str, ...]
    outlines: list[Outlines]
    """Of ``files``, in order, of some in each; of none of them where outlines are not wanted."""


def read_changed(
    job: Job,
    listing: Listing,
    last: Stamps | None,
    snapshot: Path,
    jobs: int,
    progress: Progress,
) -> Reading:
    """Read what has changed since *last*, or everything."""
    known, kept = _known(last, snapshot, outlines=job.outlines)
    stamps = dict(last.files) if last is not None and known else {}
    changed = [e for e in listing.entries if stamps.get(os.fsencode(e.path)) != e.stamp]
    store = FactStore(job.cache, job.limit)
    store.open()
    try:
        batch = triage(job, changed, jobs, progress)
        reads = batch.reads
        store.put((r.key, r.facts) for r in reads if r.key and not r.cached)
        if not known:
            store.touch(r.key for r in reads if r.cached)
        store.trim()
    finally:
        store.close()
    return _together(
        listing, changed, batch, known, kept, tuple(store.complaints), wanted=job.outlines
    )


def _known(
    last: Stamps | None, snapshot: Path, *, outlines: bool
) -> tuple[dict[bytes, Text], Outlines]:
    """What the last scan made of each file, and their outlines, if wanted, in the same order."""
    texts = load_texts(snapshot, last.token()) if last is not None else None
    if last is None or texts is None:
        return {}, nothing()
    kept = load_outlines(snapshot, last.token()) if outlines else nothing(len(texts.files))
    if kept is None:
        return {}, nothing()
    if not len(texts.files) == len(last.files) == len(kept.counts):
        return {}, nothing()
    known = {raw: text for (raw, _), text in zip(last.files, texts.files, strict=True)}
    return known, kept


def _together(
    listing: Listing,
    changed: list[FileEntry],
    batch: Batch,
    known: dict[bytes, Text],
    kept: Outlines,
    complaints: tuple[str, ...],
    *,
    wanted: bool,
) -> Reading:
    reads = batch.reads
    fresh = {os.fsencode(e.path): r for e, r in zip(changed, reads, strict=True)}
    files: list[tuple[str, Text]] = []
    stamps: list[tuple[bytes, str]] = []
    problems: list[Problem3] = []
    changes: dict[bytes, Change] = {}
    gone = known.keys() - {os.fsencode(e.path) for e in listing.entries}
    for entry in listing.entries:
        raw = os.fsencode(entry.path)
        read = fresh.get(raw)
        if read is None:
            text = known[raw]
        elif read.problem is not None:
            problems.append(read.problem)
            gone |= {raw} & known.keys()
            continue
        else:
            text = Text(read.mentions, read.definitions, read.facts)
            changes[raw] = (known.get(raw), text)
        files.append((entry.path, text))
        stamps.append((raw, entry.stamp))
    changes.update((raw, (known[raw], None)) for raw in gone)
    return Reading(
        files,
        tuple(stamps),
        tuple(problems),
        bool(known),
        changes,
        len(reads),
        sum(1 for r in reads if r.key and not r.cached),
        complaints,
        _outlines([path for path, _ in files], known, kept, changed, batch) if wanted else [],
    )


def _outlines(
    files: list[str],
    known: dict[bytes, Text],
    kept: Outlines,
    changed: list[FileEntry],
    batch: Batch,
) -> list[Outlines]:
    """The outlines of *files*: those read now, else those that were kept."""
    if not known and len(files) == len(changed):
        return batch.outlines
    return up_to_date(
        files,
        ({os.fsdecode(raw): n for n, raw in enumerate(known)}, kept),
        ({e.path: n for n, e in enumerate(changed)}, put_together(batch.outlines)),
    )
