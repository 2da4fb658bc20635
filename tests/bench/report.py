"""The figures as a page of the manual: medians, ratios to ctags, and how they were made."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .measure import Cost

MIB = 1 << 20
BASE = "ctags"
"""The job all ratios refer to."""
FLOORS = {
    "scan, cold": 0.75,
    "scan, unchanged": 0.05,
    "scan, one file edited": 0.1,
    "sections, cold": 0.5,
    "sections, unchanged": 0.05,
    "sections, one file edited": 0.1,
}
"""Highest wall time that is good enough, as a share of that of ctags."""
MEMORY_FLOORS = {"scan": 2560 * MIB, "sections": 2048 * MIB}
"""By the first word of a job."""


@dataclass(frozen=True)
class TreeResult:
    """All rounds on one tree."""

    name: str
    files: int
    size: int
    """Bytes of all .c and .h files."""
    costs: Mapping[str, Sequence[Cost]]
    """Job → one cost a round."""
    part: bool = False
    """Whether it is only a part of a kernel: the floors are for whole ones."""


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure taken alone; of memory, the highest of all rounds."""
    return Cost(
        wall=statistics.median(cost.wall for cost in costs),
        cpu=statistics.median(cost.cpu for cost in costs),
        rss=max(cost.rss for cost in costs),
        pss=max(cost.pss for cost in costs),
        largest=max(cost.largest for cost in costs),
        processes=max(cost.processes for cost in costs),
    )


def missed_floors(result: TreeResult) -> list[str]:
    """What is slower or larger than promised, in words; empty when all is well."""
    base = middle(result.costs[BASE]).wall
    missed = []
    for job, floor in FLOORS.items():
        cost = middle(result.costs[job])
        if cost.wall > floor * base:
            missed.append(f"{result.name}, {job}: {cost.wall / base:.3f}x ctags, floor {floor}x")
        most = MEMORY_FLOORS[job.partition(",")[0]]
        if cost.memory > most:
            missed.append(
                f"{result.name}, {job}: {cost.memory // MIB} MiB, floor {most // MIB} MiB"
            )
    return missed


def table(result: TreeResult) -> str:
    """One tree's medians as a Markdown table."""
    base = middle(result.costs[BASE]).wall
    lines = [
        f"## {result.name}",
        "",
        f"{result.files:,} files, {result.size / 1e6:,.0f} MB of `.c` and `.h`.",
        "",
        "| job | wall s, each round | median | x ctags | CPU s | RSS MiB | PSS MiB | processes |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for job, costs in result.costs.items():
        mid = middle(costs)
        rounds = " ".join(f"{cost.wall:.1f}" for cost in costs)
        pss = f"{mid.pss // MIB:,}" if mid.pss else "?"
        lines.append(
            f"| {job} | {rounds} | {mid.wall:.2f} | {mid.wall / base:.3f} | {mid.cpu:.1f} "
            f"| {mid.memory // MIB:,} | {pss} | {mid.processes} |"
        )
    return "\n".join(lines)


def linearity(results: Sequence[TreeResult]) -> str:
    """Cold-scan seconds per 100 MB of source, tree by tree: flat when cost is linear."""
    lines = [
        "## Cost by size of the tree",
        "",
        "| tree | MB | cold scan s | s per 100 MB | ctags s per 100 MB |",
        "|---|---:|---:|---:|---:|",
    ]
    for result in sorted(results, key=lambda result: result.size):
        hundred = result.size / 1e8
        scan = middle(result.costs["scan, cold"]).wall
        ctags = middle(result.costs[BASE]).wall
        lines.append(
            f"| {result.name} | {result.size / 1e6:,.0f} | {scan:.1f} | {scan / hundred:.2f} "
            f"| {ctags / hundred:.2f} |"
        )
    return "\n".join(lines)


def machine() -> str:
    """What the figures were taken on, without naming the host."""
    model = "unknown CPU"
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30)
    return (
        f"{len(os.sched_getaffinity(0))} cores ({model}), {memory:.0f} GiB of memory, "
        f"Linux {platform.release()}, Python {platform.python_version()}"
    )


def page(results: Sequence[TreeResult], tools: Sequence[str], command: str, load: float) -> str:
    """The whole page, ready for ``docs/performance.md``.

    *tools* are version lines, *load* the one-minute load average before the first run.
    """
    missed = [r for result in results if not result.part for r in missed_floors(result)]
    verdict = "All floors are met." if not missed else "Missed: " + "; ".join(missed) + "."
    if any(result.part for result in results):
        verdict += " They are for whole kernels: on a part, starting up weighs most."
    head = f"""<!-- Written by the benchmark; run it again instead of editing. -->

# Performance

`{command}` runs lockmap, universal-ctags and cscope in turn, on the same files, on the same
machine, and writes this page.

- Machine: {machine()}; load average before the first run {load:.2f}.
- Tools: {"; ".join(tools)}.
- The tree is a scratch copy of hard links; all its `.c` and `.h` files are read once before the
  first run, so every tool finds them in the page cache. Rounds go through the jobs in turn, each
  round starting with another one.
- *sections* is `lockmap scan --sections-only`. *cold* starts from an empty `LOCKMAP_HOME`;
  *unchanged* is the same command again; *one file edited* comes after a
  function was added to one file.
- `ctags --languages=C --map-C=+.h --fields=+neK` and `cscope -b -q -k` get every `.c` and `.h` of
  the tree; `lockmap scan` runs with its defaults, which leave out `tools/`, `scripts/`, `samples/`
  and `Documentation/`.
- Wall and CPU seconds are medians; memory is the highest of all rounds, over all processes
  together. RSS (sampled 20 times a second, and never less than the largest process's exact peak)
  counts shared pages once per process; PSS (2 times a second) once in all.

{verdict} The floors: cold {FLOORS["scan, cold"]}x the wall time of ctags
({FLOORS["sections, cold"]}x with `--sections-only`), unchanged
{FLOORS["scan, unchanged"]}x, one file edited {FLOORS["scan, one file edited"]}x, memory
2560 MiB (2048 MiB).
"""
    parts = [head, *(table(result) + "\n" for result in results)]
    if len(results) > 1:
        parts.append(linearity(results) + "\n")
    return "\n".join(parts)
