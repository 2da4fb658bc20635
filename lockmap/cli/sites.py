"""``lockmap sites``: every lock operation."""

from __future__ import annotations

from typing import get_args

import click

from lockmap.cli.help import examples
from lockmap.cli.listing import Request, chosen_lock, listing_options, lock_option, some
from lockmap.cli.output import Column, emit
from lockmap.map.filters import Filter
from lockmap.map.records import Mode, Op, Site


@click.command(
    epilog=examples(
        "lockmap sites                                the tree you stand in",
        "lockmap sites kernel_src/linux-6.12 --path mm --op acquire --mode write",
        "lockmap sites --function 'do_m*' --direct",
        "lockmap sites --lock all --format jsonl | jq -r .api | sort | uniq -c",
    )
)
@listing_options
@lock_option
@click.option(
    "--op", type=click.Choice(get_args(Op)), multiple=True, help="Only this operation (repeat)."
)
@click.option(
    "--mode", type=click.Choice(get_args(Mode)), multiple=True, help="Only this mode (repeat)."
)
@click.option("--no-definitions", is_flag=True, help="Leave out the lock API's own definitions.")
@click.option(
    "--direct/--indirect",
    default=None,
    help="Only operations that stand there, or only those of a called function.",
)
def sites(
    request: Request,
    *,
    lock: str | None,
    op: tuple[str, ...],
    mode: tuple[str, ...],
    no_definitions: bool,
    direct: bool | None,
) -> None:
    """List every place that takes, tries, drops or asserts a lock."""
    with request.open() as opened:
        chosen = chosen_lock(opened, lock)
        found = opened.sites(
            Filter(
                path=request.path,
                function=request.function,
                lock=chosen,
                op=op,
                mode=mode,
                direct=direct,
                definition=False if no_definitions else None,
            )
        )
    some(found, "lock operations")
    emit(found, request.form, _COLUMNS if chosen else (*_COLUMNS, _LOCK))


def _note(site: Site) -> str:
    notes = [] if site.direct else ["indirect"]
    if site.definition:
        notes.append("definition")
    if site.condition:
        notes.append(f"#if {site.condition}")
    return ", ".join(notes)


_COLUMNS: tuple[Column[Site], ...] = (
    Column("place", lambda site: f"{site.file}:{site.line}:{site.column}"),
    Column("function", lambda site: site.function),
    Column("op", lambda site: site.op),
    Column("mode", lambda site: site.mode),
    Column("call", lambda site: f"{site.api}({site.argument})"),
    Column("note", _note),
)
_LOCK: Column[Site] = Column("lock", lambda site: site.lock)
