"""Run one command and say what it cost: wall time, CPU time, memory of all its processes.

Memory is sampled from ``/proc`` by a thread while the command runs.  The sum of resident
sets (RSS) counts shared pages once per process, so it is an upper bound; the sum of
proportional sets (PSS) counts them once in all, but reading it makes the kernel walk page
tables, so it is sampled ten times less often.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

RSS_HZ = 20
PSS_EVERY = 10
"""One PSS sample for so many RSS samples: two a second."""
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


class CommandError(Exception):
    """A measured command ended with an error; a time without a result means nothing."""


@dataclass(frozen=True)
class Cost:
    """What one run of one command cost."""

    wall: float
    """Seconds from start to exit."""
    cpu: float
    """User and system seconds of all processes: what the system tells of the process and of
    every child it waited for, or what was last seen of each, whichever is more."""
    rss: int
    """Highest sum of resident sets over all processes, in bytes."""
    pss: int
    """Highest sum of proportional sets, in bytes; 0 where the kernel does not tell."""
    largest: int
    """Highest resident set of a single process (``ru_maxrss``), in bytes: exact, not sampled."""
    processes: int
    """Most processes seen at once."""

    @property
    def memory(self) -> int:
        """The safe side of all three: what the command never needed more than."""
        return max(self.rss, self.largest)


def parse_stat(text: str) -> tuple[int, int]:
    """(parent, session) of one ``/proc/PID/stat``; a command name may hold blanks and parens."""
    fields = text.rpartition(")")[2].split()
    return int(fields[1]), int(fields[3])


def family(root: int, stats: dict[int, tuple[int, int]]) -> set[int]:
    """Every process of *root*'s session, and every descendant of those.

    The session catches workers whose parent died; descent, those with a session of their own.
    """
    found = {pid for pid, (_, session) in stats.items() if root in (pid, session)}
    while True:
        more = {pid for pid, (parent, _) in stats.items() if parent in found} - found
        if not more:
            return found
        found |= more


class _Sampler(threading.Thread):
    """Keeps the peaks; ``stop`` ends it within one period."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root = root
        self.rss = self.pss = self.processes = 0
        self.cpu: dict[int, float] = {}
        """Seconds that each process had used when it was last seen."""
        self._done = threading.Event()

    def run(self) -> None:
        count = 0
        while not self._done.wait(1 / RSS_HZ):
            self.sample(with_pss=count % PSS_EVERY == 0)
            count += 1

    def sample(self, *, with_pss: bool) -> None:
        pids = family(self.root, _read_stats())
        self.processes = max(self.processes, len(pids))
        self.cpu.update((pid, seconds) for pid in pids if (seconds := _cpu(pid)))
        self.rss = max(self.rss, sum(map(_rss, pids)))
        if with_pss:
            self.pss = max(self.pss, sum(map(_pss, pids)))

    def stop(self) -> None:
        self._done.set()
        self.join()


def run(command: Sequence[str], *, cwd: Path, env: dict[str, str] | None = None) -> Cost:
    """Run *command* in *cwd* and return its cost.

    Raises CommandError with the end of its output when it cannot be started or exits
    with anything but 0.  Whatever it started is ended when this returns or raises.
    """
    # A file, not a pipe: nobody then has to read along on the same cores.
    with tempfile.TemporaryFile() as output:
        start = time.monotonic()
        try:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise CommandError(f"{command[0]}: {error.strerror}") from error
        sampler = _Sampler(process.pid)
        sampler.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.monotonic() - start
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            sampler.stop()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        if process.returncode != 0:
            output.seek(max(0, output.tell() - 2000))
            tail = output.read().decode(errors="replace").strip()
            raise CommandError(f"{' '.join(command)}: exit {process.returncode}\n{tail}")
    return Cost(
        wall=wall,
        cpu=max(usage.ru_utime + usage.ru_stime, sum(sampler.cpu.values())),
        rss=sampler.rss,
        pss=sampler.pss,
        largest=usage.ru_maxrss * 1024,
        processes=max(1, sampler.processes),
    )


def _cpu(pid: int) -> float:
    """User and system seconds of one process so far; 0 when it has gone."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _read_stats() -> dict[int, tuple[int, int]]:
    stats = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                stats[int(entry.name)] = parse_stat((entry / "stat").read_text())
    return stats


def _rss(pid: int) -> int:
    """Resident bytes of a process; 0 once it is gone."""
    try:
        return int((_PROC / str(pid) / "statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _pss(pid: int) -> int:
    """Proportional bytes of a process; 0 once it is gone, or on kernels before 4.14."""
    try:
        text = (_PROC / str(pid) / "smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found.group(1)) * 1024 if found else 0
