"""What a scan ends with: what was read, what was found, what stayed open, where the map is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from lockmap.escape import visible
from lockmap.map.filters import Filter
from lockmap.map.read import open_map

if TYPE_CHECKING:
    from lockmap.map.records import Mode, Site
    from lockmap.scan.run import Outcome

_MODES: tuple[Mode, ...] = ("read", "write", "any")
_WIDEST = 12
"""Top directories listed one by one; the rest is added up."""


def print_summary(outcome: Outcome, seconds: float) -> None:
    """Print the summary of the map at ``outcome.target``."""
    with open_map(outcome.target) as opened:
        meta = opened.meta()
        lock = meta.get("default_lock", "")
        chosen = Filter(lock=lock)
        sites = [s for s in opened.sites(chosen) if not s.definition]
        sections = list(opened.sections(chosen))
        diagnostics = Counter(d.kind for d in opened.diagnostics(Filter()))
    kernel = f"Linux {meta['kernel']}" if meta.get("kernel") else "a tree without a version"
    revision = f" at {meta['revision'][:12]}" if meta.get("revision") else ""
    click.echo(f"{kernel}{revision}: {visible(meta.get('label', ''))}")
    read = int(meta.get("functions_read", "0"))
    whole = int(meta.get("functions_whole", "0"))
    share = f" ({100 * whole / read:.2f} % of those read whole)" if read else ""
    click.echo(f"  files      {int(meta['files']):>9,}   {_how(outcome)}")
    told = f"{read:,} name a lock's objects and were read{share}"
    click.echo(f"  functions  {int(meta['functions']):>9,}   {told}")
    taken = [s for s in sites if s.op in {"acquire", "try"} and s.direct]
    modes = Counter(s.mode for s in taken)
    told = ", ".join(f"{modes[m]:,} {m}" for m in _MODES if modes[m])
    click.echo(f"  {lock}: {len(taken):,} acquisitions ({told})")
    _directories(taken)
    verdicts = Counter(s.paths for s in sections)
    click.echo(
        f"  sections   {len(sections):>9,}   {verdicts['balanced']:,} balanced, "
        f"{verdicts['leaks']:,} leak, {verdicts['unknown']:,} unknown"
    )
    told = ", ".join(f"{n:,} {kind}" for kind, n in sorted(diagnostics.items())) or "none"
    click.echo(f"  diagnostics {sum(diagnostics.values()):>8,}   {told}")
    click.echo(f"  time       {seconds:>8.1f} s")
    click.echo(f"  map        {visible(str(outcome.target))}")


def _how(outcome: Outcome) -> str:
    if outcome.unchanged:
        return "nothing has changed since the last scan"
    if outcome.read == outcome.files:
        return f"all read, {outcome.read - outcome.parsed:,} of them known from the cache"
    return f"{outcome.read:,} read, the others unchanged since the last scan"


def _directories(taken: list[Site]) -> None:
    """Acquisitions by top directory and mode, most first."""
    rows: dict[str, Counter[Mode]] = {}
    for site in taken:
        top = site.file.split("/", 1)[0] + "/" if "/" in site.file else "."
        rows.setdefault(top, Counter())[site.mode] += 1
    ordered = sorted(rows.items(), key=lambda row: (-row[1].total(), row[0]))
    for top, modes in ordered[:_WIDEST]:
        told = ", ".join(f"{modes[m]:,} {m}" for m in _MODES if modes[m])
        click.echo(f"    {visible(top):<16} {modes.total():>5,}   {told}")
    rest = sum(modes.total() for _, modes in ordered[_WIDEST:])
    if rest:
        click.echo(f"    {'elsewhere':<16} {rest:>5,}")
