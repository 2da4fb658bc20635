"""The owners of members in C texts, without a tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lockmap.program.code import Code, join
from lockmap.program.frames import value_owners
from lockmap.program.layouts import Layouts, join_types
from lockmap.program.owners import Owners, member_owners
from lockmap.program.resolve import Resolver
from lockmap.program.values import Values
from tests.program.texts import outlines

KNOWN = {"current": "struct task *"}
TRANSPARENT = frozenset({"READ_ONCE"})


@dataclass(frozen=True)
class Declared:
    """What texts define and declare."""

    code: Code
    layouts: Layouts

    def told(self, owners: Owners, *kinds: int) -> list[str]:
        """``struct.field`` of each reference of *kinds* in ``.c`` files; ``?`` where it is open."""
        refs = self.code.refs
        source = ~self.code.file_is_header[self.code.item_file[refs["owner"]]]
        names = self.layouts.member_names
        return [
            f"{self.layouts.struct_name(int(owners.struct[i]))}.{names[int(owners.field[i])]}"
            if owners.struct[i]
            else "?"
            for i in np.flatnonzero(source & np.isin(refs["kind"], kinds)).tolist()
        ]

    @cached_property
    def resolver(self) -> Resolver:
        """What resolves names."""
        return Resolver(self.code)

    def values(self) -> Values:
        """What tells the types of chains."""
        return Values(self.layouts, self.resolver, KNOWN, TRANSPARENT)

    def members(self) -> Owners:
        """The owners of the members that are called or assigned."""
        return member_owners(self.code, self.layouts, self.values())

    def initialised(self) -> Owners:
        """The members that values in initialisers are for."""
        return value_owners(self.code, self.layouts)


def declared(texts: Mapping[str, str]) -> Declared:
    """What *texts*, by path, define and declare."""
    found = outlines(texts)
    code = join(sorted(texts), found)
    return Declared(code, join_types(found, code))
