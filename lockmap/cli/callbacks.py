"""``lockmap callbacks``: which functions stand in which members of structs."""

from __future__ import annotations

import click

from lockmap.cli.help import examples
from lockmap.cli.listing import Request, listing_options, need_full, some
from lockmap.cli.output import Column, emit
from lockmap.map.context_records import CallbackRow


@click.command(
    epilog=examples(
        "lockmap callbacks --struct vm_operations_struct --field fault",
        "lockmap callbacks --path drivers/gpu/drm --struct file_operations",
        "lockmap callbacks --function 'ext4_*' --format jsonl",
    )
)
@listing_options
@click.option("--struct", default="", metavar="TAG", help="Only members of this struct; a glob.")
@click.option("--field", default="", metavar="NAME", help="Only this member; a glob will do.")
def callbacks(request: Request, *, struct: str, field: str) -> None:
    """List the functions that are put into members of structs, and where."""
    with request.open() as opened:
        need_full(opened)
        found = opened.callbacks(struct, field, request.function, request.path)
    some(found, "callbacks")
    emit(found, request.form, _COLUMNS)


_COLUMNS: tuple[Column[CallbackRow], ...] = (
    Column("place", lambda row: f"{row.file}:{row.line}"),
    Column("member", lambda row: f"{row.struct}.{row.field}"),
    Column("function", lambda row: row.function),
)
