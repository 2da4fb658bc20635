"""``lockmap contracts``: what functions need of a lock of their caller, take, and do to it."""

from __future__ import annotations

import click

from lockmap.cli.help import examples
from lockmap.cli.listing import Request, chosen_lock, listing_options, lock_option, some
from lockmap.cli.output import Column, emit
from lockmap.map.filters import Filter
from lockmap.map.records import Contract


@click.command(
    epilog=examples(
        "lockmap contracts",
        "lockmap contracts --function 'fixup_*'",
        "lockmap contracts kernel_src/linux-6.12 --path mm/gup.c --format jsonl",
    )
)
@listing_options
@lock_option
def contracts(
    request: Request,
    *,
    lock: str | None,
) -> None:
    """List what functions need of their caller's lock, take themselves, and do to it.

    It drops the lock or returns with it held "when" the result or an argument says so; it
    "may" where nothing that is told apart does, or "only when" something is so.

    A function needs the lock that it asserts, that it drops without having taken it, or that
    a function needs which it calls by name (the last not in a map made with --sections-only).
    """
    with request.open() as opened:
        chosen = chosen_lock(opened, lock)
        found = opened.contracts(Filter(path=request.path, function=request.function, lock=chosen))
    some(found, "contracts")
    emit(found, request.form, _COLUMNS if chosen else (*_COLUMNS, _LOCK))


_COLUMNS: tuple[Column[Contract], ...] = (
    Column("place", lambda contract: f"{contract.file}:{contract.line}"),
    Column("function", lambda contract: contract.function),
    Column("contract", lambda contract: contract.text),
)
_LOCK: Column[Contract] = Column("lock", lambda contract: contract.lock)
