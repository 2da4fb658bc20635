"""What macros make, as code of the files that use them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from lockmap.facts.outlined import Records
from lockmap.program.code import Code, Ids, clean_text
from lockmap.program.extended import extended, extended_layouts
from lockmap.program.layouts import Layouts
from lockmap.program.macro_data import load_stand_ins
from lockmap.program.macro_places import (
    Given,
    calls_in_macros,
    given_functions,
    in_order,
    inner_uses,
    nothing_given,
    outer_uses,
)
from lockmap.program.makers import Maker, Makers, together, useful_macros
from lockmap.program.membership import among
from lockmap.program.repeating import Repeating
from lockmap.program.resolve import Resolver
from lockmap.program.rewritten import MadeOutline, Rewritten
from lockmap.program.slots import function_slots, slots_of
from lockmap.program.templates import arguments, filled
from lockmap.syntax.declared import TypeReader
from lockmap.syntax.lex import blank
from lockmap.syntax.outlining import memory as o

_USUAL_USE, _LONGEST_USE = 1 << 9, 1 << 14
_BATCH = 1 << 22
"""Bytes that are outlined together."""
_PLAIN_USE = re.compile(rb"""[^("'/#\\]*\(([^()\[\]{}"'/#\\]*)\)""")
"""A use without brackets, comments or literals: most are, and blanked they are what they were."""


@dataclass(frozen=True)
class Made:
    """The code with what macros made."""

    code: Code
    assigned: Layouts
    """The layouts with the chains that macros assign to: for :func:`member_owners` alone."""
    spelled: dict[int, str]
    """Names that stand for values in what macros made, by their hashes."""


def with_made(
    code: Code, layouts: Layouts, resolver: Resolver, read: Callable[[str], bytes]
) -> Made:
    """*code* and what the macros in it make where they are used.

    Text that cannot be read makes nothing.
    """
    useful = useful_macros(code)
    inner = calls_in_macros(code, resolver, useful, useful)
    slots = function_slots(code)
    makers = Makers(code, inner, resolver, read, useful, slots, load_stand_ins())
    rewriting = _Rewriting(code, makers, Repeating(code, resolver, makers), read)
    outer = outer_uses(code, resolver, useful)
    rest = rewriting.always(outer)
    places = _Places(code, makers)
    slots = slots | slots_of(places.all())
    sure = slots_of(places.put(layouts.function_members))
    rewriting.given = given = given_functions(
        code, resolver, slots, sure, useful, rewriting.functions()
    )
    rewriting.handed(rest)
    calls = np.flatnonzero(among(code.calls["hash"], np.unique(code.items["hash"][useful])))
    inside = given.to(code.calls["owner"][calls], code.calls["hash"][calls])
    inside |= _set_inside(code, makers, calls)
    rewriting.inner(inner_uses(code, resolver, useful, calls, inside))
    more = extended(code, rewriting.made)
    spelled: dict[int, str] = {}
    for part in rewriting.made:
        spelled.update(part.spelled)
    return Made(more, extended_layouts(layouts, more, rewriting.made), spelled)


@dataclass(frozen=True, slots=True)
class _Places:
    """The arguments of useful macros that matter to them: see slots_of."""

    code: Code
    makers: Makers

    def all(self) -> Iterator[tuple[int, int, bool]]:
        """Those that may be functions."""
        for name, maker in self._asked():
            for place in maker.places:
                yield name, place, maker.template.takes_rest(place)

    def put(self, members: NDArray[np.int64]) -> Iterator[tuple[int, int, bool]]:
        """Those that are put into one of *members*, hashes of names."""
        known = frozenset(members.tolist())
        for name, maker in self._asked():
            for place, member in maker.members:
                if member in known:
                    yield name, place, False

    def _asked(self) -> Iterator[tuple[int, Maker]]:
        refs, items = self.code.refs, self.code.items
        contexts = np.unique(refs["context"][refs["kind"] == o.ARGUMENT])
        asked = self.makers.useful & (items["kind"] == o.MACRO) & among(items["hash"], contexts)
        for item in np.flatnonzero(asked).tolist():
            maker = self.makers.maker(item)
            if maker is not None:
                yield int(items["hash"][item]), maker


def _set_inside(code: Code, makers: Makers, chosen: Ids) -> NDArray[np.bool_]:
    """Which of the calls *chosen*, of useful macros, set functions whatever they are handed.

    Calls in functions alone.
    """
    calls, items = code.calls[chosen], code.items
    inside = items["kind"][calls["owner"]] == o.FUNCTION
    names = np.unique(calls["hash"][inside])
    asked = np.flatnonzero(makers.useful & among(items["hash"], names))
    setters = [item for item in asked.tolist() if makers.assigns_functions(item)]
    return np.asarray(inside & among(calls["hash"], items["hash"][setters]))


@dataclass(slots=True)
class _Rewriting:
    """Writes what the macros of all files make."""

    code: Code
    makers: Makers
    repeating: Repeating
    read: Callable[[str], bytes]
    given: Given = field(default_factory=nothing_given)
    made: list[MadeOutline] = field(default_factory=list)
    _text: Rewritten = field(default_factory=Rewritten)
    _types: TypeReader = field(default_factory=TypeReader)

    def always(self, found: Records) -> Records:
        """Write what *found* make whatever they are handed; returns the others."""
        kinds = self.code.items["kind"][found["item"]]
        alone = ~found["heads"] & (kinds == o.OTHER)
        macros = found["macro"][alone]
        asked, which = np.unique(macros, return_inverse=True)
        makers = (self.makers.maker(macro) for macro in asked.tolist())
        told = np.array([m is not None and m.always for m in makers], dtype=np.bool_)
        items = found["item"][alone]
        wanted = np.unique(items[told[which]]) if len(items) else items
        now = among(found["item"], wanted) & alone
        self._all_alone(found[now])
        for item, _, _, macro, _ in found[found["heads"] & (kinds == o.FUNCTION)].tolist():
            self._rewrite(item, {self.code.name(item).encode(): [macro]}, functions=True)
        for item, group in groupby(
            found[found["heads"] & (kinds != o.FUNCTION)].tolist(), key=itemgetter(0)
        ):
            self._rewrite(item, self._by_name(group), functions=False)
        self._flush()
        rest: Records = found[alone & ~now]
        return rest

    def functions(self) -> NDArray[np.int64]:
        """Hashes of the names of all functions made so far."""
        found: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        for part in self.made:
            items = part.outline.items
            found.append(items["hash"][items["kind"] == o.FUNCTION])
        return np.concatenate(found)

    def handed(self, found: Records) -> None:
        """Write what those of *found* make that are handed functions."""
        hashes = self.code.items["hash"][found["item"]]
        self._all_alone(found[self.given.to(found["item"], hashes)])
        self._flush()

    def inner(self, found: Records) -> None:
        """Write what uses within initialisers and functions make."""
        macros, which = np.unique(found["macro"], return_inverse=True)
        told = np.array([self.makers.sets_functions(m) for m in macros.tolist()], dtype=np.bool_)
        sets = told[which] if len(found) else np.zeros(0, dtype=np.bool_)
        hashes = self.code.items["hash"][found["macro"]]
        matters = sets | self.given.to(found["item"], hashes)
        # Others may have in their arguments what matters: DECLARE(id, ONE(f)).
        values = self.code.items["kind"][found["item"]] == o.INITIALISER
        matters |= among(found["item"], np.unique(found["item"][matters & values]))
        repeated = self.repeating.uses(np.unique(found["item"][matters & values]))
        written = in_order([found[matters], repeated])
        for item, group in groupby(written.tolist(), key=itemgetter(0)):
            self._rewrite(item, self._by_name(group), functions=False)
        self._flush()

    def _by_name(self, group: Iterable[tuple[int, int, int, int, bool]]) -> dict[bytes, list[int]]:
        macros: dict[bytes, list[int]] = {}
        for _, _, _, macro, _ in group:
            choices = macros.setdefault(self.makers.name(macro), [])
            if macro not in choices:
                choices.append(macro)
        return macros

    def _all_alone(self, found: Records) -> None:
        for item, group in groupby(found.tolist(), key=itemgetter(0)):
            self._alone(item, list(group))

    def _alone(self, item: int, group: list[tuple[int, int, int, int, bool]]) -> None:
        """A use at the top of a file, with only those arguments that matter."""
        _, at, line, _, _ = group[0]
        makers = [self.makers.maker(macro) for _, _, _, macro, _ in group]
        known = [maker for maker in makers if maker is not None]
        if not known:
            return
        file = int(self.code.item_file[item])
        raw = self.read(self.code.files[file])
        use = _use(raw, at)
        if use is None:
            return
        args, end = use
        made = together([filled(maker.template, args) for maker in known])
        several = raw.find(b"\n", at, end) >= 0
        spelled = {0: self.given.lines(item, at, end)} if several else {}
        part = (made.replace(b"\n", b" "), at, False)
        self._text.add(file, [part], line, end, spelled, functions=True)
        self._flush(_BATCH)

    def _rewrite(self, item: int, macros: dict[bytes, list[int]], *, functions: bool) -> None:
        """An initialiser or function in which macros are used."""
        code = self.code
        file = int(code.item_file[item])
        start, end = int(code.items["start"][item]), int(code.items["end"][item])
        clean = clean_text(code, item, self.read)
        parts = [(s, start + at, copied) for s, at, copied in self.makers.parts(clean, macros)]
        ends = [at for _, at, _ in parts[1:]] + [end]
        spelled = {
            number: self.given.lines(item, at, ends[number])
            for number, (said, at, copied) in enumerate(parts)
            if not copied and said.endswith(b"\n")
        }
        line = int(code.items["line"][item])
        self._text.add(file, parts, line, end, spelled, functions=functions)
        self._flush(_BATCH)

    def _flush(self, least: int = 1) -> None:
        """Outline what was written, if it is *least* bytes."""
        if self._text.size >= least:
            self.made.append(self._text.outlined(self.makers.outliner, self._types))
            self._text = Rewritten()


def _use(raw: bytes, at: int) -> tuple[list[bytes], int] | None:
    """The arguments of the use that begins at byte *at* of a file, and where it ends."""
    plain = _PLAIN_USE.match(raw, at, at + _LONGEST_USE)
    if plain is not None:
        return [arg.strip() for arg in plain[1].split(b",")], plain.end()
    for length in (_USUAL_USE, _LONGEST_USE):
        text = blank(raw[at : at + length])
        args = arguments(text, max(0, text.find(b"(")))
        if args is not None:
            return args[0], at + args[1]
    return None
