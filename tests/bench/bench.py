"""Measure lockmap against universal-ctags and cscope: ``make bench``.

``python -m bench.bench --kernels FOLDER`` with ``tests`` on the module path; the folder
holds ``linux-6.12`` and the like, as ``lockmap fetch`` leaves them.
"""

# ruff: noqa: T201 -- a program for people, who want to see how far it is

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from .measure import CommandError, Cost, run
from .report import TreeResult, missed_floors, page, table
from .scratch import edit, read_all, scratch_tree, sources

SUBTREE = ("Makefile", "Kbuild", "Kconfig", "MAINTAINERS", "COPYING", "include/linux", "mm", "fs")
"""A part of a kernel that is still recognised as one, for the size column."""
EDITED = "mm/mmap.c"

Job = Callable[[int], dict[str, Cost]]
"""Given the round, run and return {job name: cost}."""


def lockmap_jobs(
    lockmap: Sequence[str], tree: Path, work: Path, name: str = "scan", options: Sequence[str] = ()
) -> Job:
    """Cold, unchanged and edited scans belong together: each needs the one before."""

    def job(number: int) -> dict[str, Cost]:
        home = work / f"home-{number}"
        env = {**os.environ, "LOCKMAP_HOME": str(home)}
        output = work / f"round-{number}.lockmap"
        command = [*lockmap, "scan", str(tree), "--output", str(output), "--no-progress", *options]
        cold = run(command, cwd=work, env=env)
        again = run(command, cwd=work, env=env)
        edit(tree, EDITED, f"round_{number}")
        edited = run(command, cwd=work, env=env)
        shutil.rmtree(home, ignore_errors=True)
        output.unlink(missing_ok=True)
        steps = {"cold": cold, "unchanged": again, "one file edited": edited}
        return {f"{name}, {step}": cost for step, cost in steps.items()}

    return job


def ctags_job(program: str, tree: Path, listing: Path, work: Path) -> Job:
    """Tags of every .c and .h; without ``--map-C=+.h`` every header would be left out."""
    output = work / "tags"
    command = [program, "--languages=C", "--map-C=+.h", "--fields=+neK"]
    command += ["-L", str(listing), "-f", str(output)]

    def job(_number: int) -> dict[str, Cost]:
        cost = run(command, cwd=tree)
        output.unlink()
        return {"ctags": cost}

    return job


def cscope_job(program: str, tree: Path, listing: Path, work: Path) -> Job:
    """The cross-reference with its inverted index, in kernel mode."""
    output = work / "cscope.out"
    command = [program, "-b", "-q", "-k", "-i", str(listing), "-f", str(output)]

    def job(_number: int) -> dict[str, Cost]:
        cost = run(command, cwd=tree)
        for made in work.glob("cscope*out*"):
            made.unlink()
        return {"cscope": cost}

    return job


def interleave(jobs: Sequence[Job], rounds: int) -> dict[str, list[Cost]]:
    """Every job once a round, each round starting with the next one: no job always goes first."""
    costs: dict[str, list[Cost]] = {}
    for number in range(rounds):
        turn = number % len(jobs)
        for job in (*jobs[turn:], *jobs[:turn]):
            for name, cost in job(number).items():
                costs.setdefault(name, []).append(cost)
                print(f"  round {number + 1}: {name}: {cost.wall:.1f} s", flush=True)
    # The table lists lockmap first, whoever ran first.
    return dict(
        sorted(costs.items(), key=lambda item: not item[0].startswith(("scan", "sections")))
    )


def bench_tree(
    tree: Path, name: str, parts: Sequence[str], rounds: int, tools: dict[str, Sequence[str]]
) -> TreeResult:
    """All rounds of all tools on one tree, or on the *parts* of it."""
    print(f"{name}:", flush=True)
    with scratch_tree(tree, parts) as copy, tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        files = sources(copy)
        size = read_all(copy, files)
        listing = work / "files"
        listing.write_text("".join(f"{file}\n" for file in files))
        jobs = [
            lockmap_jobs(tools["lockmap"], copy, work),
            lockmap_jobs(tools["lockmap"], copy, work, "sections", ["--sections-only"]),
            ctags_job(tools["ctags"][0], copy, listing, work),
        ]
        if "cscope" in tools:
            jobs.append(cscope_job(tools["cscope"][0], copy, listing, work))
        return TreeResult(name, len(files), size, interleave(jobs, rounds), bool(parts))


def find_tools() -> tuple[dict[str, Sequence[str]], list[str]]:
    """The programs to measure and their version lines; exits with a message without ctags."""
    lockmap = Path(sys.executable).with_name("lockmap")
    tools: dict[str, Sequence[str]] = {"lockmap": [str(lockmap)]}
    versions = []
    for name, flag in (("lockmap", "--version"), ("ctags", "--version"), ("cscope", "-V")):
        program = str(lockmap) if name == "lockmap" else shutil.which(name)
        if program is None or not os.access(program, os.X_OK):
            if name == "cscope":
                continue
            sys.exit(f"{name} is not installed (Debian: apt-get install universal-ctags cscope)")
        done = subprocess.run([program, flag], capture_output=True, text=True, check=False)
        line = (done.stdout + done.stderr).strip().splitlines()[0]
        if name == "ctags" and "Universal" not in line:
            sys.exit("ctags is not Universal Ctags (Debian: apt-get install universal-ctags)")
        tools[name] = [program]
        versions.append(line.partition(", Copyright")[0].removeprefix(f"{program}: "))
    return tools, versions


def find_kernels(folder: Path, versions: Sequence[str]) -> list[tuple[str, Path]]:
    """(version, tree) of those wanted; exits with a message when one is missing."""
    kernels = []
    for version in versions:
        for name in (f"linux-{version}", f"linux-source-{version}"):
            if (folder / name / "Makefile").is_file():
                kernels.append((version, (folder / name).resolve()))
                break
        else:
            sys.exit(f"no linux-{version} under {folder}: run lockmap fetch {version} first")
    return kernels


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; 1 when a floor is missed or a command fails."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--kernels", type=Path, default=Path("kernel_src"))
    parser.add_argument("--versions", nargs="+", default=["6.12", "6.1"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-cscope", action="store_true", help="it takes longer than the rest")
    parser.add_argument("--write", type=Path, help="the page of the manual to write")
    options = parser.parse_args(arguments)
    tools, versions = find_tools()
    if options.no_cscope:
        tools.pop("cscope", None)
    load = os.getloadavg()[0]
    results = []
    try:
        kernels = find_kernels(options.kernels, options.versions)
        for version, tree in kernels:
            results.append(bench_tree(tree, f"Linux {version}", (), options.rounds, tools))
            print(table(results[-1]) + "\n", flush=True)
        version, tree = kernels[0]
        name = f"Linux {version}, only mm, fs and include/linux"
        results.append(bench_tree(tree, name, SUBTREE, options.rounds, tools))
        print(table(results[-1]) + "\n", flush=True)
    except CommandError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    if options.write:
        options.write.write_text(page(results, versions, "make bench", load))
        print(f"written: {options.write}")
    # Small trees start as many processes as large ones: the floors are for whole kernels.
    missed = [line for result in results[:-1] for line in missed_floors(result)]
    for line in missed:
        print(f"missed: {line}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
