"""``lockmap docs``: a site about what a lock protects, or pages for the kernel's own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from click.core import ParameterSource

from lockmap.cli.find_map import find_map
from lockmap.cli.help import examples
from lockmap.cli.kernel_docs import kernel_docs
from lockmap.cli.listing import chosen_lock, need_full
from lockmap.cli.output import is_terminal
from lockmap.cli.page import plural
from lockmap.cli.question import Question, question_options
from lockmap.escape import visible
from lockmap.kerneldoc.page import DISTANCE
from lockmap.map.read import open_map
from lockmap.site.build import Options, Progress, build, need_sphinx
from lockmap.site.project import THEMES, Theme

_MOST = 5
"""Files that something is wrong with, and that are named."""
_SITE_ONLY = {
    "theme": "--theme",
    "source_url": "--source-url",
    "source_tree": "--source",
    "jobs": "--jobs",
}
_KERNEL_ONLY = {
    "structs": "--struct",
    "ops": "--ops",
    "distance": "--distance",
    "force": "--force",
}
_STAGES = {"read": "reading the map", "pages": "pages", "index": "search index"}


@click.command(
    epilog=examples(
        "lockmap docs --output site",
        "lockmap docs kernel_src/linux-6.12 --output site-6.12 --theme alabaster",
        "lockmap docs --map 6.12.db --source ~/linux --output site",
        "lockmap docs --output site --source-url 'https://source.example/{file}?line={line}'",
        "lockmap docs --kernel --output locking",
        "lockmap docs --kernel --output locking --struct address_space --ops proc_ops",
        "git -C linux apply --check $PWD/locking/mmap_lock-context.patch",
    )
    + "\n\nExit codes: 0 made; 1 no such lock; 2 wrong usage, unreadable map or tree, a folder "
    "that is not ours, no Sphinx."
)
@question_options
@click.option(
    "--output",
    required=True,
    metavar="DIR",
    help="Where to make it: a new or empty folder, or one that this command has made.",
)
@click.option(
    "--theme",
    type=click.Choice(THEMES),
    default="furo",
    show_default=True,
    help="The look; alabaster is that of docs.kernel.org.",
)
@click.option("--lock", metavar="NAME", help="The lock it is about (default: the map's own).")
@click.option(
    "--source-url",
    metavar="TEMPLATE",
    help="Address of a line in a public cross-referencer, with {file}, {line} and {version}; "
    "empty for none (default: Bootlin's Elixir, for a released kernel).",
)
@click.option(
    "--source",
    "source_tree",
    default="",
    metavar="TREE",
    help="Where the tree lies now, if not where it was scanned; none: show no source lines.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="Processes that write pages (default: one a processor).",
)
@click.option("--no-progress", is_flag=True, help="No progress bar.")
@click.option(
    "--kernel", is_flag=True, help="No site: reStructuredText and a patch for the kernel's tree."
)
@click.option(
    "--struct",
    "structs",
    multiple=True,
    metavar="TAG",
    help="With --kernel: the fields of this struct, too.",
)
@click.option(
    "--ops", multiple=True, metavar="TAG", help="With --kernel: the callbacks of this struct, too."
)
@click.option(
    "--distance",
    type=click.IntRange(0),
    default=DISTANCE,
    show_default=True,
    metavar="N",
    help="With --kernel: structs with callbacks up to N calls from where the lock is taken.",
)
@click.option(
    "--force",
    is_flag=True,
    help="With --kernel: write beside files that lockmap did not write.",
)
@click.pass_context
def docs(
    context: click.Context,
    question: Question,
    *,
    output: str,
    theme: Theme,
    lock: str | None,
    source_url: str | None,
    source_tree: str,
    jobs: int | None,
    no_progress: bool,
    kernel: bool,
    structs: tuple[str, ...],
    ops: tuple[str, ...],
    distance: int,
    force: bool,
) -> None:
    """Make a site that says what a lock protects and who depends on it.

    DIR/html/index.html is the first page; it needs no server and no network.  DIR/source is the
    Sphinx project that it is made of.  What the map does not hold, or the method cannot see, is
    said on a page of its own.

    --kernel writes LOCK.rst instead, with the tables of lock states, fields and callbacks that the
    kernel's Documentation/mm/process_addrs.rst and filesystems/locking.rst have; and
    LOCK-context.patch, which adds Context: lines to kernel-doc comments of functions whose
    contract is certain.
    """
    _one_kind(context, kernel=kernel)
    if kernel:
        kernel_docs(
            question,
            Path(output),
            lock=lock,
            structs=structs,
            ops=ops,
            distance=distance,
            force=force,
        )
        return
    if question.tree_or_map and (question.map_file or question.tree):
        raise click.UsageError("name the map once")
    # Late: it loads what scans.
    from lockmap.scan.run import default_jobs  # noqa: PLC0415

    need_sphinx(theme)
    path = find_map(question.tree_or_map or question.tree, question.map_file, question.rev)
    with open_map(path) as opened:
        need_full(opened)
        chosen = chosen_lock(opened, lock)
    if not chosen:
        raise click.UsageError("a site is about one lock: name it with --lock")
    options = Options(
        *(path, Path(output), chosen, theme, source_url, source_tree),
        jobs or default_jobs(),
    )
    with _progress(show=not no_progress) as progress:
        made = build(options, progress)
    for trouble in made.troubles[:_MOST]:
        click.echo(f"lockmap: {visible(trouble)}", err=True)
    if len(made.troubles) > _MOST:
        click.echo(f"lockmap: and {len(made.troubles) - _MOST} more such files", err=True)
    click.echo(f"{plural(made.pages, 'page')}, {made.size / 1e6:.1f} MB")
    click.echo(f"open {visible(str(made.index.absolute()))}")


def _one_kind(context: click.Context, *, kernel: bool) -> None:
    """Refuse options of the other kind of output.  Raises UsageError."""
    for name, option in _SITE_ONLY.items() if kernel else _KERNEL_ONLY.items():
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(
                f"{option} is for a site, not for --kernel"
                if kernel
                else f"{option} needs --kernel"
            )


@contextmanager
def _progress(*, show: bool) -> Iterator[Progress]:
    """A bar on standard error, where a person looks at it."""
    if not show or not is_terminal(sys.stderr):
        yield lambda *_: None
        return
    # Late: only a terminal needs rich.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks = {stage: bar.add_task(text, start=False) for stage, text in _STAGES.items()}

        def tell(stage: str, done: int, of: int) -> None:
            bar.start_task(tasks[stage])
            bar.update(tasks[stage], completed=done, total=of)

        yield tell
