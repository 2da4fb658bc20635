"""Functions that macros assign to members: ``INIT_WORK(&p->work, fn)``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from lockmap.program.chains import Chains
from lockmap.program.code import Code
from lockmap.program.made import SetByMacro
from lockmap.program.resolve import Resolver
from lockmap.program.structs import hash_of

_NAME = re.compile(rb"\s*(?:\([^()]*\)|[\s&(*])*([A-Za-z_]\w*)")


@dataclass(frozen=True, slots=True)
class SetMember:
    """Function *item* is put into *struct*.*field* in *where*, an item, at *line*."""

    struct: str
    field: str
    item: int
    where: int
    line: int


@dataclass(slots=True)
class MacroAssignments:
    """Tells the owners of the members that macros assign to."""

    code: Code
    chains: Chains
    _texts: dict[int, str] = field(default_factory=dict)

    def told(self, sets: Sequence[SetByMacro], resolver: Resolver) -> Iterator[SetMember]:
        """The functions that macros assign."""
        named = []
        for number, s in enumerate(sets):
            match = _NAME.match(s.assigned.value)
            if match is not None:
                named.append((number, hash_of(match[1].decode("latin-1")), s.item))
        numbers = np.array([n for n, _, _ in named], dtype=np.int64)
        hashes = np.array([h for _, h, _ in named], dtype=np.int64)
        homes = self.code.item_file[np.array([i for _, _, i in named], dtype=np.int64)]
        links = resolver.resolve(hashes, homes)
        keep = self.code.is_function[links.target]
        for number, item in zip(
            numbers[links.source[keep]].tolist(), links.target[keep].tolist(), strict=True
        ):
            s = sets[number]
            text = self._before(s.item, s.at)
            owner = s.assigned.owner.decode("latin-1")
            struct = self.chains.type_of(owner, text, self.code.file(s.item))
            if struct:
                yield SetMember(struct, s.assigned.member.decode("latin-1"), item, s.item, s.line)

    def _before(self, item: int, at: int) -> str:
        """The text of *item* up to byte *at* of its file."""
        start = int(self.code.items["start"][item])
        text = self._texts.get(item)
        if text is None:
            if len(self._texts) > 64:
                self._texts.clear()
            end = int(self.code.items["end"][item])
            clean = self.chains.clean(self.code.file(item))
            text = self._texts[item] = clean[start:end].decode("latin-1")
        return text[: max(0, at - start)]
