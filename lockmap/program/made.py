"""What macros make, as code of the files that use them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from lockmap.facts.outlined import Records
from lockmap.program.code import Code
from lockmap.program.extended import extended, extended_layouts
from lockmap.program.layouts import Layouts
from lockmap.program.macro_places import Given, calls_in_macros, given_functions, uses
from lockmap.program.makers import Makers, together, useful_macros
from lockmap.program.resolve import Resolver
from lockmap.program.rewritten import MadeOutline, Rewritten
from lockmap.program.templates import arguments, filled
from lockmap.syntax.declared import TypeReader
from lockmap.syntax.lex import blank
from lockmap.syntax.outlining import memory as o

_LONGEST_USE = 1 << 14
_BATCH = 1 << 22
"""Bytes that are outlined together."""


@dataclass(frozen=True)
class Made:
    """The code with what macros made."""

    code: Code
    assigned: Layouts
    """The layouts with the chains that macros assign to: for :func:`member_owners` alone."""


def with_made(
    code: Code, layouts: Layouts, resolver: Resolver, read: Callable[[str], bytes]
) -> Made:
    """*code* and what the macros in it make where they are used.

    Text that cannot be read makes nothing.
    """
    useful = useful_macros(code)
    makers = Makers(code, calls_in_macros(code, resolver, useful), resolver, read, useful)
    found = uses(code, resolver, useful)
    given = given_functions(code, resolver, np.unique(code.items["hash"][found["macro"]]))
    rewriting = _Rewriting(code, makers, given, read)
    rewriting.take(found)
    more = extended(code, rewriting.made)
    return Made(more, extended_layouts(layouts, more, rewriting.made))


@dataclass(slots=True)
class _Rewriting:
    """Writes what the macros of all files make."""

    code: Code
    makers: Makers
    given: Given
    read: Callable[[str], bytes]
    made: list[MadeOutline] = field(default_factory=list)
    _text: Rewritten = field(default_factory=Rewritten)
    _types: TypeReader = field(default_factory=TypeReader)

    def take(self, found: Records) -> None:
        """Write what the uses *found* make; they are in order."""
        kinds = self.code.items["kind"][found["item"]]
        named = found["heads"] & (kinds == o.FUNCTION)
        matters = self._matters(found, kinds) | found["heads"]
        # Others may have in their arguments what matters: DECLARE(id, ONE(f)).
        matters |= np.isin(found["item"], found["item"][matters & (kinds == o.INITIALISER)])
        rows = found[matters & ~named]
        for item, group in groupby(rows.tolist(), key=itemgetter(0)):
            if self.code.items["kind"][item] == o.OTHER:
                self._alone(item, list(group))
            else:
                macros: dict[bytes, list[int]] = {}
                for _, _, _, macro, _ in group:
                    choices = macros.setdefault(self.code.name(macro).encode(), [])
                    if macro not in choices:
                        choices.append(macro)
                self._rewrite(item, macros, functions=False)
        for item, _, _, macro, _ in found[named].tolist():
            macros = {self.code.name(item).encode(): [macro]}
            self._rewrite(item, macros, functions=True)
        self._flush()

    def _matters(self, found: Records, kinds: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Which uses may put a function somewhere, or define one."""
        hashes = self.code.items["hash"][found["macro"]]
        given = np.array(
            [
                pair in self.given.to
                for pair in zip(found["item"].tolist(), hashes.tolist(), strict=True)
            ],
            dtype=np.bool_,
        )
        top = kinds == o.OTHER
        always = np.zeros(len(found), dtype=np.bool_)
        for outside in (False, True):
            rows = np.flatnonzero(top == outside)
            macros, which = np.unique(found["macro"][rows], return_inverse=True)
            told = [self._always(m, outside) for m in macros.tolist()]
            always[rows] = np.array(told, dtype=np.bool_)[which] if len(rows) else False
        return always | given

    def _always(self, macro: int, outside: bool) -> bool:
        if not outside:
            return self.makers.sets_functions(macro)
        maker = self.makers.maker(macro)
        return maker is not None and maker.always

    def _alone(self, item: int, group: list[tuple[int, int, int, int, bool]]) -> None:
        """A use at the top of a file, with only those arguments that matter."""
        _, at, line, _, _ = group[0]
        makers = [self.makers.maker(macro) for _, _, _, macro, _ in group]
        known = [maker for maker in makers if maker is not None]
        if not known:
            return
        file = int(self.code.item_file[item])
        text = blank(self.read(self.code.files[file])[at : at + _LONGEST_USE])
        args = arguments(text, max(0, text.find(b"(")))
        if args is None:
            return
        made = together([filled(maker.template, args[0]) for maker in known])
        end = at + args[1]
        several = b"\n" in text[: args[1]]
        spelled = {0: self.given.lines(item, at, end)} if several else {}
        part = (made.replace(b"\n", b" "), at, False)
        self._text.add(file, [part], line, end, spelled, functions=True)
        self._flush(_BATCH)

    def _rewrite(self, item: int, macros: dict[bytes, list[int]], *, functions: bool) -> None:
        """An initialiser or function in which macros are used."""
        code = self.code
        file = int(code.item_file[item])
        start, end = int(code.items["start"][item]), int(code.items["end"][item])
        clean = blank(self.read(code.files[file])[start:end])
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
