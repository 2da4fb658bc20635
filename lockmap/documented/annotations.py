"""The rules that annotations for sparse and for clang give."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lockmap.documented.comments import Comment, line_and_column
from lockmap.documented.data import Annotation, DocumentedData
from lockmap.documented.mentions import Vocabulary
from lockmap.documented.model import Found
from lockmap.documented.needs import Mode, Need, Needs, all_of
from lockmap.documented.owners import Owners
from lockmap.syntax.lex import blank, line_starts
from lockmap.syntax.mask import Masks
from lockmap.syntax.naming import where_named

_ARGUMENTS = re.compile(rb"\s*\(((?:[^()]|\([^()]*\)){0,300})\)")


class AnnotationReader:
    """Reads the annotations of C files."""

    def __init__(self, data: DocumentedData, words: Vocabulary, masks: Masks) -> None:
        self._by_name = {
            name.encode(): annotation for annotation in data.annotation for name in annotation.names
        }
        self._words = words
        self._masks = masks

    @property
    def names(self) -> frozenset[bytes]:
        """The names of all annotations."""
        return frozenset(self._by_name)

    def read(self, file: str, text: bytes) -> list[Found]:
        """The rules that the annotations in a file give."""
        named = where_named(text, self.names)
        if not named.starts:
            return []
        clean = blank(text)
        starts = line_starts(text)
        owners = Owners(text, clean, self._masks)
        found: list[Found] = []
        for at, name in zip(named.starts, named.words, strict=True):
            match = _ARGUMENTS.match(clean, at + len(name))
            line = clean[clean.rfind(b"\n", 0, at) + 1 : at].lstrip()
            if match is None or clean[at : at + 1] == b" " or line.startswith(b"#"):
                continue
            argument = match[1].decode("latin-1")
            locks = [m for m in self._words.mentions(argument, file) if m.known]
            if len(locks) != 1:
                continue
            annotation = self._by_name[name]
            words = f"{name.decode()}({' '.join(argument.split())})"
            owner = owners.of(Comment(at, match.end(), words))
            place = (file, *line_and_column(starts, at), words)
            if owner.kind == "function" and annotation.says != "protected":
                needs = _needs(locks[0].locks, annotation.mode)
                found.append(Found("function", owner.name, "annotation", *place, needs, place=file))
            elif owner.kind == "members" and annotation.says == "protected":
                found += _members(owner.name, owner.fields, locks[0].locks, annotation, place)
            else:
                found.append(Found("unread", owner.name, "annotation", *place))
        return found


def _members(
    struct: str,
    fields: tuple[str, ...],
    locks: tuple[str, ...],
    annotation: Annotation,
    place: tuple[str, int, int, str],
) -> Iterator[Found]:
    read, write = _needs(locks, "either"), _needs(locks, annotation.mode)
    for field in fields:
        yield Found("field", f"{struct}.{field}", "annotation", *place, read, write)


def _needs(locks: tuple[str, ...], mode: Mode) -> Needs:
    return all_of([tuple(Need(lock, mode) for lock in locks)])
