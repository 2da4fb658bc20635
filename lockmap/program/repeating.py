"""Macros that make nothing by themselves, but hand their arguments on to others.

``#define X2(x...) x, x``: ``X2(ENTRY(f))`` in an initialiser stands twice for what ``ENTRY`` makes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from lockmap.facts.outlined import Records
from lockmap.program.code import Code, Ids, clean_text
from lockmap.program.macro_places import references
from lockmap.program.makers import Makers
from lockmap.program.membership import among
from lockmap.program.resolve import Resolver
from lockmap.program.templates import PLACE, template_of
from lockmap.syntax.hashing import name_hash, signed
from lockmap.syntax.outlining import memory as o

_WORD = re.compile(rb"[A-Za-z_]\w*")
_REPEATED = re.compile(rb"(?:[\s,{}()]|[A-Za-z_]\w*(?=\s*\()|\$p\d+\$)*")
"""Parameters, in braces and in calls of others."""


@dataclass(slots=True)
class Repeating:
    """Tells which macros only hand their arguments on, and tells *makers* which others they use."""

    code: Code
    resolver: Resolver
    makers: Makers
    _known: dict[int, bool] = field(default_factory=dict)

    def uses(self, initialisers: Ids) -> Records:
        """Where such macros are used in *initialisers*, items in order; rows of USE."""
        code, useful = self.code, self.makers.useful
        owners = code.calls["owner"].astype(np.int64)
        low = np.searchsorted(owners, initialisers)
        high = np.searchsorted(owners, initialisers, side="right")
        rows = np.concatenate(
            [np.arange(a, b) for a, b in zip(low.tolist(), high.tolist(), strict=True)]
            or [np.zeros(0, dtype=np.int64)]
        )
        macros = (code.items["kind"] == o.MACRO) & ~useful
        rows = rows[among(code.calls["hash"][rows], np.unique(code.items["hash"][macros]))]
        found = references(code, self.resolver, code.calls[rows])
        found = found[macros[found["macro"]]]
        asked, which = np.unique(found["macro"], return_inverse=True)
        told = np.array([self.repeats(macro) for macro in asked.tolist()], dtype=np.bool_)
        repeated: Records = found[told[which]] if len(found) else found
        return repeated

    def repeats(self, item: int) -> bool:
        """Whether macro *item* only hands its arguments on, perhaps through others that do."""
        known = self._known.get(item)
        if known is None:
            self._known[item] = False  # ends a circle
            known = self._known[item] = self._read(item)
        return known

    def _read(self, item: int) -> bool:
        template = template_of(clean_text(self.code, item, self.makers.read))
        if template is None or not PLACE.search(template.text):
            return False
        if not _REPEATED.fullmatch(template.text):
            return False
        words = dict.fromkeys(_WORD.findall(PLACE.sub(b"", template.text)))
        hashes = np.array([signed(name_hash(w.decode("latin-1"))) for w in words], dtype=np.int64)
        homes = np.full(len(hashes), self.code.item_file[item])
        found = self.resolver.resolve(hashes, homes)
        others = found.target.tolist()
        told = len(np.unique(found.source)) == len(hashes)
        if not told or not all(map(self.repeats, others)):
            return False
        self.makers.uses(item, others)
        return True
