"""What macros make, as code of the files that use them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from lockmap.program.code import Code
from lockmap.program.extended import extended, extended_layouts
from lockmap.program.layouts import Layouts
from lockmap.program.macro_places import Given, Use, given_functions, uses
from lockmap.program.makers import Makers, together, useful_macros
from lockmap.program.resolve import Links, Resolver
from lockmap.program.rewritten import Rewritten
from lockmap.program.templates import arguments, filled
from lockmap.syntax.declared import TypeReader
from lockmap.syntax.lex import blank
from lockmap.syntax.outlining import memory as o

_LONGEST_USE = 1 << 14


@dataclass(frozen=True)
class Made:
    """The code with what macros made."""

    code: Code
    assigned: Layouts
    """The layouts with the chains that macros assign to: for :func:`member_owners` alone."""


def with_made(
    code: Code, layouts: Layouts, links: Links, resolver: Resolver, read: Callable[[str], bytes]
) -> Made:
    """*code*, whose calls have *links*, and what the macros in it make where they are used.

    Text that cannot be read makes nothing.
    """
    useful = useful_macros(code)
    functions = np.unique(code.items["hash"][code.is_function])
    makers = Makers(code, links, resolver, read, useful, functions)
    rewriting = _Rewriting(code, makers, given_functions(code, resolver), read)
    for use, kind in uses(code, links, resolver, useful):
        rewriting.take(use, kind)
    rewriting.rewrite_items()
    types = TypeReader()
    parts, rows = [], []
    for file, text in sorted(rewriting.texts.items()):
        made = text.outlined(makers.outliner, types)
        if made is not None:
            parts.append((file, made.outline))
            rows.append((file, made.chains))
    more = extended(code, parts)
    return Made(more, extended_layouts(layouts, more, rows))


@dataclass(slots=True)
class _Rewriting:
    """Writes what the macros of each file make."""

    code: Code
    makers: Makers
    given: Given
    read: Callable[[str], bytes]
    texts: dict[int, Rewritten] = field(default_factory=lambda: defaultdict(Rewritten))
    _whole: dict[int, dict[bytes, list[int]]] = field(default_factory=dict)
    """Initialisers and functions with uses in them: the macros, by name."""
    _named: list[tuple[int, int]] = field(default_factory=list)
    """Functions, and the macros that make their names."""

    def take(self, use: Use, kind: int) -> None:
        """Note a use in an item of *kind*."""
        if use.heads and kind == o.FUNCTION:
            self._named.append((use.item, use.macros[0]))
        elif kind == o.OTHER:
            self._alone(use)
        else:
            chosen = use.macros if use.heads else self._wanted(use, kind)
            if chosen:
                name = self.code.name(use.macros[0]).encode()
                self._whole.setdefault(use.item, {}).setdefault(name, list(chosen))

    def _wanted(self, use: Use, kind: int) -> Sequence[int]:
        """The macros of a use that put a function somewhere."""
        found = []
        for item in use.macros:
            within = kind == o.INITIALISER or self.makers.is_value(item)
            maker = self.makers.maker(item, within=within)
            if maker and (maker.always or self._is_given(use, item)):
                found.append(item)
        return found

    def _is_given(self, use: Use, macro: int) -> bool:
        return (use.item, int(self.code.items["hash"][macro])) in self.given.to

    def _alone(self, use: Use) -> None:
        """A use at the top of a file, with only those arguments that matter."""
        macros = self._wanted(use, o.OTHER)
        if not macros:
            return
        file = int(self.code.item_file[use.item])
        text = blank(self.read(self.code.files[file])[use.at : use.at + _LONGEST_USE])
        args = arguments(text, max(0, text.find(b"(")))
        if args is None:
            return
        found = [self.makers.maker(item, within=False) for item in macros]
        made = together([filled(m.template, args[0]) for m in found if m is not None])
        end = use.at + args[1]
        several = b"\n" in text[: args[1]]
        spelled = {0: self.given.lines(use.item, use.at, end)} if several else {}
        part = (made.replace(b"\n", b" "), use.at, False)
        self.texts[file].add([part], use.line, end, spelled, functions=True)

    def rewrite_items(self) -> None:
        """Write the items in which macros were noted."""
        for item, macros in self._whole.items():
            self._rewrite(item, macros, functions=False)
        for item, macro in self._named:
            self._rewrite(item, {self.code.name(item).encode(): [macro]}, functions=True)

    def _rewrite(self, item: int, macros: dict[bytes, list[int]], *, functions: bool) -> None:
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
        self.texts[file].add(parts, line, end, spelled, functions=functions)
