"""``lockmap diagnostics``: what a scan could not read or trust."""

from __future__ import annotations

import click

from lockmap.cli.help import examples
from lockmap.cli.listing import Request, listing_options, some
from lockmap.cli.output import Column, emit
from lockmap.map.filters import Filter
from lockmap.map.records import Diagnostic


@click.command(
    epilog=examples(
        "lockmap diagnostics",
        "lockmap diagnostics --kind parse-error --path drivers/gpu",
        "lockmap diagnostics --format jsonl | jq -r .kind | sort | uniq -c",
    )
)
@listing_options
@click.option(
    "--kind", multiple=True, metavar="KIND", help="Only this kind, as parse-error (repeat)."
)
def diagnostics(
    request: Request,
    *,
    kind: tuple[str, ...],
) -> None:
    """List what the scan could not read, type or resolve: the limits of this map."""
    with request.open() as opened:
        found = opened.diagnostics(Filter(path=request.path, function=request.function, kind=kind))
    some(found, "diagnostics")
    emit(found, request.form, _COLUMNS)


def _place(diagnostic: Diagnostic) -> str:
    # Line 0 is the file as a whole.
    return f"{diagnostic.file}:{diagnostic.line}" if diagnostic.line else diagnostic.file


_COLUMNS: tuple[Column[Diagnostic], ...] = (
    Column("place", _place),
    Column("function", lambda diagnostic: diagnostic.function),
    Column("kind", lambda diagnostic: diagnostic.kind),
    Column("message", lambda diagnostic: diagnostic.message),
)
