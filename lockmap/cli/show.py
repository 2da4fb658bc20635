"""``lockmap show``: functions with the lock state in the margin of each line."""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from pathlib import Path

import click

from lockmap.cli.annotate import FileFacts, view
from lockmap.cli.find_map import find_map
from lockmap.cli.help import examples
from lockmap.cli.listing import chosen_lock, lock_option, map_options
from lockmap.cli.margin import draw
from lockmap.cli.source_lines import source_lines
from lockmap.errors import NotFoundError
from lockmap.map.filters import Filter
from lockmap.map.read import Map, open_map
from lockmap.map.records import Span

# FILE, then a line (with the column and lock of a listing), or a function.
_PLACE = re.compile(
    r"(?P<file>.+?)(?::(?P<line>\d+)(?::\d+)?(?::\w+)?|:(?P<function>[A-Za-z_]\w*))?"
)


@click.command(
    epilog=examples(
        "lockmap show mm/madvise.c:1400",
        "lockmap show mm/madvise.c:do_madvise --lock all",
        "lockmap show do_madvise",
        "lockmap show kernel_src/linux-6.12/mm/gup.c | less",
    )
)
@click.argument("place", metavar="FILE[:LINE|:FUNCTION]")
@map_options
@lock_option
def show(
    place: str,
    *,
    map_file: str | None,
    rev: str | None,
    tree: str | None,
    lock: str | None,
) -> None:
    """Print functions with the lock state in the margin of each line.

    FILE may be relative to the tree or to the current folder.  Without LINE or FUNCTION,
    every function of the file that works on the lock is printed.

    The margin shows the state before the line:

    \b
      R, W, H   held for reading, for writing, in a mode not known
      R/W       held, in a mode that depends on the path
      R? W? R/W?  held on some paths only
      c         as the caller left it
      -         not held: what the caller held was dropped
      -?        dropped on some paths, as the caller left it on others
      x         no followed path comes here
      (blank)   no statement begins here; or nothing changes, as said below
                the function

    A line that works on the lock itself is marked >, one that calls a function which does, ~;
    one that accesses user memory, and so may take it through a page fault, f.
    """  # noqa: D301 (click's mark)
    if tree and map_file:
        raise click.UsageError("give --tree or --map, not both")
    match = _PLACE.fullmatch(place)
    if match is None:
        raise click.UsageError("give a file of the tree")
    name, line, function = match["file"], match["line"], match["function"]
    start = Path(os.path.realpath(name)).parent
    path = find_map(tree, map_file, rev, start=start if start.is_dir() else None)
    with open_map(path) as opened:
        meta = opened.meta()
        spans = _spans_of(opened, name, meta.get("root", ""))
        if line is not None:
            spans = _around(spans, int(line))
        elif function is not None:
            spans = _called(spans, function)
        chosen = chosen_lock(opened, lock)
        facts = FileFacts.of(opened, spans[0].file, chosen)
        if line is None and function is None:
            # All of a long file is no answer; where nothing stands out, it is.
            spans = [span for span in spans if facts.touches(span)] or spans
        source = source_lines(opened, spans[0].file)
    draw([view(span, facts, source, chosen) for span in spans])


def _spans_of(opened: Map, name: str, root: str) -> list[Span]:
    """The functions of the file named, or the functions named; ``NotFoundError`` if none."""
    for file in _candidates(name, root):
        found = [span for span in opened.spans(Filter(path=file)) if span.file == file]
        if found:
            return found
    if re.fullmatch(r"[A-Za-z_]\w*", name):
        found = list(opened.spans(Filter(function=name)))
        if found:
            # Static functions share names; the files are named, so that one can be chosen.
            return _one_file(found)
    spans = opened.spans()
    files = sorted({span.file for span in spans})
    base = name.rpartition("/")[2]
    near = [file for file in files if file.rpartition("/")[2] == base][:3]
    near = near or get_close_matches(name, files, n=3)
    near = near or get_close_matches(name, {span.function for span in spans}, n=3)
    raise NotFoundError(
        f"no function of {name} is in the map",
        f"did you mean {' or '.join(near)}?" if near else "only functions of interest are",
    )


def _one_file(spans: list[Span]) -> list[Span]:
    files = sorted({span.file for span in spans})
    if len(files) > 1:
        function = spans[0].function
        choices = ", ".join(f"{file}:{function}" for file in files[:5])
        more = f" and {len(files) - 5} more" if len(files) > 5 else ""
        raise NotFoundError(f"{function} is in {len(files)} files", f"name one: {choices}{more}")
    return spans


def _candidates(name: str, root: str) -> list[str]:
    """What *name* can mean below the root: first as the shell sees it, then in the tree."""
    inside = os.path.relpath(os.path.realpath(name), os.path.realpath(root)) if root else ".."
    found = [] if inside.startswith("..") else [inside]
    return [*found, os.path.normpath(name)]


def _around(spans: list[Span], line: int) -> list[Span]:
    found = [span for span in spans if span.line <= line <= span.end_line]
    if not found:
        near = sorted(spans, key=lambda s: min(abs(line - s.line), abs(line - s.end_line)))[:2]
        shown = " and ".join(f"{s.function} (lines {s.line} to {s.end_line})" for s in near)
        raise NotFoundError(f"line {line} is in no function of interest", f"near it: {shown}")
    return found


def _called(spans: list[Span], function: str) -> list[Span]:
    found = [span for span in spans if span.function == function]
    if not found:
        names = sorted({span.function for span in spans})
        near = get_close_matches(function, names, n=3) or names[:5]
        raise NotFoundError(
            f"no function {function} of interest in {spans[0].file}",
            f"did you mean {' or '.join(near)}?",
        )
    return found
