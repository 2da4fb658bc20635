"""The rules of one document: its tables, lists, drawings and sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from docutils import nodes

from lockmap.documented.cells import Cells, Column
from lockmap.documented.data import DocumentedData
from lockmap.documented.lists import Lists
from lockmap.documented.model import Found, Kind, SourceKind, State
from lockmap.documented.needs import Needs
from lockmap.documented.order import edges_of_lines
from lockmap.documented.phrases import Phrases
from lockmap.documented.rst import line_of, parse_rst, words_of

_MOST_WORDS = 400
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z(\-])")
_METHOD = re.compile(r"->(\w+)\(\)")
_FIELD = re.compile(r"[A-Za-z_][\w.]*")


class DocumentReader:
    """Reads documents of reStructuredText."""

    def __init__(self, data: DocumentedData, phrases: Phrases, lists: Lists) -> None:
        self._phrases = phrases
        self._words = phrases.words
        self._lists = lists
        self._cells = Cells(data, phrases)
        self._struct = re.compile(data.table.struct)
        self._fields_of = re.compile(rf"{data.table.struct} (?:fields|members)")
        self._about = [(re.compile("|".join(a.words), re.I), a.struct) for a in data.list.about]

    def read(self, file: str, text: str) -> list[Found]:
        """The rules of the document called *file*.  Raises ``UnreadableError``."""
        return list(_Reading(self, file, text).run())


class _Reading:
    """One document; where the reading has come to."""

    def __init__(self, reader: DocumentReader, file: str, text: str) -> None:
        self._r = reader
        self._file = file
        self._lines = text.splitlines()
        self._document = parse_rst(text)
        self._title = ""
        self._struct = ""
        self._fields_of = ""
        self._intro = ""

    def run(self) -> Iterator[Found]:
        """All rules, in order."""
        yield from self._children(self._document)

    def _children(self, node: nodes.Element) -> Iterator[Found]:
        for child in node.children:
            if isinstance(child, nodes.section):
                self._fields_of = ""
                yield from self._children(child)
            elif isinstance(child, nodes.title):
                self._title = words_of(child)
                yield from self._sentences(child)
            elif isinstance(child, nodes.table):
                yield from self._table(child)
            elif isinstance(child, nodes.literal_block):
                yield from self._drawing(child)
            elif isinstance(child, nodes.bullet_list | nodes.enumerated_list):
                yield from self._list(child)
            elif isinstance(child, nodes.paragraph):
                yield from self._sentences(child)
            elif isinstance(child, nodes.Element) and not isinstance(
                child, nodes.system_message | nodes.comment
            ):
                yield from self._children(child)

    def _found(
        self,
        kind: Kind,
        subject: str,
        source: SourceKind,
        node: nodes.Node,
        words: str,
        **more: Any,
    ) -> Found:
        line = line_of(node)
        shown = self._lines[line - 1] if line <= len(self._lines) else ""
        first = next(iter(words.split()), "").strip(":,.|")
        column = max(0, shown.find(first)) if first else 0
        return Found(
            kind, subject, source, self._file, line, column + 1, words[:_MOST_WORDS], **more
        )

    # ---- prose ----

    def _sentences(self, node: nodes.TextElement) -> Iterator[Found]:
        text = words_of(node)
        for struct in self._r._struct.findall(text):
            self._struct = struct
        for struct in self._r._fields_of.findall(text):
            self._fields_of = struct
        self._intro = text
        method = ""
        for sentence in _SENTENCE.split(text):
            named = _METHOD.match(sentence)
            method = named[1] if named else method
            if not self._r._words.names(sentence):
                continue
            told = self._r._phrases.of_function(sentence, self._title) if method else None
            if told is not None and told.sense in {"held", "free"} and not told.functions:
                subject = f"{self._title}.{method}"
                yield self._found("callback", subject, "text", node, sentence, read=told.needs)
            else:
                yield self._found("unread", self._title, "text", node, sentence)

    def _drawing(self, node: nodes.literal_block) -> Iterator[Found]:
        text = node.astext()
        first = line_of(node)
        for edge in edges_of_lines(text, self._r._words):
            line = first + text.count("\n", 0, edge.at)
            column = edge.at - (text.rfind("\n", 0, edge.at) + 1)
            shown = self._lines[line - 1] if line <= len(self._lines) else ""
            indent = max(0, shown.find(edge.words.rpartition(" > ")[2]) - column)
            yield Found(
                *("order", edge.subject, "text", self._file, line, column + indent + 1, edge.words)
            )

    # ---- lists ----

    def _list(self, node: nodes.Element) -> Iterator[Found]:
        items = [words_of(item) for item in node.children]
        intro = self._intro
        access = self._r._lists.access(intro)
        struct = next((s for p, s in self._r._about if p.search(intro)), "")
        if access is None or not struct:
            for item in node.children:
                assert isinstance(item, nodes.Element)
                yield from self._children(item)
            return
        # Items that say for which of the fields they are hold only for these.
        plain = [item for item in items if not re.match(r"if\b", item, re.IGNORECASE)]
        needs = self._r._lists.of_items(intro, [_first_words(item) for item in plain], self._title)
        words = f"{intro} {' '.join(items)}"
        if needs is None:
            yield self._found("unread", struct, "list", node.children[0], words)
            return
        read, write = (needs, Needs()) if access == "read" else (Needs(), needs)
        yield self._found("struct", struct, "list", node.children[0], words, read=read, write=write)

    # ---- tables ----

    def _table(self, table: nodes.table) -> Iterator[Found]:
        rows = [list(row.children) for row in table.findall(nodes.row)]
        if not rows:
            return
        columns = self._r._cells.columns([words_of(cell) for cell in rows[0]])
        kinds = [column.kind for column in columns]
        for row in rows[1:]:
            cells = [words_of(cell) for cell in row]
            at = next((c.children[0] for c in row if c.children), table)
            if len(cells) == len(columns) and "field" in kinds:
                yield from self._field(columns, cells, at)
            elif len(cells) == len(columns) and kinds[0] == "callback" and "state" in kinds:
                yield from self._callback(columns, cells, at)
            elif len(cells) == len(columns) and "state" in kinds and "allowed_read" in kinds:
                yield from self._state(columns, [words_of(c) for c in rows[0]], cells, at)
            elif self._r._words.names(f"{' '.join(map(words_of, rows[0]))} {' '.join(cells)}"):
                yield self._found("unread", self._title, "table", at, " | ".join(cells))
            elif self._r._cells.is_exclusion(_title_of(table)):
                words = " | ".join(cells)
                yield self._found(
                    "text", f"{words_of(table.children[0])}: {cells[0]}", "table", at, words
                )

    def _field(
        self, columns: Sequence[Column], cells: Sequence[str], at: nodes.Node
    ) -> Iterator[Found]:
        by_kind = {column.kind: cell for column, cell in zip(columns, cells, strict=True)}
        struct = self._fields_of or self._struct
        read = write = Needs()
        said = [(k, by_kind[k]) for k in ("read", "write", "lock") if k in by_kind]
        words = f"{by_kind['field']}: {'; '.join(cell for _, cell in said)}"
        names = _FIELD.findall(by_kind["field"])
        for kind, cell in said:
            needs = self._r._cells.access(cell)
            if needs is None or not names:
                yield self._found("unread", f"{struct}.{by_kind['field']}", "table", at, words)
                return
            read = needs if kind in {"read", "lock"} else read
            write = needs if kind in {"write", "lock"} else write
        for name in names:
            subject = f"{struct}.{name}"
            yield self._found("field", subject, "table", at, words, read=read, write=write)

    def _callback(
        self, columns: Sequence[Column], cells: Sequence[str], at: nodes.Node
    ) -> Iterator[Found]:
        subject = f"{self._title.split(' ')[0]}.{cells[0].rstrip(': ')}"
        for column, cell in zip(columns, cells, strict=True):
            if column.kind != "state":
                continue
            needs = self._r._cells.held(cell, column.locks)
            words = f"{cells[0]} {' | '.join(column.locks)}: {cell}"
            if needs is None:
                yield self._found("unread", subject, "table", at, words)
            elif needs.cases:
                yield self._found("callback", subject, "table", at, words, read=needs)

    def _state(
        self, columns: Sequence[Column], heads: Sequence[str], cells: Sequence[str], at: nodes.Node
    ) -> Iterator[Found]:
        words = ", ".join(f"{h} {c}" for h, c in zip(heads, cells, strict=True))
        held = []
        allowed: dict[str, bool] = {}
        for column, cell in zip(columns, cells, strict=True):
            if column.kind == "state":
                modes = self._r._cells.modes(cell)
                if modes is None:
                    yield self._found("unread", self._struct, "table", at, words)
                    return
                held.append((column.locks, modes))
            elif column.kind in {"allowed_read", "allowed_write"}:
                yes = self._r._cells.allowed(cell)
                if yes is None:
                    yield self._found("unread", self._struct, "table", at, words)
                    return
                allowed[column.which or "read"] = yes
        state = State(tuple(held), tuple(sorted(allowed.items())))
        subject = self._struct_of_states()
        yield self._found("state", subject, "table", at, words, state=state)

    def _struct_of_states(self) -> str:
        """The struct that a table of states is about: that of the lists before it."""
        return self._fields_of or self._listed or self._struct

    @property
    def _listed(self) -> str:
        return self._r._about[0][1] if self._r._about else ""


def _first_words(item: str) -> str:
    """An item of a list as far as it names one lock."""
    return re.split(r"\s(?:via|before|at|on|for|,)\b", item, maxsplit=1)[0]


def _title_of(table: nodes.table) -> str:
    title = table.children[0] if table.children else None
    return words_of(title) if isinstance(title, nodes.title) else ""
