"""``lockmap docs --kernel``: the map in the kernel's own documentation style."""

from __future__ import annotations

from pathlib import Path

import click

from lockmap.cli.listing import chosen_lock, need_full
from lockmap.cli.page import plural
from lockmap.cli.question import Question
from lockmap.errors import NotFoundError
from lockmap.escape import visible
from lockmap.kerneldoc.page import Asked
from lockmap.kerneldoc.write import Written, write_kernel_docs


def kernel_docs(
    question: Question,
    output: Path,
    *,
    lock: str | None,
    structs: tuple[str, ...],
    ops: tuple[str, ...],
    distance: int,
    force: bool,
) -> None:
    """Write page and patch into *output*, and say what is in them."""
    with question.open() as opened:
        need_full(opened)
        chosen = chosen_lock(opened, lock)
        if not chosen:
            raise NotFoundError("a page is about one lock", "name it with --lock")
        asked = Asked(chosen, structs, ops, distance)
        written = write_kernel_docs(opened, output, asked, force=force)
    _tell(written, asked)


def _tell(written: Written, asked: Asked) -> None:
    page, patch = written.page, written.patch
    click.echo(visible(str(written.page_file)))
    _line(f"{plural(page.fields, 'field')}, {plural(page.callbacks, 'callback')} "
          f"of {plural(page.structs, 'struct')}")  # fmt: skip
    if page.further:
        _line(
            f"left out: {plural(page.further, 'struct')} with callbacks more than "
            f"{plural(asked.distance, 'call')} away (--distance, --ops)"
        )
    if written.patch_file:
        click.echo(visible(str(written.patch_file)))
    _line(
        f"Context: lines for {plural(len(patch.added), 'function')}; {patch.have} have one, "
        f"{patch.without} have no kernel-doc comment, {patch.unreadable} could not be read"
    )


def _line(text: str) -> None:
    click.echo(f"  {text}")
