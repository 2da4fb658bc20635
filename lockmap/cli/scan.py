"""``lockmap scan TREE``: make the map, show how it goes, end with what was found."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from lockmap.cli.find_map import default_map_path, home, remember_last
from lockmap.cli.help import examples
from lockmap.errors import LockmapError

if TYPE_CHECKING:
    from rich.progress import TaskID

_EPILOG = examples(
    "lockmap scan linux-6.12                      a folder, or a work tree as it is",
    "lockmap scan --rev v6.12 linux.git           a revision, read from git without a checkout",
    "lockmap scan . --output 6.12.db --jobs 4     a map of its own, four processes",
    "lockmap scan linux-6.12 --sections-only      what sites, sections and show need",
    "lockmap scan linux-6.12 --rules ours.toml    with rules of your own",
    "lockmap scan linux-6.12 --include tools      with a folder that is left out by default",
)
_LIMIT = 2048


@click.command(epilog=_EPILOG)
@click.argument("tree")
@click.option("--rev", metavar="REV", help="Read this git revision of TREE (work tree or bare).")
@click.option(
    "--output",
    "--map",
    "output",
    metavar="FILE",
    help="Where the map goes (default: lockmap's own folder; the summary says where).",
)
@click.option(
    "--include",
    multiple=True,
    metavar="FOLDER",
    help="Take back a folder left out by default: tools, scripts, samples, Documentation, or all.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 512),
    metavar="N",
    help="Processes to use (default: one a core).",
)
@click.option(
    "--full/--sections-only",
    default=True,
    show_default=True,
    help="Whether to find also field accesses, rules, callbacks, and who may run under a lock.",
)
@click.option(
    "--cache-limit",
    type=click.IntRange(16, 1 << 20),
    default=_LIMIT,
    show_default=True,
    metavar="MB",
    help="Size the cache of facts may grow to.",
)
@click.option(
    "--rules",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Rules of your own, compared with the code like those that the tree documents (repeat).",
)
@click.option("--no-progress", is_flag=True, help="No progress bar.")
@click.option("--quiet", "-q", is_flag=True, help="No summary: print only where the map is.")
def scan(
    tree: str,
    rev: str | None,
    output: str | None,
    include: tuple[str, ...],
    jobs: int | None,
    full: bool,
    cache_limit: int,
    rules: tuple[Path, ...],
    no_progress: bool,
    quiet: bool,
) -> None:
    """Map every use of the locks in a kernel tree.

    TREE is a kernel of any version from 2.6 on, a part of one, or with --rev a git
    repository.  Nothing is built or configured: all architectures are read at once.
    A second scan reads only what has changed.
    """
    started = time.monotonic()
    # Imported here: `lockmap --help` and the queries never need the parser.
    from lockmap.scan.collector import never_collect  # noqa: PLC0415
    from lockmap.scan.run import Options, default_jobs  # noqa: PLC0415
    from lockmap.scan.run import scan as run  # noqa: PLC0415
    from lockmap.tree.open import open_source  # noqa: PLC0415

    source = open_source(tree, rev, include=include)
    own = default_map_path(tree, rev)
    target = Path(output) if output else own
    name = own.stem + ("+" + "+".join(sorted(include)) if include else "")
    snapshot = home() / "trees" / f"{name.replace('/', '_')}.snapshot"
    options = Options(
        target,
        home() / "cache" / "facts.db",
        snapshot,
        cache_limit << 20,
        jobs or default_jobs(),
        full,
        rules,
    )
    never_collect()
    try:
        with _progress(show=not no_progress) as progress:
            outcome = run(source, options, progress)
    except RecursionError as error:
        raise LockmapError(
            "the tree holds an expression nested too deeply to follow",
            hint="this is a defect of lockmap: please report it with the file",
        ) from error
    finally:
        source.close()
    remember_last(target)
    for complaint in outcome.complaints:
        click.echo(f"lockmap: note: {complaint}", err=True)
    if quiet:
        click.echo(str(target))
        return
    from lockmap.cli.summary import print_summary  # noqa: PLC0415

    print_summary(outcome, time.monotonic() - started)


_STAGES = {
    "list": "listing files",
    "read": "reading",
    "analyse": "following paths",
    "callers": "finding callers",
    "accesses": "reading accesses",
    "write": "writing the map",
}


class _Bar(Protocol):
    """The part of ``rich.progress.Progress`` that is used: rich is imported late."""

    def update(
        self, task_id: TaskID, *, description: str, completed: float, total: float | None
    ) -> None:
        """Show a state."""


@contextmanager
def _progress(*, show: bool) -> Iterator[_Reporter]:
    """A bar on a terminal's standard error; silence elsewhere."""
    if not show or not os.isatty(2):
        yield _Reporter(None)
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (
        TextColumn("{task.description:<16}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield _Reporter(bar, bar.add_task("starting", total=None))


class _Reporter:
    """Passes progress on to a bar, a few times a second."""

    def __init__(self, bar: _Bar | None, task: TaskID | None = None) -> None:
        self._bar = bar
        self._task = task
        self._last = ("", 0.0)

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show *done* of *total* of *stage*."""
        if self._bar is None or self._task is None:
            return
        now = time.monotonic()
        if self._last[0] == stage and now - self._last[1] < 0.1 and done < total:
            return
        self._last = (stage, now)
        self._bar.update(
            self._task, description=_STAGES.get(stage, stage), completed=done, total=total or None
        )
