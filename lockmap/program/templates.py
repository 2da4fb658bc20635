"""Macros as templates: what a use stands for, its arguments put into the places of parameters.

A place is written ``$pn$``: to the outlining pass a name like any other, so that a template
can be outlined once, and what is pasted to a parameter (``name##_show``) stays one name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

_HEAD = re.compile(rb"([A-Za-z_]\w*)(\(([^()]*)\))?")
_TOKEN = re.compile(
    rb"\s*##\s*|#\s*[A-Za-z_]\w*|[A-Za-z_$][\w$]*|[^#A-Za-z_$]+?(?=\s*##|[#A-Za-z_$]|\Z)|."
)
_WORD = re.compile(rb"[A-Za-z_]\w*")
_NAMES = re.compile(rb"([A-Za-z_$][\w$]*)")
_INNER = re.compile(rb"[()\[\]{}]")
_BRACKET = re.compile(rb"[()\[\]{},]")
PLACE = re.compile(rb"\$p(\d+)\$")
_CONTINUED = re.compile(rb"\\\r?\n")
_SPACES = re.compile(rb"\s\s+")


@dataclass(frozen=True)
class Template:
    """What a macro stands for; *params* -1: it takes no arguments."""

    params: int
    variadic: bool
    text: bytes

    @cached_property
    def pieces(self) -> tuple[list[bytes], list[tuple[int, int]]]:
        """The text in pieces, and which of them are places: (number of the piece, parameter)."""
        pieces = PLACE.split(self.text)
        return pieces, [(at, int(pieces[at])) for at in range(1, len(pieces), 2)]

    def takes_rest(self, place: int) -> bool:
        """Whether all arguments from *place* on are that parameter."""
        return self.variadic and place >= self.params - 1


def template_of(definition: bytes) -> Template | None:
    """The template of a blanked ``name(params) body``; none where it cannot be read."""
    # Long literals are long runs of spaces here.
    text = _SPACES.sub(b" ", _CONTINUED.sub(b" ", definition))
    head = _HEAD.match(text)
    if head is None:
        return None
    body = text[head.end() :]
    if head[2] is None:
        return Template(-1, False, _written(body, {}))
    names = [p.strip() for p in head[3].split(b",")] if head[3].strip() else []
    variadic = bool(names) and names[-1].endswith(b"...")
    if variadic:
        names[-1] = names[-1][:-3].strip() or b"__VA_ARGS__"
    places = {name: b"$p%d$" % number for number, name in enumerate(names)}
    return Template(len(names), variadic, _written(body, places))


def _written(body: bytes, places: dict[bytes, bytes]) -> bytes:
    """*body* with pasted names joined, parameters as places and strings empty."""
    if b"#" not in body:
        if not any(map(body.__contains__, places)):
            return body.strip()
        words = _NAMES.split(body)
        words[1::2] = [places.get(word, word) for word in words[1::2]]
        return b"".join(words).strip()
    parts: list[bytes] = []
    for token in _TOKEN.findall(body):
        if token[:1] == b"#" or token.lstrip()[:2] == b"##":
            if b"##" not in token and _WORD.search(token):
                parts.append(b'""')
        else:
            parts.append(places.get(token, token))
    return b"".join(parts).strip()


def arguments(text: bytes, opening: int) -> tuple[list[bytes], int] | None:
    """The arguments of a call whose parenthesis opens at *opening*, and where it ends."""
    start = opening + 1
    if text[opening:start] == b"(":
        bracket = _INNER.search(text, start)
        if bracket is not None and bracket[0] == b")":
            inner = text[start : bracket.start()]
            return [arg.strip() for arg in inner.split(b",")], bracket.end()
    depth = 0
    found: list[bytes] = []
    for match in _BRACKET.finditer(text, opening):
        byte = match[0]
        if byte in b"([{":
            depth += 1
        elif byte == b",":
            if depth == 1:
                found.append(text[start : match.start()].strip())
                start = match.end()
        else:
            depth -= 1
            if depth == 0:
                found.append(text[start : match.start()].strip())
                return found, match.end()
    return None


def filled(template: Template, args: Sequence[bytes]) -> bytes:
    """The text that a use with *args* stands for."""
    if template.params < 0:
        return template.text
    given = list(args)
    if template.variadic and len(given) >= template.params:
        given[template.params - 1 :] = [b", ".join(given[template.params - 1 :])]
    pieces, places = template.pieces
    if not places:
        return template.text
    said = pieces.copy()
    for at, number in places:
        said[at] = given[number] if number < len(given) else b""
    return b"".join(said)
