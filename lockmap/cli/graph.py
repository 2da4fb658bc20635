"""``lockmap graph``: the map as a graph, for other programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from lockmap.cli.help import examples
from lockmap.cli.listing import chosen_locks, lock_option, need_full
from lockmap.cli.output import prepared
from lockmap.cli.page import plural
from lockmap.cli.question import Question, question_options
from lockmap.errors import LockmapError
from lockmap.escape import visible
from lockmap.graph.ask import DISTANCE, DISTANCE_AROUND, MOST, RADIUS, graph_of
from lockmap.graph.export import FORMATS, GraphFormat, lines


@click.command(
    epilog=examples(
        "lockmap graph --around vm_area_struct.vm_flags --radius 2 --output flags.json",
        "lockmap graph --around filemap_fault --format dot | dot -Tsvg > fault.svg",
        "lockmap graph --around mm/mmap.c:find_vma --lock all",
        "lockmap graph kernel_src/linux-6.12 --format graphml --output 6.12.graphml",
    )
)
@question_options
@lock_option
@click.option(
    "--around",
    "node",
    metavar="NODE",
    help="Only what is near this: STRUCT.FIELD, a function, FILE:FUNCTION, a file, a lock, the id "
    "of a section, or the name of a node.",
)
@click.option(
    "--radius",
    type=click.IntRange(0),
    default=RADIUS,
    show_default=True,
    metavar="N",
    help="How many edges away, with --around.",
)
@click.option(
    "--distance",
    type=click.IntRange(1),
    metavar="N",
    help="Functions up to N calls from where a lock is taken "
    f"(default: {DISTANCE}; around a lock {DISTANCE_AROUND}).",
)
@click.option(
    "--most",
    type=click.IntRange(0),
    default=MOST,
    show_default=True,
    metavar="N",
    help="So many nodes with --around, the nearest; 0 for all.",
)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="json", show_default=True,
    help="Node-link JSON (networkx), GraphML (Gephi, yEd), DOT (Graphviz).",
)  # fmt: skip
@click.option("--output", metavar="FILE", help="Where to write it (default: standard output).")
def graph(
    question: Question,
    *,
    lock: str | None,
    node: str | None,
    radius: int,
    distance: int | None,
    most: int,
    form: GraphFormat,
    output: str | None,
) -> None:
    """Export locks, sections, functions, callbacks, fields and files as a graph.

    The kinds of nodes and edges are in the manual (reference/graph).  Without --around: all that
    works on the lock, the functions near to where it is taken, what they access, and the rules;
    what is left out is said on standard error.
    """
    with question.open() as opened:
        need_full(opened)
        locks = chosen_locks(opened, lock)
        found = graph_of(
            opened, locks=locks, node=node, radius=radius, most=most, distance=distance
        )
    text = lines(found, form)
    if output is None or output == "-":
        stream = prepared(sys.stdout)
        stream.writelines(text)
        stream.flush()
    else:
        _write(Path(output), text)
        nodes, edges = plural(len(found.nodes), "node"), plural(len(found.edges), "edge")
        click.echo(f"lockmap: {nodes}, {edges} in {visible(output)}", err=True)
    for what, number in found.left_out.items():
        click.echo(f"lockmap: left out: {number:,} {what}", err=True)


def _write(path: Path, text: Iterable[str]) -> None:
    """Replace the file as a whole, or leave it as it was.  Raises ``LockmapError``."""
    temporary = path.with_name(f".{path.name}.{os.urandom(6).hex()}.tmp")
    try:
        if path.exists() and not path.is_file():
            # A pipe or a device takes what is written to it.
            with path.open("w", encoding="utf-8") as stream:
                stream.writelines(text)
            return
        try:
            with temporary.open("x", encoding="utf-8") as stream:
                stream.writelines(text)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise LockmapError(f"cannot write {path}: {reason}", "name another --output") from error
