"""Macros that make something where they are used: initialisers, functions, assignments."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lockmap.program.code import Code, clean_text
from lockmap.program.membership import among
from lockmap.program.resolve import Links, Resolver
from lockmap.program.slots import Slots
from lockmap.program.templates import PLACE, Template, arguments, filled, template_of
from lockmap.syntax.hashing import name_hash, signed
from lockmap.syntax.lex import places
from lockmap.syntax.outline import Outliner
from lockmap.syntax.outlining import memory as o

_WORD = re.compile(rb"[A-Za-z_]\w*")
_NAME = re.compile(rb"[\w$]+")
_PASTED = re.compile(rb"(?<![\w$])(?:[\w$]*\w\$p\d+\$[\w$]*|\$p\d+\$[\w$]+)")
_TYPED = re.compile(rb"(?:\b(?:struct|union)\s+|\.\s*)\$p(\d+)\$")
_VALUE = re.compile(
    rb"(?:[={,:?]|\A)\s*(?:\([^()]*\)\s*|\(\s*)*&?\s*([A-Za-z_$][\w$]*)\s*(?=[,;)}:]|\Z)"
)
"""A name in the place of a value, casts and parentheses left out."""
_SET = re.compile(
    rb"\.\s*([A-Za-z_]\w*)\s*=\s*(?:\([^()$]*\)\s*|\(\s*)*&?\s*\$p(\d+)\$(?=\s*[,;)}]|\s*\Z)"
)
"""A member that is set to a parameter."""
_DEEPEST = 12
_LONGEST = 1 << 16


def useful_macros(code: Code) -> NDArray[np.bool_]:
    """Which items are macros that make something, by themselves or through other macros."""
    items = code.items
    macro = (items["kind"] == o.MACRO) | (items["kind"] == o.OBJECT_MACRO)
    useful = macro & ((items["flags"] & (o.MAKES_VALUE | o.MAKES_FUNCTION)) != 0)
    owners = code.calls["owner"].astype(np.int64)
    inside = np.flatnonzero(macro[owners])
    hashes, owners = code.calls["hash"][inside], owners[inside]
    new = np.unique(items["hash"][useful])
    while len(new):
        more = np.unique(owners[among(hashes, new)])
        more = more[~useful[more]]
        useful[more] = True
        new = np.unique(items["hash"][more])
    return np.asarray(useful)


@dataclass(frozen=True, slots=True)
class Maker:
    """What a macro makes where it is used at the top of a file."""

    template: Template
    always: bool
    """Whether whatever the arguments are; else only where one is a function."""
    places: frozenset[int]
    """The parameters that may be such a function."""
    members: tuple[tuple[int, int], ...] = ()
    """Which of these are put into which members: (place, hash of the member's name)."""


@dataclass(slots=True)
class Makers:
    """Reads the useful macros of *code*; *inner* are those that each of them uses.

    *slots*: where functions may be handed to others; *stand_ins*: the definitions that macros
    of a name are read as.
    """

    code: Code
    inner: Links
    resolver: Resolver
    read: Callable[[str], bytes]
    useful: NDArray[np.bool_]
    slots: Slots
    stand_ins: Mapping[str, bytes]
    outliner: Outliner = field(default_factory=Outliner)
    _flat: dict[int, Template] = field(default_factory=dict)
    _known: dict[int, Maker | None] = field(default_factory=dict)
    _sets_members: frozenset[bytes] = field(init=False)
    """The names of useful macros that take no arguments."""
    _functions: frozenset[int] = field(init=False)
    """Hashes of all functions."""
    _used: dict[int, list[int]] = field(default_factory=dict)
    _always: dict[int, bool] = field(default_factory=dict)
    _names: dict[int, bytes] = field(default_factory=dict)
    _may_be: dict[bytes, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        plain = np.flatnonzero(self.useful & (self.code.items["kind"] == o.OBJECT_MACRO))
        self._sets_members = frozenset(self.code.name(i).encode() for i in plain.tolist())
        hashes = self.code.items["hash"][self.code.is_function]
        self._functions = frozenset(hashes.tolist())
        for item, target in zip(
            self.inner.source.tolist(), self.inner.target.tolist(), strict=True
        ):
            self._used.setdefault(item, []).append(target)

    def uses(self, item: int, others: list[int]) -> None:
        """Be told that macro *item* uses the macros *others*, before its template is asked for."""
        self._used[item] = others

    def maker(self, item: int) -> Maker | None:
        """What macro *item* makes at the top of a file."""
        if item not in self._known:
            self._known[item] = self._read(item)
        return self._known[item]

    def sets_functions(self, item: int) -> bool:
        """Whether macro *item* puts a function somewhere whatever it is handed."""
        known = self._always.get(item)
        if known is None:
            text = self.flat(item).text
            known = self._always[item] = any(map(self._may_be_function, _VALUE.findall(text)))
        return known

    def name(self, item: int) -> bytes:
        """The name of an item."""
        known = self._names.get(item)
        if known is None:
            known = self._names[item] = self.code.name(item).encode()
        return known

    def assigns_functions(self, item: int) -> bool:
        """Whether macro *item* does so where it is used as a statement."""
        return b"=" in self.flat(item).text and self.sets_functions(item)

    def _may_be_function(self, name: bytes) -> bool:
        if b"$" in name:
            return PLACE.fullmatch(name) is None and not name.isupper()
        known = self._may_be.get(name)
        if known is None:
            value = signed(name_hash(name.decode("latin-1")))
            known = self._may_be[name] = value in self._functions
        return known

    def flat(self, item: int, depth: int = 0) -> Template:
        """The template of macro *item*, useful macros in it replaced by what they stand for."""
        known = self._flat.get(item)
        if known is not None:
            return known
        self._flat[item] = Template(-1, False, b"")  # ends a circle
        stand_in = self.stand_ins.get(self.code.name(item))
        text = stand_in or clean_text(self.code, item, self.read)
        made = template_of(text) or Template(-1, False, b"")
        if depth < _DEEPEST and stand_in is None:
            inner = self._inner(item, made.text)
            if inner:
                made = Template(made.params, made.variadic, self.expand(made.text, inner, depth))
        self._flat[item] = made
        return made

    def _inner(self, item: int, text: bytes) -> dict[bytes, list[int]]:
        """The useful macros that macro *item*, which stands for *text*, uses; by name."""
        found: dict[bytes, list[int]] = {}
        for target in self._used.get(item, ()):
            choices = found.setdefault(self.name(target), [])
            if target not in choices:
                choices.append(target)
        for word in _WORD.findall(text) if self._sets_members else ():
            if word in self._sets_members and word not in found:
                named = np.array([signed(name_hash(word.decode("latin-1")))])
                targets = self.resolver.resolve(named, self.code.item_file[item : item + 1]).target
                found[word] = [t for t in targets.tolist() if self.useful[t]]
        return found

    def expand(self, text: bytes, macros: dict[bytes, list[int]], depth: int = 0) -> bytes:
        """*text* with each use of one of *macros* replaced by all that it may stand for."""
        return b"".join(part for part, _, _ in self.parts(text, macros, depth))

    def parts(
        self, text: bytes, macros: dict[bytes, list[int]], depth: int = 0
    ) -> list[tuple[bytes, int, bool]]:
        """*text* in parts: what each says, where it stood, and whether it stood there as it is.

        Line ends stay, so that what follows a use keeps its line.
        """
        found: list[tuple[bytes, int, bool]] = []
        done = size = 0
        uses = sorted((at, name) for name in macros for at in places(text, name))
        for at, name in uses:
            if at < done:
                continue
            chosen = [self.flat(item, depth + 1) for item in macros[name]]
            made, end = self._made(text, at + len(name), chosen)
            if end:
                if depth < _DEEPEST and any(map(made.__contains__, macros)):
                    made = self.expand(made, macros, depth + 1)  # in its arguments
                lines = text.count(b"\n", at, end)
                found.append((text[done:at], done, True))
                found.append((made.replace(b"\n", b" ") + b"\n" * lines, at, False))
                done, size = end, size + len(made)
                if size > _LONGEST:
                    break
        found.append((text[done:], done, True))
        return found

    def _made(self, text: bytes, after: int, chosen: list[Template]) -> tuple[bytes, int]:
        """What a use whose name ends at *after* stands for, and where it ends; 0: it is none."""
        opening = after
        while opening < len(text) and text[opening] <= 32:
            opening += 1
        call = arguments(text, opening) if text[opening : opening + 1] == b"(" else None
        takes = [t for t in chosen if t.params >= 0]
        if call is not None and takes:
            return together([filled(t, call[0]) for t in takes]), call[1]
        plain = [t.text for t in chosen if t.params < 0]
        return (together(plain), after) if plain else (b"", 0)

    def _read(self, item: int) -> Maker | None:
        flat = self.flat(item)
        text = flat.text
        if len(text) > _LONGEST:
            return None
        found = self._contents(text)
        if not (found.always or found.places):
            return None
        wanted = set(found.places)
        for match in _PASTED.finditer(text):
            wanted.update(int(n) for n in PLACE.findall(match[0]))
        wanted.update(int(n) for n in _TYPED.findall(text))
        reduced = PLACE.sub(lambda m: m[0] if int(m[1]) in wanted else b"0", text)
        template = Template(flat.params, flat.variadic, reduced)
        put = {(int(n), signed(name_hash(m.decode("latin-1")))) for m, n in _SET.findall(text)}
        return Maker(template, found.always, frozenset(found.places), tuple(sorted(put)))

    def _contents(self, text: bytes) -> _Contents:
        """What is in *text*, outside all else; and its places within functions and values."""
        top = text + b"\n;\n"
        whole = top
        if text.count(b"{") == text.count(b"}") and text.count(b"(") == text.count(b")"):
            whole += b"void made_(void)\n{\n%b;\n}\nstruct made_ made_ = {\n%b\n};\n" % (text, text)
        outline = self.outliner.outline(whole)
        items, refs, clean = outline.items, outline.refs, outline.clean
        found = _Contents()
        for start in items[items[:, o.KIND] == o.FUNCTION, o.NAME].tolist():
            found.always |= 0 <= start < len(top)
        columns = [o.AT, o.REF_KIND, o.REF_HASH, o.CONTEXT, o.POSITION]
        for at, kind, value, callee, position in refs[:, columns].tolist():
            match = _NAME.match(clean, at)
            if match is None:
                continue
            name = match[0]
            if PLACE.fullmatch(name):
                if kind != o.ARGUMENT or (callee, position) in self.slots:
                    found.places.add(int(name[2:-1]))
            elif kind in (o.VALUE, o.ASSIGNMENT) and at < len(top):
                found.always |= b"$" in name or value in self._functions
        return found


@dataclass(slots=True)
class _Contents:
    """What is in a template: see Maker."""

    always: bool = False
    places: set[int] = field(default_factory=set)


def together(texts: list[bytes]) -> bytes:
    """Texts of which any may be meant, as one: values as the arms of a condition."""
    texts = [t for t in dict.fromkeys(texts) if t]
    if len(texts) <= 1:
        return texts[0] if texts else b""
    structural = any(b"{" in t or b"=" in t or b";" in t for t in texts)
    return (b" ; " if structural else b" : ").join(texts)
