"""Calls that macros make of what they are handed: ``read_poll_timeout(op, ...)`` calls ``op``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lockmap.facts.outlined import CALL
from lockmap.program.code import Code, clean_text
from lockmap.program.macro_places import calls_in_macros
from lockmap.program.membership import among
from lockmap.program.resolve import Links, Resolver
from lockmap.program.templates import PLACE, Template, arguments, template_of
from lockmap.syntax.hashing import name_hash, signed
from lockmap.syntax.outlining import memory as o

_CALLED = re.compile(rb"(?<![\w$])([\w$]*\$p\d+\$[\w$]*)\s*\(")
_NAME = re.compile(rb"&?\s*([A-Za-z_$][\w$]*)\Z")
_WORD = re.compile(rb"[A-Za-z_]\w*(?=\s*\()")
_PLAIN = re.compile(rb"[A-Za-z_]\w*")
_DEEPEST = 16
_MOST = 64
"""Names that one macro may call of what it is handed."""


def with_handed(code: Code, resolver: Resolver, read: Callable[[str], bytes]) -> Code:
    """*code* with a call of each name that a macro which is handed it calls.

    Names that nothing defines do no harm: they lead nowhere.
    """
    macros = _Macros(code, resolver, read)
    refs, items = code.refs, code.items
    given = np.flatnonzero(refs["kind"] == o.ARGUMENT)
    # What macros make outside all else, functions of their own, has its calls already.
    given = given[items["kind"][refs["owner"][given]] != o.OTHER]
    contexts = np.unique(refs["context"][given])
    by_hash: dict[int, list[int]] = {}
    named = np.flatnonzero((items["kind"] == o.MACRO) & among(items["hash"], contexts))
    for item, value in zip(named.tolist(), items["hash"][named].tolist(), strict=True):
        by_hash.setdefault(value, []).append(item)
    called: dict[int, list[bytes]] = {}
    for value, choices in by_hash.items():
        names = {n for item in choices for n in macros.called(item) if b"$" in n}
        if names:
            called[value] = sorted(names)
    keys = np.array(sorted(called), dtype=np.int64)
    wanted = given[among(refs["context"][given], keys)]
    rows = [*macros.handed_over(wanted, called), *macros.constants()]
    more = np.array([(*row, 0) for row in rows], dtype=CALL)
    calls = np.concatenate([code.calls, more])
    return replace(code, calls=calls[np.argsort(calls["owner"], kind="stable")])


@dataclass(slots=True)
class _Macros:
    """What macros call of what they are handed: names with places of arguments in them."""

    code: Code
    resolver: Resolver
    read: Callable[[str], bytes]
    _called: dict[int, frozenset[bytes]] = field(default_factory=dict)
    _links: Links = field(init=False)
    """The macros that each macro uses."""

    def __post_init__(self) -> None:
        macro = self.code.items["kind"] == o.MACRO
        either = macro | (self.code.items["kind"] == o.OBJECT_MACRO)
        self._links = calls_in_macros(self.code, self.resolver, either, macro)

    def _inner(self, item: int) -> dict[bytes, list[int]]:
        """The macros that macro *item* uses, by name."""
        low, high = np.searchsorted(self._links.source, [item, item + 1]).tolist()
        inner: dict[bytes, list[int]] = {}
        for target in dict.fromkeys(self._links.target[low:high].tolist()):
            inner.setdefault(self.code.name(target).encode(), []).append(target)
        return inner

    def handed_over(
        self, wanted: NDArray[np.int64], called: dict[int, list[bytes]]
    ) -> Iterator[tuple[int, int, int, int]]:
        """Rows of calls, of type CALL, of what is handed over at the references *wanted*.

        *called*: the names with places that the macros of a name call.
        """
        refs = self.code.refs[wanted]
        order = np.lexsort((refs["position"], refs["context"]))
        contexts, positions = refs["context"][order], refs["position"][order]
        changes = (np.diff(contexts) != 0) | (np.diff(positions) != 0)
        starts = np.flatnonzero(np.append(True, changes)) if len(order) else order
        for start, end in pairwise([*starts.tolist(), len(order)]):
            place = b"$p%d$" % positions[start]
            for name in called[int(contexts[start])]:
                if place in name:
                    rows = refs[order[start:end]]
                    hashes = rows["hash"].tolist()
                    if name != place:
                        hashes = [self._filled(name, place, row) for row in rows]
                    columns = (rows[column].tolist() for column in ("owner", "line", "at"))
                    yield from zip(hashes, *columns, strict=True)

    def called(self, item: int, depth: int = 0) -> frozenset[bytes]:
        """The names that macro *item* calls and does not spell out itself."""
        known = self._called.get(item)
        if known is None:
            self._called[item] = frozenset()  # ends a circle
            known = self._called[item] = self._read(item, depth)
        return known

    def _read(self, item: int, depth: int) -> frozenset[bytes]:
        template = template_of(clean_text(self.code, item, self.read))
        if template is None or depth > _DEEPEST:
            return frozenset()
        found = set(_CALLED.findall(template.text))
        inner = self._inner(item)
        if inner:
            for match in _WORD.finditer(template.text):
                for target in inner.get(match[0], ()):
                    names = self.called(target, depth + 1)
                    wanted = [n for n in names if b"$" in n]
                    if wanted:
                        found |= _handed_on(template, match.end(), wanted)
        return frozenset(sorted(found)[:_MOST])

    def _filled(self, name: bytes, place: bytes, ref: np.void) -> int:
        """The hash of *name*, with what *ref* names in *place*."""
        at = int(ref["at"])
        word = _PLAIN.match(self.read(self.code.file(int(ref["owner"]))), at)
        said = word[0] if word is not None else b""
        return signed(name_hash(name.replace(place, said).decode("latin-1")))

    def constants(self) -> list[tuple[int, int, int, int]]:
        """Rows of calls of the names that macros hand on to others: of type CALL."""
        found = []
        for item in sorted(self._called):
            line, at = int(self.code.items["line"][item]), int(self.code.items["start"][item])
            names = [n for n in sorted(self._called[item]) if b"$" not in n]
            found += [(signed(name_hash(n.decode("latin-1"))), item, line, at) for n in names]
        return found


def _handed_on(template: Template, after: int, names: list[bytes]) -> set[bytes]:
    """What another macro, whose name ends at *after* in *template*, calls of its arguments."""
    text = template.text
    call = arguments(text, text.index(b"(", after))
    found: set[bytes] = set()
    if call is None:
        return found
    rest = b"$p%d$" % (template.params - 1) if template.variadic else b""
    for name in names:
        places = {int(n) for n in PLACE.findall(name)}
        said = name
        for number in places:
            value = _argument(call[0], number, rest, template.params)
            said = said.replace(b"$p%d$" % number, value) if value is not None else b""
        if said:
            found.add(said)
    return found


def _argument(args: list[bytes], number: int, rest: bytes, params: int) -> bytes | None:
    """The name that is argument *number*, empty where nothing is written; None: no name."""
    for at, arg in enumerate(args[: number + 1]):
        if rest and arg == rest:  # all that is left: each has its own place
            return b"$p%d$" % (params - 1 + number - at)
    if number >= len(args) or not args[number]:
        return b""
    match = _NAME.match(args[number])
    return match[1] if match is not None else None
