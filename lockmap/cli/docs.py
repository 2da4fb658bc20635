"""``lockmap docs``: documentation written from a map."""

from __future__ import annotations

from pathlib import Path

import click

from lockmap.cli.help import examples
from lockmap.cli.kernel_docs import kernel_docs
from lockmap.cli.listing import lock_option
from lockmap.cli.question import Question, question_options
from lockmap.kerneldoc.page import DISTANCE


@click.command(
    epilog=examples(
        "lockmap docs --kernel --output locking",
        "lockmap docs --kernel --output locking --struct address_space --ops proc_ops",
        "cp locking/mmap_lock.rst linux/Documentation/mm/",
        "git -C linux apply --check $PWD/locking/mmap_lock-context.patch",
    )
)
@question_options
@lock_option
@click.option(
    "--output", required=True, metavar="DIR", type=click.Path(path_type=Path),
    help="The folder to write to; it is made.",
)  # fmt: skip
@click.option("--kernel", is_flag=True, help="reStructuredText and a patch for the kernel's tree.")
@click.option(
    "--struct", "structs", multiple=True, metavar="TAG",
    help="With --kernel: the fields of this struct, too.",
)  # fmt: skip
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
@click.option("--force", is_flag=True, help="Write beside files that lockmap did not write.")
def docs(
    question: Question,
    *,
    lock: str | None,
    output: Path,
    kernel: bool,
    structs: tuple[str, ...],
    ops: tuple[str, ...],
    distance: int,
    force: bool,
) -> None:
    """Write documentation from a map.

    --kernel: LOCK.rst, with the tables of lock states, fields and callbacks that the kernel's
    Documentation/mm/process_addrs.rst and filesystems/locking.rst have; and LOCK-context.patch,
    which adds Context: lines to kernel-doc comments of functions whose contract is certain.
    """
    if not kernel:
        raise click.UsageError("say what to write: --kernel")
    kernel_docs(
        question, output, lock=lock, structs=structs, ops=ops, distance=distance, force=force
    )
