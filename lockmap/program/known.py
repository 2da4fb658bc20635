"""All that a tree declares, as far as it was asked for, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field

from lockmap.program.declared import Declared
from lockmap.program.macro_uses import MacroUses
from lockmap.program.macros import Macros
from lockmap.program.nearest import Nearest
from lockmap.program.objects import Objects
from lockmap.program.records import Record, Records
from lockmap.program.sources import Sources
from lockmap.program.type_data import TypeData, load_globals, load_type_data


@dataclass(slots=True)
class Tree:
    """What a tree declares, as far as it was asked for."""

    records: Records
    declared: Declared
    macros: Macros
    uses: MacroUses
    data: TypeData
    globals: dict[str, str] = field(default_factory=load_globals)
    _records: dict[tuple[str, str, str], Record | None] = field(default_factory=dict)

    def record(self, tag: str, home: str, file: str) -> Record | None:
        """The struct that *home* calls *tag*; where it does not define it, that of *file*."""
        key = (tag, home, file)
        if key not in self._records:
            self._records[key] = self._find(tag, home, file)
        return self._records[key]

    def _find(self, tag: str, home: str, file: str) -> Record | None:
        found = self.records.record(tag, home) or self.records.record(tag, file)
        if found is None:
            definers = self.records.nearest.definers(tag)
            if len(definers) == 1:
                found = self.records.record(tag, definers[0])
        if found is None:
            name = self.records.objects.renamed(tag, home)
            found = self.records.record(name, home) if name else None
        return found


def read_tree(sources: Sources) -> Tree:
    """What the tree behind *sources* declares: nothing is read yet."""
    data = load_type_data()
    nearest = Nearest(sources)
    groups = frozenset(name.encode() for name in data.member_groups)
    objects = Objects(sources, nearest)
    records = Records(sources, nearest, objects, groups)
    macros = Macros(sources, nearest, data)
    declared = Declared(sources, nearest, objects, records)
    return Tree(records, declared, macros, MacroUses(macros), data)
