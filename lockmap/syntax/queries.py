"""Tree-sitter queries as data: ``queries/syntax/*.scm``, compiled once per process."""

from __future__ import annotations

from functools import cache

from tree_sitter import Node, Query, QueryCursor, QueryError

from lockmap.data import queries_dir
from lockmap.errors import DataError
from lockmap.syntax.grammar import c_language


@cache
def load_query(name: str) -> Query:
    """The query of ``queries/syntax/NAME.scm``.

    Raises DataError naming the file when it is missing or the grammar refuses it.
    """
    path = queries_dir() / "syntax" / f"{name}.scm"
    try:
        return Query(c_language(), path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except (QueryError, UnicodeDecodeError, ValueError) as error:
        raise DataError(f"{path}: not a query of the C grammar: {error}") from error


def captures(name: str, node: Node) -> dict[str, list[Node]]:
    """What query *name* captures below *node*: capture name → nodes in order."""
    return QueryCursor(load_query(name)).captures(node)


def matches(name: str, node: Node) -> list[dict[str, list[Node]]]:
    """The matches of query *name* below *node*, each with its own captures."""
    return [found for _, found in QueryCursor(load_query(name)).matches(node)]
