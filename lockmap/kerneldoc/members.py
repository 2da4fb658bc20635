"""The members of a struct as its text has them: in order, with condition and comment."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from lockmap.kerneldoc.conditions import follow
from lockmap.kerneldoc.definitions import Definition
from lockmap.kerneldoc.prose import first_paragraph, inside, member_docs
from lockmap.program.types import members as declared
from lockmap.syntax.lex import blank
from lockmap.syntax.mask import load_masks

_TOKEN = re.compile(
    rb"(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<directive>^[ \t]*\#(?:\\\n|[^\n])*)|(?P<mark>[{};])|"
    rb"(?P<blank>\n[ \t]*\n)",
    re.DOTALL | re.MULTILINE,
)
_CONTAINER = re.compile(rb"\b(struct|union)\b[^{;]*$")
_NAME = re.compile(rb"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a struct; ``shared.rb`` for one of a named part."""

    name: str
    line: int
    declaration: str = ""
    """As it is written, in one line."""
    function: bool = False
    """Whether it is a pointer to a function."""
    config: str = ""
    """The condition around it in words; empty: it is always there."""
    comment: str = ""
    """Its own comment or kernel-doc, in one line; empty: it has none."""


def read_members(definition: Definition) -> tuple[Member, ...]:
    """The members of a struct, those of unnamed parts among them, in the order of the text."""
    reader = _Reader(definition, blank(definition.body))
    for match in _TOKEN.finditer(definition.body):
        reader.read(match)
    docs = member_docs(definition.before)
    seen: dict[str, Member] = {}
    for member in reader.found:
        seen.setdefault(
            member.name, replace(member, comment=member.comment or docs.get(member.name, ""))
        )
    return tuple(seen.values())


@dataclass(slots=True)
class _Part:
    """A struct or union within, while its members are read."""

    kind: bytes
    comment: str
    line: int
    first: int
    """How many members were there before it."""
    ended: bool = False
    """Whether only its name is to come."""


@dataclass(slots=True)
class _Reader:
    definition: Definition
    clean: bytes
    found: list[Member] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    parts: list[_Part] = field(default_factory=list)
    depth: int = 0
    """Braces that are open within a declaration."""
    start: int = 0
    """Where the declaration begins that is being read."""
    comment: str = ""
    """What it follows."""
    documented: bool = False
    """Whether that names what it is of, as kernel-doc does."""
    behind: int = 0
    """Members that were there before the last declaration: a comment on its line is its own."""
    settled: bool = False
    """Whether the last declaration follows a comment that names it."""

    def read(self, match: re.Match[bytes]) -> None:
        """Go on by one token."""
        start, end = match.span()
        match match.lastgroup:
            case "comment":
                self._comment(match[0], start)
            case "blank":
                if not self.clean[self.start : start].strip():
                    self.comment = ""
            case "directive":
                follow(self.conditions, match[0])
                if not self.depth:
                    self.start = end
            case _:
                self._mark(match[0], start, end)

    def _mark(self, mark: bytes, start: int, end: int) -> None:
        if mark == b"{":
            container = _CONTAINER.search(self.clean, self.start, start)
            if self.depth or container is None:
                self.depth += 1
                return
            line = self._line(container.start())
            self.parts.append(_Part(container[1], self.comment, line, len(self.found)))
            self.comment = ""
        elif self.depth:
            self.depth -= mark == b"}"
            return
        elif mark == b"}":
            if self.parts:
                self.parts[-1].ended = True
        elif self.parts and self.parts[-1].ended:
            self._close(self.parts.pop(), start)
        else:
            self._add(start)
        self.start = end

    def _line(self, at: int) -> int:
        return self.definition.body_line + self.definition.body.count(b"\n", 0, at)

    def _config(self) -> str:
        return " and ".join(c for c in self.conditions if c)

    def _add(self, end: int) -> None:
        """Read the declaration that ends at *end*."""
        text = self.clean[self.start : end]
        at = self.start + len(text) - len(text.lstrip())
        self.behind, self.settled = len(self.found), self.documented
        wording = b" ".join(text.split()).decode("utf-8", "replace")
        function = "(*" in wording.replace(" ", "")
        for name, _ in declared(b"struct s {" + text + b";};"):
            self.found.append(
                Member(name, self._line(at), wording, function, self._config(), self.comment)
            )
        self.comment, self.documented = "", False

    def _close(self, part: _Part, end: int) -> None:
        """The end of a part: its members are those of the struct, or of the member it is."""
        names = []
        if _NAME.search(self.clean, self.start, end):
            text = b"struct s { int " + self.clean[self.start : end] + b";};"
            names = [name for name, _ in declared(load_masks().attributes(text))]
        inner = self.found[part.first :]
        del self.found[part.first :]
        self.behind, self.settled, self.comment = len(self.found), False, ""
        for name in names:
            wording = f"{part.kind.decode()} {{ ... }} {name}"
            self.found.append(Member(name, part.line, wording, False, self._config(), part.comment))
        prefix = f"{names[0]}." if names else ""
        # What is said of a union without a name is said of what stands in it.
        said = part.comment if part.kind == b"union" and not names else ""
        self.found += [replace(m, name=prefix + m.name, comment=m.comment or said) for m in inner]

    def _comment(self, comment: bytes, start: int) -> None:
        """A comment: of what stands before it on its line, else of what follows."""
        text, documented = first_paragraph(inside(comment)), member_docs(comment)
        line = self.definition.body.rfind(b"\n", 0, start) + 1
        before = self.clean[line:start].strip()
        if before.endswith(b";"):
            for at in range(self.behind, len(self.found)):
                if not (self.found[at].comment and self.settled):
                    self.found[at] = replace(self.found[at], comment=text)
        elif not self.clean[self.start : start].strip():
            self.documented = bool(documented)
            self.comment = next(iter(documented.values())) if documented else text
