"""What every listing command has in common: which map, which rows, which form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import wraps
from typing import Any, TypeVar

import click

from lockmap.cli.find_map import find_map
from lockmap.cli.output import FORMATS, Format
from lockmap.errors import NotFoundError
from lockmap.map.read import Map, open_map

F = TypeVar("F", bound=Callable[..., Any])

ALL_LOCKS = "all"


def map_options(command: F) -> F:
    """Add ``--map FILE``, ``--tree TREE`` and ``--rev REV``."""
    command = click.option(
        "--rev", metavar="REV", help="The map of this git revision of the tree, as it was scanned."
    )(command)
    command = click.option("--tree", metavar="TREE", help="The tree whose map to use.")(command)
    return click.option(
        "--map",
        "map_file",
        metavar="FILE",
        help="The map to read (default: that of the tree, $LOCKMAP_MAP, or the one scanned last).",
    )(command)


@dataclass(frozen=True, slots=True)
class Request:
    """What every listing is asked: of which map, which rows, in which form."""

    tree_or_map: str | None
    map_file: str | None
    tree: str | None
    rev: str | None
    form: Format
    path: str
    function: str

    def open(self) -> AbstractContextManager[Map]:
        """The map asked for.  Raises ``MapError`` and click's usage errors."""
        return open_asked(self.tree_or_map, self.map_file, self.tree, self.rev)


@contextmanager
def open_asked(
    tree_or_map: str | None, map_file: str | None, tree: str | None, rev: str | None
) -> Iterator[Map]:
    """The map that the arguments and options of a command name."""
    named = tree_or_map or tree
    if named and map_file:
        raise click.UsageError("give a tree, or a map with --map, not both")
    if tree_or_map and tree:
        raise click.UsageError("name the tree once: as an argument, or with --tree")
    with open_map(find_map(named, map_file, rev)) as opened:
        yield opened


def listing_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add TREE_OR_MAP, the map options, ``--format``, ``--path`` and ``--function``.

    The command gets them as one ``Request``.
    """
    names = [field.name for field in fields(Request)]

    @wraps(command)
    def with_request(**given: Any) -> None:
        request = Request(**{name: given.pop(name) for name in names})
        command(request, **given)

    options = (
        click.argument("tree_or_map", required=False),
        map_options,
        click.option(
            "--format",
            "form",
            type=click.Choice(FORMATS),
            default="table",
            show_default=True,
            help="A table to read, JSON Lines or CSV to process.",
        ),
        click.option(
            "--path",
            default="",
            metavar="PATH",
            help="Only this file or folder of the tree, or a glob: mm, 'arch/*/mm/fault.c'.",
        ),
        click.option(
            "--function", default="", metavar="NAME", help="Only this function; a glob will do."
        ),
    )
    result: Callable[..., None] = with_request
    # Innermost first, so that --help lists them in the order above.
    for option in reversed(options):
        result = option(result)
    return result


lock_option = click.option(
    "--lock",
    metavar="NAME",
    help="A lock of `lockmap locks`, or all (default: the map's own, mmap_lock).",
)


def field_options(command: F) -> F:
    """Add ``--struct`` and ``--field``."""
    command = click.option(
        "--field", default="", metavar="NAME", help="Only this field; a glob will do."
    )(command)
    return click.option(
        "--struct", default="", metavar="TAG", help="Only fields of this struct; a glob will do."
    )(command)


def chosen_lock(opened: Map, lock: str | None) -> str:
    """The lock to list, empty for all of them.  Raises ``NotFoundError`` for an unknown one."""
    if lock == ALL_LOCKS:
        return ""
    if lock is None:
        return opened.meta().get("default_lock", "")
    known = opened.locks()
    if lock not in known:
        near = get_close_matches(lock, known, n=3) or known
        raise NotFoundError(
            f"the map holds nothing about a lock named {lock}",
            f"it has: {', '.join(near)}" if near else "it holds no lock at all",
        )
    return lock


def chosen_locks(opened: Map, lock: str | None) -> tuple[str, ...]:
    """The locks to tell of, one after the other.  Raises as ``chosen_lock``."""
    chosen = chosen_lock(opened, lock)
    return (chosen,) if chosen or lock != ALL_LOCKS else opened.locks()


def need_full(opened: Map) -> None:
    """Raise ``NotFoundError`` for a map without accesses, callbacks and functions."""
    if opened.meta().get("full") != "1":
        raise NotFoundError(
            "the map was made without accesses, callbacks and functions",
            "make one that has them with: lockmap scan TREE",
        )


def some(records: Sequence[Any], what: str) -> None:
    """Raise ``NotFoundError`` if a listing came out empty."""
    if not records:
        raise NotFoundError(f"no {what} found", "there may be some with fewer options")
