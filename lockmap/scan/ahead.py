"""Accesses read by other processes while this one follows the locks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from lockmap.errors import LockmapError
from lockmap.program.index import NameIndex, save_index
from lockmap.program.kept import Kept
from lockmap.scan.progress import Progress
from lockmap.scan.stretches import Planned
from lockmap.scan.touched import NO_INDEX, Job, Trace, touch, touch_in_worker
from lockmap.scan.workers import end, no_interrupt, workers
from lockmap.tree.source import Source

INLINE_FUNCTIONS = 600
"""Fewer than these are read in one process: starting others would take longer."""
_POLITE = 15
"""How much less urgent (see nice(2)) than the process that waits for all of it."""

Gather = Callable[[Progress], list[Trace]]
"""Waits for what was begun: the traces, in the order of the stretches."""


@contextmanager
def begun(
    stretches: Sequence[Planned],
    source: Source,
    index: Callable[[], NameIndex],
    transparent: frozenset[str],
    jobs: int,
    *,
    typed: bool,
) -> Iterator[Gather]:
    """Begin to read *stretches* in up to *jobs* processes, and let the caller do something else.

    All of them have ended when the context has, whatever happens in it.
    """
    if jobs < 2 or sum(s.functions for s in stretches) < INLINE_FUNCTIONS:
        yield lambda progress: _inline(stretches, source, index, transparent, progress, typed=typed)
        return
    with contextlib.ExitStack() as stack:
        try:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="lockmap-")))
            if typed:
                save_index(index(), folder)
        except OSError:  # no room for it
            yield lambda progress: _inline(
                stretches, source, index, transparent, progress, typed=typed
            )
            return
        pool = workers(min(jobs, len(stretches)), _POLITE)
        stack.callback(end, pool)
        job = Job(source, folder, transparent, typed)
        numbers: dict[Future[bytes], int] = {}
        try:
            # The longest first: none of them is what everybody waits for in the end.
            for number in sorted(range(len(stretches)), key=lambda n: -stretches[n].functions):
                with no_interrupt():
                    future = pool.submit(touch_in_worker, job, stretches[number].files)
                numbers[future] = number
        except BrokenProcessPool as error:
            raise _died() from error
        yield lambda progress: _gathered(numbers, progress)


def _inline(
    stretches: Sequence[Planned],
    source: Source,
    index: Callable[[], NameIndex],
    transparent: frozenset[str],
    progress: Progress,
    *,
    typed: bool,
) -> list[Trace]:
    found = []
    kept = Kept()
    for number, stretch in enumerate(stretches):
        progress("accesses", number, len(stretches))
        names = index() if typed else NO_INDEX
        found.append(touch(source.read, names, transparent, stretch.files, kept, typed=typed))
    return found


def _gathered(numbers: dict[Future[bytes], int], progress: Progress) -> list[Trace]:
    found: dict[int, Trace] = {}
    try:
        for future in as_completed(numbers):
            found[numbers[future]] = msgspec.msgpack.decode(future.result(), type=Trace)
            progress("accesses", len(found), len(numbers))
    except BrokenProcessPool as error:
        raise _died() from error
    return [found[number] for number in sorted(found)]


def _died() -> LockmapError:
    return LockmapError(
        "a worker process died while reading the accesses",
        hint="it was killed, perhaps for want of memory: try --jobs 1",
    )
