"""``lockmap doctor``: what a map says of its own quality."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import click

from lockmap.cli.find_map import find_map
from lockmap.cli.help import examples
from lockmap.cli.listing import chosen_lock, lock_option, map_options
from lockmap.cli.output import emit, prepared, use_colour
from lockmap.escape import visible
from lockmap.map.context_records import STEP_PARTS
from lockmap.map.examine.doctor import CHECKS, NEED_FULL
from lockmap.map.examine.findings import Check, Finding
from lockmap.map.read import open_map

_MOST = 5
"""Findings of one sort that are printed unless all are asked for."""
_FEW = {("entries", "one"): 1, ("entries", "figure"): 99, ("reach", "figure"): 12}
"""The same of some sorts."""


@click.command(
    epilog=examples(
        "lockmap doctor",
        "lockmap doctor --check takers --all           every function that takes it and is reached",
        "lockmap doctor kernel_src/linux-6.12 --check entries --check reach",
        "lockmap doctor --format jsonl | jq -r 'select(.verdict == \"wrong edge\") | .message'",
    )
    + "\n\nExit codes: 0 whatever was found; 1 no such lock; 2 wrong usage or unreadable map."
)
@click.argument("tree_or_map", required=False)
@map_options
@lock_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "jsonl"]),
    default="text",
    show_default=True,
    help="Text to read, or JSON Lines to process.",
)
@click.option(
    "--check",
    "checks",
    type=click.Choice(CHECKS),
    multiple=True,
    help="Only this check (repeat).",
)
@click.option("--all", "everything", is_flag=True, help="Every finding, not the first few.")
def doctor(
    tree_or_map: str | None,
    *,
    map_file: str | None,
    tree: str | None,
    rev: str | None,
    lock: str | None,
    form: str,
    checks: tuple[str, ...],
    everything: bool,
) -> None:
    """Print what a map says of its own quality: gaps, contradictions, unexplained findings.

    Read it before you trust a page.  The checks:

    \b
      reading     functions and files that could not be read
      types       accesses whose struct was not told, by cause and folder
      calls       calls that lead nowhere, by cause and folder
      sections    critical sections that do not end on every path
      operations  locks taken where they are held, or let go where they are not
      takers      functions that take the lock and are reached with it held
      faults      user memory accessed with it held: a page fault takes it
      entries     entry points (system calls, interrupt handlers ...) reached under it
      asserts     assertions that the lock is held, reached where it is not
      reach       how many functions may run under it, by distance and kind of call

    A function that takes the lock, or an entry point, which is reached under it all the same is
    a wrong edge of the call graph, a second object, or a deadlock: the verdict says which is
    likely, and the witness leads there.
    """  # noqa: D301 (click's mark)
    named = tree_or_map or tree
    if named and map_file:
        raise click.UsageError("give a tree, or a map with --map, not both")
    if tree_or_map and tree:
        raise click.UsageError("name the tree once: as an argument, or with --tree")
    with open_map(find_map(named, map_file, rev)) as opened:
        meta = opened.meta()
        chosen = chosen_lock(opened, lock) or meta.get("default_lock", "")
        wanted = checks or CHECKS
        full = meta.get("full") == "1"
        left = [name for name in wanted if name in NEED_FULL and not full]
        found = opened.examine(
            chosen, tuple(n for n in wanted if n not in left), None if everything else _MOST
        )
    if form == "jsonl":
        shown = [f for check in found for f in _shown(check, everything)]
        emit(shown, "jsonl", (), parts={"witness": STEP_PARTS})
        return
    stream = prepared(sys.stdout)
    bold = ("\x1b[1m", "\x1b[0m") if use_colour(stream) else ("", "")
    stream.write(f"{visible(meta.get('label', ''))}: {visible(chosen)}\n".lstrip(": "))
    for check in found:
        stream.write(f"\n{bold[0]}{check.name}: {visible(check.title)}{bold[1]}\n")
        stream.writelines(f"{line}\n" for line in _lines(check, everything))
    if left:
        stream.write(f"\nnot asked: {', '.join(left)} (the map was made with --sections-only)\n")
    stream.flush()


def _shown(check: Check, everything: bool) -> Sequence[Finding]:
    """The findings to print: of those of one sort, the first few."""
    if everything:
        return check.findings
    counts: dict[tuple[str, ...], int] = {}
    shown = []
    for finding in check.findings:
        sort = _sort(check, finding)
        counts[sort] = counts.get(sort, 0) + 1
        if counts[sort] <= _FEW.get((check.name, sort[0]), _MOST):
            shown.append(finding)
    return shown


def _sort(check: Check, finding: Finding) -> tuple[str, ...]:
    if finding.verdict == "figure":
        figure = finding.message.partition(" ")[0] if check.name == "reach" else ""
        return ("figure", finding.kind if check.name == "reach" else "", figure)
    alike = "many" if finding.line == 0 and not finding.function else "one"
    by = {
        "takers": finding.verdict,
        "faults": finding.kind,
        "entries": finding.kind if alike == "one" else "",
    }
    return (alike, by.get(check.name, ""))


def _lines(check: Check, everything: bool) -> Iterator[str]:
    shown = _shown(check, everything)
    for finding in shown:
        yield f"  {visible(_line(finding))}"
        if finding.witness:
            yield f"      {visible(_way(finding))}"
    hidden = len(check.findings) - len(shown)
    if hidden:
        yield f"  ... and {hidden} more: lockmap doctor --check {check.name} --all"


def _line(finding: Finding) -> str:
    if finding.line or finding.function:
        place = f"{finding.file}:{finding.line}" if finding.line else finding.file
        parts = [place, finding.function, finding.kind, finding.verdict, finding.message]
    elif finding.verdict == "figure":
        parts = [f"{finding.count:8}", finding.kind, finding.message]
    else:
        parts = [f"{finding.count:8}", finding.kind, finding.file, finding.verdict, finding.message]
    return "  ".join(part for part in parts if part)


def _way(finding: Finding) -> str:
    first, *rest = finding.witness
    words = [f"{first[2]} ({first[0]}:{first[1]})"]
    for file, line, name, how in rest:
        by = "" if how == "call" else f" [{how}]"
        words.append(f"{name}{by} ({file}:{line})")
    return " > ".join(words)
