"""The parts of a diff: a section for each file, with its hunks and where they stand.

git reads the patch; this reading tells which files it needs, leaves out what git
must not see (binary data, links, submodules), and finds the hunk when git refuses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, NoReturn

from lockmap.errors import PatchError
from lockmap.patch.model import Limits
from lockmap.patch.names import NOWHERE, after_marker, both_names, stripped, unquoted
from lockmap.tree.source import printable

Kind = Literal["text", "binary", "symlink", "submodule"]

_HUNK = re.compile(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_MODE = re.compile(rb"(?:old mode|new mode|new file mode|deleted file mode|index \S+) (\d{6})\b")
_KINDS: dict[bytes, Kind] = {b"120000": "symlink", b"160000": "submodule"}
_MOVES = (b"rename from ", b"rename to ", b"copy from ", b"copy to ")
_BINARY = (b"GIT binary patch", b"Binary files ")
_INDEX = (b"similarity index ", b"dissimilarity index ", b"index ")
_COMBINED = (b"diff --cc ", b"diff --combined ", b"@@@ ")


@dataclass(frozen=True, slots=True)
class Hunk:
    """One hunk: the *line* of the patch text it begins at, *body* and *end* as byte offsets.

    *context* tells whether it has any line that shows the place.
    """

    line: int
    body: int
    end: int
    old: int
    old_count: int
    new: int
    new_count: int
    context: bool

    def old_lines(self, text: bytes) -> list[bytes]:
        """The lines it expects to find, with their line ends."""
        found: list[bytes] = []
        kept = False
        for line in text[self.body : self.end].split(b"\n")[:-1]:
            if line.startswith(b"\\"):
                if kept:
                    found[-1] = found[-1].removesuffix(b"\n")
                continue
            kept = not line.startswith(b"+")
            if kept:
                found.append(line[1:] + b"\n")
        return found


@dataclass(slots=True)
class Section:
    """What a diff says of one file: *start* and *end* as byte offsets in the patch text.

    *names* are those of its header as they stand there, *moves* those of a rename
    or copy, which have no ``a/`` or ``b/`` before them.
    """

    start: int
    end: int
    names: list[bytes] = field(default_factory=list)
    moves: dict[bytes, bytes] = field(default_factory=dict)
    hunks: list[Hunk] = field(default_factory=list)
    kind: Kind = "text"
    by_git: bool = True
    created: bool = False
    acts: bool = False
    """Whether the header alone changes something: a name, a mode, an empty file."""

    def paths(self, strip: int) -> set[str]:
        """Every path that it may mean, with *strip* leading folders taken off."""
        found = {stripped(name, strip) for name in self.names}
        found |= {stripped(name, max(strip - 1, 0)) for name in self.moves.values()}
        return found - {""}

    @property
    def made(self) -> bool:
        """Whether the file is new."""
        return self.created or NOWHERE in self.names[::2]

    def old_path(self, strip: int) -> str:
        """The path of the file to change; empty when it makes a new one."""
        moved = self.moves.get(b"rename from ") or self.moves.get(b"copy from ")
        if moved:
            return stripped(moved, max(strip - 1, 0))
        return "" if self.made else self._first(self.names, strip)

    def new_path(self, strip: int) -> str:
        """The path of the file afterwards; that of the old one when it is deleted."""
        moved = self.moves.get(b"rename to ") or self.moves.get(b"copy to ")
        if moved:
            return stripped(moved, max(strip - 1, 0))
        return self._first(self.names[::-1], strip)

    def _first(self, names: list[bytes], strip: int) -> str:
        return next((path for name in names if (path := stripped(name, strip))), "")

    def shown(self, strip: int) -> str:
        """Its path for the user: the new one."""
        return printable(self.new_path(strip)) or "a file without a name"


def read_sections(text: bytes, limits: Limits) -> list[Section]:
    """The sections of a diff that ends in a newline, prose around them passed over.

    Raises PatchError when it is damaged, combined, or over the limits.
    """
    return _Reader(text, limits).read()


class _Reader:
    """A position in the text, and the sections read so far."""

    def __init__(self, text: bytes, limits: Limits) -> None:
        self.text = text
        self.limits = limits
        self.at = 0
        self.line = 0
        self.hunks = 0
        self.sections: list[Section] = []

    def next(self) -> bytes:
        """The next line with its end; empty at the end of the text."""
        end = self.text.find(b"\n", self.at) + 1
        if not end:
            return b""
        line = self.text[self.at : end]
        self.at = end
        self.line += 1
        return line

    def read(self) -> list[Section]:
        within: Section | None = None  # whose header or hunks the next line may go on with
        while line := self.next():
            if line.startswith(b"diff --git "):
                within = self._begin(len(line), by_git=True)
                within.names += both_names(line)
            elif line.startswith(b"--- ") and self._traditional():
                if within is None or within.hunks:
                    within = self._begin(len(line), by_git=False)
                within.names += (after_marker(line), after_marker(self.next()))
                within.end = self.at
            elif line.startswith(b"@@ -") and (counts := _HUNK.match(line)) is not None:
                if within is None:
                    raise PatchError(
                        f"line {self.line} of the patch: a hunk without the name of a file",
                        hint="the text before it is damaged: take the patch anew from its source",
                    )
                self._hunk(within, counts)
                continue
            elif line.startswith(_COMBINED):
                raise PatchError(
                    f"line {self.line} of the patch: a combined diff, as git shows for merges",
                    hint="give the diff to one parent: git diff MERGE^1 MERGE",
                )
            elif within is not None:
                within = self._header(within, line)
        return [section for section in self.sections if self._says_something(section)]

    def _says_something(self, section: Section) -> bool:
        """Whether git would take it up; PatchError where git would give up."""
        if section.hunks or not section.by_git:
            return bool(section.hunks)
        first = self.text.find(b"\n", section.start) + 1
        nameless = not any(section.names) and not section.moves
        if nameless or (section.end > first and not section.acts):
            line = self.text.count(b"\n", 0, section.start) + 1
            what = "names no file" if nameless else "says nothing of its file"
            raise PatchError(
                f"line {line} of the patch: a header that {what}",
                hint="the text is damaged: take the patch anew from its source",
            )
        return section.acts

    def _traditional(self) -> bool:
        return self.text.startswith(b"+++ ", self.at)

    def _begin(self, length: int, *, by_git: bool) -> Section:
        if len(self.sections) >= self.limits.files:
            raise PatchError(f"the patch names more than {self.limits.files} files")
        section = Section(self.at - length, self.at, by_git=by_git)
        self.sections.append(section)
        return section

    def _header(self, section: Section, line: bytes) -> Section | None:
        """Take in a line of a git header; None when the section is over."""
        if section.hunks or not section.by_git:
            return None
        mode = _MODE.match(line)
        if mode is not None and mode[1] in _KINDS:
            section.kind = _KINDS[mode[1]]
        if line.startswith(_BINARY):
            section.kind = "binary"
        elif line.startswith(_MOVES):
            kind = next(move for move in _MOVES if line.startswith(move))
            section.moves[kind] = unquoted(line[len(kind) :].rstrip(b"\r\n"))
        elif line.startswith(b"new file mode "):
            section.created = True
        elif mode is None and not line.startswith(_INDEX):
            return None
        section.acts = section.acts or not line.startswith(_INDEX)
        section.end = self.at
        return section

    def _hunk(self, section: Section, counts: re.Match[bytes]) -> None:
        old, old_count, new, new_count = (
            int(number) if number is not None else 1 for number in counts.groups()
        )
        self.hunks += 1
        if self.hunks > self.limits.hunks:
            raise PatchError(f"the patch has more than {self.limits.hunks} hunks")
        first, body = self.line, self.at
        left_old, left_new, context = old_count, new_count, False
        while left_old > 0 or left_new > 0:
            before = self.at
            line = self.next()
            mark = line[:1]
            if mark in (b" ", b"\n"):
                left_old, left_new, context = left_old - 1, left_new - 1, True
            elif mark == b"-":
                left_old -= 1
            elif mark == b"+":
                left_new -= 1
            elif mark != b"\\":
                self._damaged(section, first, line)
            if left_old < 0 or left_new < 0:
                self.at = before
                self._damaged(section, first, line)
        if self.text.startswith(b"\\", self.at):
            self.next()
        section.end = self.at
        section.hunks.append(Hunk(first, body, self.at, old, old_count, new, new_count, context))

    def _damaged(self, section: Section, first: int, line: bytes) -> NoReturn:
        name = section.shown(1)
        where = f"hunk {len(section.hunks) + 1} of {name} (line {first} of the patch)"
        if not line:
            raise PatchError(
                f"{where} is cut off: the text ends before the lines it promises",
                hint="take the patch anew from its source",
            )
        shown = printable(line[:60].decode("utf-8", "surrogateescape").rstrip())
        raise PatchError(
            f"{where} is damaged at line {self.line}: it does not go on with `{shown}`",
            hint="a mail program may have wrapped or cut lines, or the hunk was edited by hand",
        )


def without_context(sections: list[Section]) -> bool:
    """Whether all hunks say their place by number alone, as ``git diff -U0`` makes them."""
    hunks = [hunk for section in sections if not section.made for hunk in section.hunks]
    return bool(hunks) and not any(hunk.context for hunk in hunks)
