"""``lockmap doccheck``: what is documented of locks, against the code."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence

import click

from lockmap.cli.help import examples
from lockmap.cli.listing import map_options, need_full, open_asked
from lockmap.cli.output import emit, prepared
from lockmap.cli.page import plural
from lockmap.errors import EXIT_FINDINGS
from lockmap.escape import visible
from lockmap.map.documented_records import (
    AGREEMENT_PARTS,
    KINDS,
    SITE_PARTS,
    SOURCES,
    VERDICTS,
    DocumentedRule,
)
from lockmap.map.read_documented import WantedRules

_FINDINGS = ("contradicts", "code weaker")
_MOST_SITES = 5
_FORMATS = ("text", "jsonl", "csv")


@click.command(
    epilog=examples(
        "lockmap doccheck",
        "lockmap doccheck kernel_src/linux-6.12 --all",
        "lockmap doccheck --subject 'vm_area_struct.*' --all",
        "lockmap doccheck --path Documentation --verdict contradicts",
        "lockmap doccheck --kind unread --format jsonl | jq -r .words",
    )
    + "\n\nExit codes: 0 no contradiction; 1 contradictions; 2 wrong usage or unreadable map."
)
@click.argument("tree_or_map", required=False)
@map_options
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="Text to read, JSON Lines or CSV to process.",
)
@click.option(
    "--path", default="", metavar="PATH", help="Only rules that stand in this file, folder or glob."
)
@click.option(
    "--subject",
    default="",
    metavar="NAME",
    help="Only rules about this: STRUCT.FIELD, a function; a glob will do.",
)
@click.option(
    "--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="Only these (repeat)."
)
@click.option(
    "--source", "sources", type=click.Choice(SOURCES), multiple=True, help="Only these (repeat)."
)
@click.option(
    "--verdict", "verdicts", type=click.Choice(VERDICTS), multiple=True, help="Only these (repeat)."
)
@click.option("--all", "everything", is_flag=True, help="Every rule, not only the findings.")
def doccheck(
    tree_or_map: str | None,
    *,
    map_file: str | None,
    tree: str | None,
    rev: str | None,
    form: str,
    path: str,
    subject: str,
    kinds: tuple[str, ...],
    sources: tuple[str, ...],
    verdicts: tuple[str, ...],
    everything: bool,
) -> None:
    """Check what the kernel documents of its locks against what its code does.

    The rules are those of Documentation/, of comments and kernel-doc, of annotations and
    assertions, and your own (lockmap scan --rules).  Printed are the findings: rules that the
    code contradicts, and rules that it follows only in part ("code weaker"), each with the first
    places that break it.

    What names a lock and could not be understood is of the kind "unread".
    """
    with open_asked(tree_or_map, map_file, tree, rev) as opened:
        need_full(opened)
        found = opened.documented(WantedRules(path, subject, kinds, verdicts, sources))
    chosen = verdicts or kinds or sources or everything
    shown = found if chosen else tuple(r for r in found if r.verdict in _FINDINGS)
    if form == "text":
        stream = prepared(sys.stdout)
        stream.writelines(f"{visible(line)}\n" for rule in shown for line in _lines(rule))
        stream.write(f"{_summary(found)}\n")
        stream.flush()
    else:
        parts = {"agreements": AGREEMENT_PARTS, "sites": SITE_PARTS}
        emit(shown, form, (), parts=parts)  # type: ignore[arg-type]
    if any(rule.verdict == "contradicts" for rule in found):
        raise click.exceptions.Exit(EXIT_FINDINGS)


def _lines(rule: DocumentedRule) -> Iterator[str]:
    verdict = rule.verdict or rule.kind
    asked = [
        f"{how} {text}" for how, text in (("read:", rule.read), ("write:", rule.write)) if text
    ]
    asked += [f"called with: {rule.needs}"] if rule.needs else []
    yield f"{rule.file}:{rule.line}:{rule.column}: {verdict}: {rule.subject}: {'; '.join(asked)}"
    yield f"    {rule.source}: {rule.words}"
    for aspect, told, follow, broken, untold, note in rule.agreements:
        counts = f"{follow} follow, {broken} break it, {untold} untold"
        yield f"    {aspect}: {told} ({counts}){': ' + note if note else ''}"
    for file, line, function, held in rule.sites[:_MOST_SITES]:
        yield f"      {file}:{line} {function}: held: {held}"
    if len(rule.sites) > _MOST_SITES:
        yield f"      and {len(rule.sites) - _MOST_SITES} more"


def _summary(rules: Sequence[DocumentedRule]) -> str:
    counts = Counter(rule.verdict for rule in rules if rule.verdict)
    told = [f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict]]
    unread = sum(rule.kind == "unread" for rule in rules)
    told += [f"{unread} unread"] if unread else []
    return f"{plural(len(rules), 'rule')}: {', '.join(told)}" if told else "no documented rule"
