"""The call graph, found by a process of its own while this one follows the locks.

It waits for what this one finds of the locks, finds who may run under them, and writes the
tables about functions as the beginning of the map.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from lockmap.errors import LockmapError
from lockmap.facts.outlined import Outlines
from lockmap.locks.catalog import load_specs
from lockmap.map.records import MapData
from lockmap.map.write import begin_map
from lockmap.scan.called import Called, call_graph_of
from lockmap.scan.callers import CallSites
from lockmap.scan.contexts import CallersHold, contexts_of
from lockmap.scan.heap import give_back
from lockmap.scan.outlines import load_outlines
from lockmap.scan.workers import start_beside
from lockmap.tree.source import ReadProblem, Source

Places = Sequence[tuple[str, int]]
Answer = tuple[CallersHold, CallSites, Callable[[], None]]
"""What callers hold, their calls, and what to call before anything else is written to the map."""
_TEXTS_KEPT = 128
_LONGEST_END = 5
"""Seconds for the process to end when nobody waits for it."""


@dataclass(frozen=True, slots=True)
class Task:
    """The tree whose call graph is wanted."""

    source: Source
    files: Sequence[str]
    version: tuple[int, int, int] | None
    snapshot: Path
    token: bytes
    """Where the outlines of the tree are kept, and which they are."""
    locks: Sequence[str]


class CallGraph(Protocol):
    """The call graph of a tree, as it is found."""

    def tell(self, data: MapData, readers: Places) -> None:
        """Say what is known of the locks, and where (file, line) functions of interest begin."""

    def answer(self, path: Path) -> Answer:
        """Begin the map at *path* with the tables about functions, after ``tell``.

        The calls are those of the functions of interest.
        """


@contextmanager
def call_graph_beside(task: Task, outlines: Outlines, *, alone: bool) -> Iterator[CallGraph]:
    """Begin to find the call graph; *alone*: in this process, when it is asked for.

    Whatever was begun has ended when the context has.
    """
    if alone:
        yield _Here(task, outlines)
        return
    here, process = start_beside(_serve, task)
    try:
        yield _There(here)
    finally:
        here.close()
        process.join(0 if process.exitcode is None else _LONGEST_END)
        if process.is_alive():
            process.terminate()
            process.join(_LONGEST_END)


@dataclass(slots=True)
class _Here:
    """In this process."""

    task: Task
    outlines: Outlines
    told: tuple[MapData, Places] | None = None

    def tell(self, data: MapData, readers: Places) -> None:
        """See CallGraph."""
        self.told = data, readers

    def answer(self, path: Path) -> Answer:
        """See CallGraph."""
        assert self.told is not None
        data, readers = self.told
        called = _called(self.task, lambda: self.outlines)
        contexts, hold, sites = contexts_of(called, data, self.task.locks, readers)
        begin_map(path, contexts)
        return hold, sites, lambda: None


@dataclass(frozen=True, slots=True)
class _There:
    """In another, to which *connection* leads."""

    connection: Connection

    def tell(self, data: MapData, readers: Places) -> None:
        """See CallGraph."""
        self._send((data, readers))

    def answer(self, path: Path) -> Answer:
        """See CallGraph."""
        self._send(path)
        hold, sites = self._receive()
        assert isinstance(hold, CallersHold)
        assert isinstance(sites, CallSites)
        return hold, sites, self._receive

    def _send(self, part: object) -> None:
        # What has become of one that does not listen any more, it has said: see _receive.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send(part)

    def _receive(self) -> Any:
        try:
            answer = self.connection.recv()
        except (EOFError, OSError) as error:
            raise LockmapError(
                "the process that finds the call graph died",
                hint="it was killed, perhaps for want of memory: try --jobs 1",
            ) from error
        if isinstance(answer, Exception):
            raise answer
        return answer


def _serve(there: Connection, task: Task) -> None:
    """Answer the one question that is asked through *there*."""
    with contextlib.suppress(EOFError, BrokenPipeError):
        try:
            # Taken in as it comes: the other side has more to do than to wait.
            told = ThreadPoolExecutor(1).submit(there.recv)
            # Handed on, not kept: it is a gigabyte for a kernel.
            called = [_called(task, lambda: _loaded(task))]
            give_back()
            data, readers = told.result()
            contexts, *answer = contexts_of(called.pop(), data, task.locks, readers)
            path = there.recv()
            there.send(answer)
            begin_map(path, contexts)
        except EOFError:
            raise
        except Exception as error:
            there.send(error)
        else:
            there.send(None)


def _loaded(task: Task) -> Outlines:
    outlines = load_outlines(task.snapshot, task.token)
    if outlines is None:
        raise LockmapError("the outlines of the tree cannot be read back")
    return outlines


def _called(task: Task, outlines: Callable[[], Outlines]) -> Called:
    catalog = load_specs(task.version)
    return call_graph_of(task.files, outlines, catalog, _reader(task.source))


def _reader(source: Source) -> Callable[[str], bytes]:
    """Reads files; one that cannot be read any more is empty."""

    @lru_cache(_TEXTS_KEPT)
    def read(path: str) -> bytes:
        try:
            return source.read(path)
        except ReadProblem:
            return b""

    return read
