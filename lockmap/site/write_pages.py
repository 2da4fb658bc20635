"""Write the many pages, in several processes where the system can fork."""

from __future__ import annotations

import gc
import multiprocessing
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import cast

from lockmap.errors import LockmapError
from lockmap.site.pages import Job
from lockmap.site.shells import Shell

LARGEST = 1_000_000
"""Bytes of a page."""
_TELL = 50
"""Pages after which a process says how far it is."""
_Told = tuple[int, tuple[str, ...], str]
"""Pages written since the last time; what is wrong with sources; an error."""


def write_pages(
    folder: Path,
    jobs: Sequence[Job],
    shells: Mapping[int, Shell],
    processes: int,
    tell: Callable[[int, int], None],
) -> tuple[str, ...]:
    """Write all; returns what is wrong with sources, in order.  *tell*: pages written, of all."""
    for name in sorted({job.name.rpartition("/")[0] for job in jobs}):
        (folder / name).mkdir(parents=True, exist_ok=True)
    done = 0
    troubles: list[str] = []

    def heard(told: _Told) -> None:
        nonlocal done
        number, trouble, error = told
        if error:
            raise LockmapError(error)
        done += number
        troubles.extend(trouble)
        tell(done, len(jobs))

    # What a process needs is there when it is forked: nothing is sent to it.
    if processes < 2 or sys.platform != "linux":
        _write(folder, jobs, shells, heard)
    else:
        _in_processes(folder, jobs, shells, processes, heard)
    return tuple(sorted(set(troubles)))


def _in_processes(
    folder: Path,
    jobs: Sequence[Job],
    shells: Mapping[int, Shell],
    processes: int,
    heard: Callable[[_Told], None],
) -> None:
    context = multiprocessing.get_context("fork")
    running = []
    for at in range(processes):
        here, there = context.Pipe(duplex=False)
        process = context.Process(
            target=_work, args=(folder, jobs[at::processes], shells, there), daemon=True
        )
        process.start()
        there.close()
        running.append((process, here))
    try:
        open_ends = [end for _, end in running]
        while open_ends:
            for end in cast(Iterable[Connection], wait(open_ends)):
                try:
                    heard(end.recv())
                except EOFError:
                    open_ends.remove(end)
    finally:
        for process, end in running:
            end.close()
            process.join(10)
            if process.is_alive():
                process.terminate()
    if any(process.exitcode for process, _ in running):
        raise LockmapError("a process that writes pages has ended too early", "try --jobs 1")


def _work(folder: Path, jobs: Sequence[Job], shells: Mapping[int, Shell], told: Connection) -> None:
    # Of what was there before the fork nothing is garbage here.
    gc.freeze()
    try:
        _write(folder, jobs, shells, told.send)
    except OSError as error:
        told.send((0, (), f"cannot write the site: {error}"))
    told.close()


def _write(
    folder: Path,
    jobs: Sequence[Job],
    shells: Mapping[int, Shell],
    heard: Callable[[_Told], None],
) -> None:
    number = 0
    troubles: list[str] = []
    for job in jobs:
        body = job.make()
        text = shells[job.name.count("/")].filled(body)
        data = text.encode("utf-8", "backslashreplace")
        # A new file: what lies there would not be ours.
        with (folder / f"{job.name}.html").open("xb") as file:
            file.write(data)
        if body.trouble:
            troubles.append(body.trouble)
        if len(data) > LARGEST:
            troubles.append(f"{job.name}.html has {len(data):,} bytes")
        number += 1
        if number == _TELL:
            heard((number, tuple(troubles), ""))
            number, troubles = 0, []
    heard((number, tuple(troubles), ""))
