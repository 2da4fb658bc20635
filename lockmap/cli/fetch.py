"""``lockmap fetch``: obtain a kernel to scan."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from lockmap.tree.obtain import default_folder, obtain
from lockmap.tree.source import printable
from lockmap.tree.staging import Progress


@click.command(short_help="Obtain a kernel to scan.")
@click.argument("kernel")
@click.argument("tag", required=False)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Put the kernel's folder below DIR.  Default: kernel_src/ where the current folder has "
    "one, else $XDG_DATA_HOME/lockmap/kernels.",
)
@click.option("--force", is_flag=True, help="Make it anew, even when it is there already.")
def fetch(kernel: str, tag: str | None, into: Path | None, force: bool) -> None:
    """Obtain a KERNEL, check it, and unpack it into a folder of its own.

    KERNEL is a version, which comes from Debian's archive; the path of a tarball;
    or a git repository, with a TAG of it.  An interrupted fetch goes on where it
    stopped when the same command is run again, and a finished one is not repeated.
    The folder's path is printed on standard output.

    \b
    Examples:
      lockmap fetch 6.12
      lockmap fetch ~/linux-2.6.32.tar.xz --into ~/kernels
      lockmap fetch https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git v6.12
      lockmap scan "$(lockmap fetch 6.1)"
    """  # noqa: D301 (click wants the backspace itself)
    place = (into or default_folder()).absolute()
    with _progress() as progress:
        got = obtain(kernel, tag, place, force=force, progress=progress)
    state = "already there" if got.already else f"{got.record.files} files"
    click.echo(f"Linux {got.record.version} ({printable(got.record.source)}): {state}", err=True)
    click.echo(got.path)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on standard error; only lines that say what begins, where it is no terminal."""
    if not sys.stderr.isatty():
        yield _announcer()
        return
    # Rich takes a tenth of a second to import: only a terminal has use for it.
    from rich import progress as shown  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415

    columns = (shown.TextColumn("{task.description}"), shown.BarColumn(),
               shown.TaskProgressColumn(), shown.TimeRemainingColumn())  # fmt: skip
    with shown.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def report(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total or None)

        yield report


def _announcer() -> Progress:
    said: set[str] = set()

    def report(what: str, _done: int, _total: int) -> None:
        if what not in said:
            said.add(what)
            click.echo(f"{what} ...", err=True)

    return report
