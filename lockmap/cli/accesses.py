"""``lockmap accesses``: who reads and writes the fields of structs, and under which lock."""

from __future__ import annotations

from typing import get_args

import click

from lockmap.cli.help import examples
from lockmap.cli.listing import (
    Request,
    chosen_lock,
    field_options,
    listing_options,
    lock_option,
    need_full,
    some,
)
from lockmap.cli.output import Column, emit
from lockmap.locks.held import Held
from lockmap.map.filters import Filter
from lockmap.map.records import Access, Kind, Phase


@click.command(
    epilog=examples(
        "lockmap accesses --struct vm_area_struct --field vm_flags --access write",
        "lockmap accesses --struct mm_struct --held none --path drivers",
        "lockmap accesses kernel_src/linux-6.12 --violations --format jsonl",
    )
)
@listing_options
@field_options
@lock_option
@click.option(
    "--access", type=click.Choice(get_args(Kind)), multiple=True, help="Only such (repeat)."
)
@click.option(
    "--held",
    type=click.Choice(get_args(Held)),
    multiple=True,
    help="Only where the lock is held so (repeat).",
)
@click.option(
    "--phase",
    type=click.Choice(get_args(Phase)),
    multiple=True,
    help="Only of objects that are shared (normal), not yet (init), no longer (teardown).",
)
@click.option("--violations", is_flag=True, help="Only those that break the rule of their field.")
@click.option(
    "--untyped", is_flag=True, help="Those whose struct could not be told, and why, instead."
)
def accesses(
    request: Request,
    *,
    struct: str,
    field: str,
    lock: str | None,
    access: tuple[str, ...],
    held: tuple[str, ...],
    phase: tuple[str, ...],
    violations: bool,
    untyped: bool,
) -> None:
    """List every access of a field of a struct, and how the lock is held there.

    Of the functions that name a lock or what it protects.
    """
    with request.open() as opened:
        need_full(opened)
        wanted = Filter(
            path=request.path,
            function=request.function,
            struct=struct,
            field=field,
            access=access,
            held=held,
            phase=phase,
            told=not untyped,
            follows=False if violations else None,
        )
        found = opened.accesses(wanted, chosen_lock(opened, lock))
    some(found, "accesses")
    emit(
        found,
        request.form,
        (*_COLUMNS, _CAUSE) if untyped else (*_COLUMNS, _NOTE),
        parts={"locks": ("lock", "held")},
    )


def _note(access: Access) -> str:
    notes: list[str] = [] if access.phase == "normal" else [access.phase]
    if access.violates:
        notes.append(f"breaks the rule for {' and '.join(access.violates.split())}")
    return ", ".join(notes)


_COLUMNS: tuple[Column[Access], ...] = (
    Column("place", lambda access: f"{access.file}:{access.line}:{access.column}"),
    Column("function", lambda access: access.function),
    Column("field", lambda access: f"{access.struct or '?'}.{access.field}"),
    Column("access", lambda access: access.access),
    Column("held", lambda access: access.held),
    Column("object", lambda access: access.object),
)
_NOTE: Column[Access] = Column("note", _note)
_CAUSE: Column[Access] = Column("cause", lambda access: access.cause)
