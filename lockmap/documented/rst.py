"""Reading reStructuredText of a tree: hostile text in, a tree of nodes out.

Nothing is included, run or fetched, whatever a document asks for; directives and roles that only
the kernel's own documentation set-up knows stand for their content.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives, roles
from docutils.parsers.rst.directives.tables import ListTable

_AS_THEY_ARE = frozenset(
    {
        *("table", "list-table", "parsed-literal", "code", "topic", "container", "epigraph"),
        *("note", "warning", "attention", "caution", "danger", "error", "hint", "important"),
        *("tip", "admonition"),
    }
)
"""Directives of docutils that read nothing but their content."""
_TABLES = {"flat-table": ListTable}
_LITERAL = frozenset({"code-block", "sourcecode", "highlight-block"})
_SETTINGS: dict[str, Any] = {
    "report_level": 5,
    "halt_level": 5,
    "warning_stream": False,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "_disable_config": True,
    "input_encoding": "unicode",
    "smart_quotes": False,
    "syntax_highlight": "none",
    "pep_references": False,
    "rfc_references": False,
    "tab_width": 8,
    "auto_id_prefix": "%",
}


class UnreadableError(Exception):
    """The document cannot be read as reStructuredText."""


def parse_rst(text: str) -> nodes.document:
    """The nodes of *text*.  Raises ``UnreadableError``, and nothing else."""
    try:
        with _neutral():
            return publish_doctree(text, settings_overrides=_SETTINGS)
    except RecursionError as error:
        raise UnreadableError("it is nested too deeply") from error
    except Exception as error:
        raise UnreadableError(str(error) or type(error).__name__) from error


def words_of(node: nodes.Node) -> str:
    """The text of *node* with single blanks, without the marks of roles."""
    return " ".join(node.astext().replace("!", " !").replace(" !", "").split())


def line_of(node: nodes.Node | None) -> int:
    """The line that *node* begins at, or what it stands in; from 1."""
    while node is not None:
        line = getattr(node, "line", None)
        if line:
            return int(line)
        node = node.parent
    return 1


class _Content(Directive):
    """Stands for the content of a directive that nobody knows here."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        box = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]


class _Literal(Directive):
    """A block that is kept as it stands."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "linenos": directives.unchanged,
        "caption": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        text = "\n".join(self.content)
        block = nodes.literal_block(text, text)
        block.line = self.content_offset + 1
        return [block]


def _plain(
    _name: str, rawtext: str, text: str, *_: Any, **__: Any
) -> tuple[list[nodes.Node], list[nodes.Node]]:
    """A role that nobody knows here stands for its text."""
    shown = text.removeprefix("!")
    title, mark, target = shown.rpartition("<")
    if title and mark and target.endswith(">"):
        shown = title.strip()
    return [nodes.literal(rawtext, shown)], []


@contextmanager
def _neutral() -> Iterator[None]:
    """Docutils with our directives and roles; its registers are left as they were."""
    directive, role = directives.directive, roles.role

    def our_directive(name: str, *rest: Any) -> tuple[type[Directive] | None, list[Any]]:
        lowered = name.lower()
        if lowered in _AS_THEY_ARE:
            found: tuple[type[Directive] | None, list[Any]] = directive(name, *rest)
            return found
        if lowered in _LITERAL:
            return _Literal, []
        return _TABLES.get(lowered, _Content), []

    def our_role(*_: Any) -> tuple[Any, list[Any]]:
        return _plain, []

    directives.directive, roles.role = our_directive, our_role
    try:
        yield
    finally:
        directives.directive, roles.role = directive, role
