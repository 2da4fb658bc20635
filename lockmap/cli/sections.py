"""``lockmap sections``: every critical section."""

from __future__ import annotations

from typing import get_args

import click

from lockmap.cli.help import examples
from lockmap.cli.listing import Request, chosen_lock, listing_options, lock_option, some
from lockmap.cli.output import Column, emit
from lockmap.map.filters import Filter
from lockmap.map.records import Mode, Section, Verdict


@click.command(
    epilog=examples(
        "lockmap sections --paths leaks",
        "lockmap sections kernel_src/linux-6.12 --path fs --mode write",
        "lockmap sections --function dup_mmap --format jsonl",
    )
)
@listing_options
@lock_option
@click.option(
    "--mode", type=click.Choice(get_args(Mode)), multiple=True, help="Only this mode (repeat)."
)
@click.option(
    "--paths",
    type=click.Choice(get_args(Verdict)),
    multiple=True,
    help="Only sections whose paths end so: all release (balanced), one does not (leaks).",
)
def sections(
    request: Request,
    *,
    lock: str | None,
    mode: tuple[str, ...],
    paths: tuple[str, ...],
) -> None:
    """List every critical section: where it starts, all that ends it, and its verdict.

    A section that leaks comes with the lines of one such path.
    """
    with request.open() as opened:
        chosen = chosen_lock(opened, lock)
        found = opened.sections(
            Filter(
                path=request.path, function=request.function, lock=chosen, mode=mode, paths=paths
            )
        )
    some(found, "critical sections")
    emit(
        found,
        request.form,
        _COLUMNS if chosen else (*_COLUMNS, _LOCK),
        parts={"mode_changes": ("line", "mode")},
    )


def _modes(section: Section) -> str:
    """``write``, or ``write, read at 40`` where it changes."""
    changes = [f"{mode} at {line}" for line, mode in section.mode_changes]
    return ", ".join([section.mode, *changes])


def _note(section: Section) -> str:
    path = " > ".join(map(str, section.witness))
    return ", ".join(note for note in (section.contract, path and f"path {path}") if note)


_COLUMNS: tuple[Column[Section], ...] = (
    Column("place", lambda section: f"{section.file}:{section.acquire_line}"),
    Column("function", lambda section: section.function),
    Column("object", lambda section: section.object),
    Column("mode", _modes),
    Column("released at", lambda section: ", ".join(map(str, section.release_lines))),
    Column("paths", lambda section: section.paths),
    Column("calls", lambda section: str(section.calls)),
    Column("note", _note),
)
_LOCK: Column[Section] = Column("lock", lambda section: section.lock)
