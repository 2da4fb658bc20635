"""The rules that the comments of one C file give."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lockmap.documented.comments import (
    Comment,
    Sentence,
    comments,
    line_and_column,
    names_a_lock,
    sentences,
)
from lockmap.documented.lists import Lists
from lockmap.documented.mentions import Vocabulary
from lockmap.documented.model import Found, Kind, SourceKind
from lockmap.documented.needs import Needs, one
from lockmap.documented.order import edges_of_lines
from lockmap.documented.owners import Owner, Owners
from lockmap.documented.phrases import Phrases
from lockmap.syntax.lex import blank, line_starts
from lockmap.syntax.mask import Masks
from lockmap.syntax.naming import where_named

_FIELD = re.compile(r"\s*@([\w.]+)\s*:\s*")
_MOST_WORDS = 400
"""Characters of a sentence that are kept."""
_Rule = tuple[Kind, str, Needs, Needs]


class CommentReader:
    """Reads the comments of C files."""

    def __init__(self, phrases: Phrases, lists: Lists, masks: Masks) -> None:
        self._phrases = phrases
        self._lists = lists
        self._words: Vocabulary = phrases.words
        self._masks = masks

    def read(self, file: str, text: bytes) -> list[Found]:
        """The rules of the file called *file*, in order; its text need not be C at all."""
        named = where_named(text, self._words.telling)
        if not named.starts:
            return []
        clean = blank(text)
        places = [at for at in named.starts if clean[at] == _BLANK]
        if not places:
            return []
        starts = line_starts(text)
        owners = Owners(text, clean, self._masks)
        found: list[Found] = []
        for comment in comments(text, clean, places):
            if names_a_lock(comment, self._words):
                found += self._of_comment(file, comment, owners.of(comment), starts)
        return found

    def _of_comment(
        self, file: str, comment: Comment, owner: Owner, starts: Sequence[int]
    ) -> Iterator[Found]:
        source: SourceKind = "kernel-doc" if comment.is_kernel_doc else "comment"
        edges = list(edges_of_lines(comment.text, self._words))
        for edge in edges:
            line, column = line_and_column(starts, comment.start + edge.at)
            yield Found("order", edge.subject, source, file, line, column, edge.words)
        if edges:
            return
        about = f"{owner.name} {' '.join(owner.fields)} {file}"
        told = list(sentences(comment))
        listed = self._listed(told, owner, about)
        for number, sentence in enumerate(told):
            mentions = [m for m in self._words.mentions(sentence.text, about) if m.known]
            if not mentions:
                continue
            line, column = line_and_column(starts, sentence.offsets[mentions[0].start])
            words = sentence.text[:_MOST_WORDS]
            rules = listed.get(number)
            if rules is None:
                rules = list(self._of_sentence(sentence, owner, about))
                if not rules:
                    rules = [("unread", _about(owner), Needs(), Needs())]
            for kind, subject, read, write in rules:
                place = file if kind == "function" else ""
                yield Found(
                    kind, subject, source, file, line, column, words, read, write, place=place
                )

    def _listed(self, told: Sequence[Sentence], owner: Owner, about: str) -> dict[int, list[_Rule]]:
        """The rules of lists of locks, by the number of the sentence of the first item."""
        found: dict[int, list[_Rule]] = {}
        if owner.kind != "members":
            return found
        for first, last, access, needs in self._lists.of_sentences([s.text for s in told], about):
            read, write = (needs, Needs()) if access == "read" else (Needs(), needs)
            found[first] = [
                ("field", f"{owner.name}.{field}", read, write) for field in owner.fields
            ]
            found.update((number, []) for number in range(first + 1, last))
        return found

    def _of_sentence(self, sentence: Sentence, owner: Owner, about: str) -> Iterator[_Rule]:
        if owner.kind == "function":
            if not sentence.section.startswith("@"):
                yield from self._of_caller(sentence.text, "function", owner.name, about)
        elif owner.kind == "type":
            field = _FIELD.match(sentence.text)
            name = sentence.section.removeprefix("@")
            if field or sentence.section.startswith("@"):
                text = sentence.text[field.end() :] if field else sentence.text
                yield from self._of_documented_member(text, owner, name, about)
        elif owner.kind == "members" and owner.name:
            if owner.calls:
                for name in owner.fields:
                    yield from self._of_caller(
                        sentence.text, "callback", f"{owner.name}.{name}", about
                    )
            else:
                yield from self._of_member(sentence.text, owner.name, owner.fields, about)

    def _of_caller(self, text: str, kind: Kind, subject: str, about: str) -> Iterator[_Rule]:
        told = self._phrases.of_function(text, about)
        if told is None:
            return
        names = told.functions if kind == "function" and told.functions else (subject,)
        for name in names:
            yield ("text" if told.sense == "effects" else kind), name, told.needs, Needs()

    def _of_documented_member(
        self, text: str, owner: Owner, name: str, about: str
    ) -> Iterator[_Rule]:
        """A member by the kernel-doc of its struct."""
        about = f"{about} {name}"
        for mention in self._words.mentions(name):
            for field in self._phrases.protected_by_it(text) if mention.known else ():
                lock = mention.locks[0]
                write = one(lock, "write")
                yield "field", f"{owner.name}.{field}", one(lock, "either"), write
        if name in owner.callbacks:
            yield from self._of_caller(text, "callback", f"{owner.name}.{name}", about)
        else:
            yield from self._of_member(text, owner.name, (name,), about)

    def _of_member(
        self, text: str, struct: str, fields: Sequence[str], about: str
    ) -> Iterator[_Rule]:
        told = self._phrases.of_member(text.strip(), about)
        if told is not None:
            read, write = told
            yield from (("field", f"{struct}.{field}", read, write) for field in fields)


_BLANK = ord(" ")


def _about(owner: Owner) -> str:
    if owner.kind == "members":
        return ", ".join(f"{owner.name}.{field}" for field in owner.fields) or owner.name
    return owner.name
