"""``lockmap locks``: the lock specifications that ship with lockmap."""

from __future__ import annotations

from dataclasses import dataclass

import click

from lockmap.cli.help import examples
from lockmap.cli.output import FORMATS, Column, Format, emit
from lockmap.locks.catalog import load_specs
from lockmap.locks.spec import Lock


@dataclass(frozen=True, slots=True)
class LockRow:
    """A lock as listed."""

    lock: str
    title: str
    object: str
    """The struct whose lock it is."""
    fields: tuple[str, ...]
    """Members that hold it, in the order of their eras: ``mm_struct.mmap_sem (until v5.8)``."""
    summary: str


@click.command(
    epilog=examples(
        "lockmap locks",
        "lockmap locks --format jsonl | jq -r .lock",
    )
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="A table to read, JSON Lines or CSV to process.",
)
def locks(form: Format) -> None:
    """List the locks that lockmap knows."""
    known = sorted(load_specs().locks, key=lambda lock: (lock.order, lock.name))
    emit([_row(lock) for lock in known], form, _COLUMNS)


def _row(lock: Lock) -> LockRow:
    return LockRow(
        lock=lock.name,
        title=lock.title,
        object=lock.object,
        fields=tuple(
            f"{field.struct}.{field.name}" + (f" (until {field.until})" if field.until else "")
            for field in lock.field
        ),
        summary=lock.summary,
    )


_COLUMNS: tuple[Column[LockRow], ...] = (
    Column("lock", lambda row: row.lock),
    Column("object", lambda row: row.object),
    Column("field", lambda row: ", ".join(row.fields)),
    Column("title", lambda row: row.title),
)
