"""Every rule that the files of a tree state."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from lockmap.documented.annotations import AnnotationReader
from lockmap.documented.cells import Cells
from lockmap.documented.data import DocumentedData, load_documented
from lockmap.documented.from_comments import CommentReader
from lockmap.documented.lists import Lists
from lockmap.documented.mentions import Vocabulary, vocabulary
from lockmap.documented.model import Found
from lockmap.documented.phrases import Phrases
from lockmap.documented.plain_tables import plain_tables
from lockmap.locks.catalog import Catalog
from lockmap.syntax.mask import load_masks

_MARKUP = ".rst"


@dataclass(frozen=True)
class TreeReader:
    """Reads the rules of files, one after the other."""

    data: DocumentedData
    words: Vocabulary

    structs: frozenset[str]
    """The structs that the locks are about."""

    def worth_reading(self, text: bytes) -> bool:
        """Whether a file of C whose code names no lock may do so in a comment."""
        return any(root in text for root in self.words.roots)

    def of_c(self, file: str, text: bytes) -> list[Found]:
        """The rules of a file of C."""
        return [*self._comments.read(file, text), *self._annotations.read(file, text)]

    def of_document(self, file: str, content: bytes) -> list[Found]:
        """The rules of a document; one that cannot be read gives a single unread one."""
        # Late: most trees have no document that is worth a parser of 10,000 lines.
        from lockmap.documented.from_documents import DocumentReader  # noqa: PLC0415
        from lockmap.documented.rst import UnreadableError  # noqa: PLC0415

        text = content.decode("utf-8", "replace")
        if not file.endswith(_MARKUP):
            cells = Cells(self.data, self._phrases)
            return list(plain_tables(file, text, cells))
        if len(content) > self.data.max_document:
            return [_unread(file, f"longer than {self.data.max_document} bytes")]
        try:
            return DocumentReader(self.data, self._phrases, self._lists).read(file, text)
        except UnreadableError as error:
            return [_unread(file, f"not read as reStructuredText: {error}"[:400])]

    @cached_property
    def _phrases(self) -> Phrases:
        return Phrases(self.data, self.words)

    @cached_property
    def _lists(self) -> Lists:
        return Lists(self.data, self._phrases)

    @cached_property
    def _comments(self) -> CommentReader:
        return CommentReader(self._phrases, self._lists, load_masks())

    @cached_property
    def _annotations(self) -> AnnotationReader:
        return AnnotationReader(self.data, self.words, load_masks())


def tree_reader(catalog: Catalog) -> TreeReader:
    """The reader for the locks of *catalog*.  Raises DataError."""
    data = load_documented()
    structs = frozenset(name for lock in catalog.locks for name in lock.interest.structs)
    return TreeReader(data, vocabulary(data, catalog), structs)


def _unread(file: str, why: str) -> Found:
    return Found("unread", "", "text", file, 1, 1, why)
