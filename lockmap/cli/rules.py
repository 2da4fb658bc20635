"""``lockmap rules``: under which locks the fields of structs are read and written."""

from __future__ import annotations

import click

from lockmap.cli.help import examples
from lockmap.cli.listing import Request, field_options, listing_options, need_full, some
from lockmap.cli.output import Column, emit
from lockmap.map.documented_records import AGREEMENTS, UNDOCUMENTED
from lockmap.map.filters import Filter
from lockmap.map.records import Rule


@click.command(
    epilog=examples(
        "lockmap rules --struct vm_area_struct",
        "lockmap rules --struct 'mm_*' --broken",
        "lockmap rules --agreement contradicts --agreement 'code weaker'",
        "lockmap rules kernel_src/linux-6.12 --path drivers/gpu --clear --format jsonl",
    )
)
@listing_options
@field_options
@click.option("--clear", is_flag=True, help="Only fields of which some rule is clear.")
@click.option("--broken", is_flag=True, help="Only fields with accesses that break their rule.")
@click.option(
    "--agreement",
    "agreements",
    type=click.Choice(AGREEMENTS),
    multiple=True,
    help="Only fields with this verdict on what is documented of them (repeat).",
)
def rules(
    request: Request,
    *,
    struct: str,
    field: str,
    clear: bool,
    broken: bool,
    agreements: tuple[str, ...],
) -> None:
    """List the rules that accesses show: which locks a field is read and written under.

    With --path or --function: of the fields that are accessed there, with the counts there.

    What is documented of a field stands beside it, and how the code agrees: `lockmap doccheck`
    has the evidence, and rules about functions and callbacks.
    """
    with request.open() as opened:
        need_full(opened)
        found = opened.rules(
            Filter(path=request.path, function=request.function, struct=struct, field=field)
        )
    if clear:
        found = tuple(r for r in found if {r.read_rule, r.write_rule} != {"unclear"})
    if broken:
        found = tuple(r for r in found if r.violations)
    if agreements:
        found = tuple(r for r in found if r.agreement in agreements)
    some(found, "rules")
    emit(
        found,
        request.form,
        _COLUMNS,
        parts={
            "support": ("access", "follow", "told", "total"),
            "counts": ("access", "phase", "folder", "locks", "count"),
            "violations": ("file", "line", "column", "function", "rule"),
        },
    )


def _support(kind: str, rule: Rule) -> str:
    """``12/13 of 20``: accesses that follow the rule, of those told, of all.

    ``&12/13 of 20``: not writes, but places that take the address.
    """
    mark = ""
    for access, follow, told, total in rule.support:
        mark = "&" if access == "address" else ""
        if access == kind or (mark and kind == "write"):
            return f"{mark}{follow}/{told} of {total}" if total else ""
    return ""


_COLUMNS: tuple[Column[Rule], ...] = (
    Column("field", lambda rule: f"{rule.struct}.{rule.field}"),
    Column("read", lambda rule: rule.read_rule),
    Column("by", lambda rule: _support("read", rule)),
    Column("write", lambda rule: rule.write_rule),
    Column("by", lambda rule: _support("write", rule)),
    Column("broken", lambda rule: str(len(rule.violations) or "")),
    Column("agreement", lambda rule: "" if rule.agreement == UNDOCUMENTED else rule.agreement),
    Column("documented", lambda rule: rule.documented),
)
