"""The processes that read a tree: how they are started, and how they end.

They are forked from one process that has only imported what they need (Python's "forkserver"),
so that the imports are paid once, and while the tree is still being listed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TypeVar

from lockmap.scan.collector import never_collect
from lockmap.tree.source import FileEntry

_T = TypeVar("_T")
INLINE_BYTES = 6 << 20
"""Less than this is read in one process: starting others would take longer."""
_NEEDED = "lockmap.scan.ready"
_FORKED = "forkserver" in multiprocessing.get_all_start_methods()


def worth_starting(jobs: int, entries: Iterable[FileEntry]) -> bool:
    """Whether *entries* are enough to read for other processes to save time."""
    return jobs > 1 and sum(e.size for e in entries) >= INLINE_BYTES


def expect_work() -> None:
    """Start the process that workers are forked from: its imports take a while."""
    if _FORKED:
        # Its start lets Ctrl-C through again, whatever was before: let it be over.
        resource_tracker.ensure_running()
        with no_interrupt():
            multiprocessing.set_forkserver_preload([_NEEDED])
            forkserver.ensure_running()


def workers(number: int, polite: int = 0) -> ProcessPoolExecutor:
    """A pool of *number* processes; ``end`` it.  *polite*: see nice(2)."""
    expect_work()
    context = multiprocessing.get_context("forkserver" if _FORKED else "spawn")
    return ProcessPoolExecutor(number, mp_context=context, initializer=_start, initargs=(polite,))


def end(pool: ProcessPoolExecutor) -> None:
    """Terminate what an interrupt left running, and see all of them gone."""
    processes: Sequence[BaseProcess] = [*(pool._processes or {}).values()]  # shutdown forgets them
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        if process.is_alive():
            process.terminate()
    for process in processes:
        process.join(5)


def start_beside(
    serve: Callable[[Connection, _T], None], task: _T
) -> tuple[Connection, BaseProcess]:
    """A process that runs *serve*, and this side of the connection that it is given."""
    expect_work()
    context = multiprocessing.get_context("forkserver" if _FORKED else "spawn")
    here, there = context.Pipe()
    process: BaseProcess = context.Process(  # type: ignore[attr-defined]
        target=_serve, args=(serve, there, task), daemon=True
    )
    with no_interrupt():
        process.start()
    there.close()
    return here, process


def _serve(serve: Callable[[Connection, _T], None], there: Connection, task: _T) -> None:
    _start(0)
    serve(there, task)


@contextmanager
def no_interrupt() -> Iterator[None]:
    """Hold Ctrl-C back while a process may be started.

    The process inherits this from its first instruction on, for good: Ctrl-C is for the
    parent, which ends its workers.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(polite: int) -> None:
    never_collect()
    os.nice(polite)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
