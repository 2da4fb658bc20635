"""reStructuredText read by docutils, with the roles that Sphinx knows."""

from __future__ import annotations

import io

from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import roles

_ROLES = ("member", "struct", "func", "type", "macro")


def _literal(name, raw, text, line, inliner, options=None, content=None):  # type: ignore[no-untyped-def]
    return [nodes.literal(raw, text.removeprefix("!"))], []


def read(text: str) -> tuple[nodes.document, str]:
    """The document, and all that docutils complains of."""
    for name in _ROLES:
        roles.register_local_role(f"c:{name}", _literal)
    complaints = io.StringIO()
    document = publish_doctree(
        text,
        settings_overrides={
            "warning_stream": complaints,
            "report_level": 1,
            "file_insertion_enabled": False,
            "raw_enabled": False,
        },
    )
    return document, complaints.getvalue()


def rows(document: nodes.document, title: str = "") -> list[list[str]]:
    """The cells of the table with this title (the first, without one)."""
    for table in document.findall(nodes.table):
        head = table.next_node(nodes.title)
        if not title or (head is not None and head.astext() == title):
            return [
                [" ".join(entry.astext().split()) for entry in row.findall(nodes.entry)]
                for row in table.findall(nodes.row)
            ]
    raise AssertionError(f"no table {title}")
