"""``lockmap functions``: who may run under a lock, and by which way."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import get_args

import click
import msgspec

from lockmap.cli.help import examples
from lockmap.cli.listing import Request, chosen_lock, listing_options, lock_option, need_full, some
from lockmap.cli.output import Column, emit, prepared
from lockmap.map.context_records import STEP_PARTS, FunctionContext, Must, Via
from lockmap.map.read_contexts import Wanted


@click.command(
    epilog=examples(
        "lockmap functions --path drivers/gpu/drm --distance 6",
        "lockmap functions --function ext4_filemap_fault --format jsonl",
        "lockmap functions --must write                what only runs with it held for write",
        "lockmap functions --mode read --via callback --path fs/xfs",
    )
)
@listing_options
@lock_option
@click.option("--mode", type=click.Choice(["read", "write"]), help="Only by ways in this mode.")
@click.option(
    "--must",
    type=click.Choice(get_args(Must)),
    multiple=True,
    help="Only what holds it so whenever it runs (repeat).",
)
@click.option(
    "--via",
    type=click.Choice(get_args(Via)),
    multiple=True,
    help="Only by this kind of way (repeat).",
)
@click.option(
    "--distance",
    type=click.IntRange(1),
    metavar="N",
    help="Only up to N calls from the function that takes the lock.",
)
@click.option(
    "--may-fault",
    is_flag=True,
    help="Only what accesses user memory, and so may take it through a page fault.",
)
def functions(
    request: Request,
    *,
    lock: str | None,
    mode: str | None,
    must: tuple[str, ...],
    via: tuple[str, ...],
    distance: int | None,
    may_fault: bool,
) -> None:
    """List the functions that may run under a lock, with the likeliest way to each."""
    with request.open() as opened:
        need_full(opened)
        chosen = chosen_lock(opened, lock) or opened.meta().get("default_lock", "")
        found = opened.functions(
            Wanted(
                chosen, request.path, request.function, mode or "", must, via, distance, may_fault
            )
        )
        if request.form == "jsonl":
            _emit_lines(found)
            return
        rows = list(found)
    some(rows, "functions that may run under it")
    emit(rows, request.form, _COLUMNS, parts={"witness": STEP_PARTS})


def _emit_lines(found: Iterable[FunctionContext]) -> None:
    """JSON Lines, one at a time: a kernel's ways are hundreds of megabytes."""
    stream = prepared(sys.stdout)
    encode = msgspec.json.Encoder().encode
    first = True
    for row in found:
        first = False
        witness = [dict(zip(STEP_PARTS, step, strict=True)) for step in row.witness]
        line = encode(
            {
                "file": row.file,
                "line": row.line,
                "function": row.function,
                "modes": row.modes,
                "must": row.must,
                "distance": row.distance,
                "via": row.via,
                "witness": witness,
                "lock": row.lock,
                "faults": row.faults,
            }
        )
        stream.write(_ascii(line.decode()) + "\n")
    stream.flush()
    some([] if first else [1], "functions that may run under it")


def _ascii(text: str) -> str:
    """JSON text with everything that could steer a terminal escaped."""
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(c if " " <= c < "\x7f" else f"\\u{ord(c):04x}" for c in text)


def _way(row: FunctionContext) -> str:
    names = [step[2] for step in row.witness]
    shown = names if len(names) <= _MOST_SHOWN else [*names[:3], "...", *names[-3:]]
    return " > ".join(shown)


_MOST_SHOWN = 7
_COLUMNS: tuple[Column[FunctionContext], ...] = (
    Column("place", lambda row: f"{row.file}:{row.line}"),
    Column("function", lambda row: row.function),
    Column("modes", lambda row: " ".join(row.modes)),
    Column("must", lambda row: row.must),
    Column("calls", lambda row: str(row.distance)),
    Column("via", lambda row: row.via),
    Column("way", _way),
    Column("may fault", lambda row: " ".join(map(str, row.faults))),
)
