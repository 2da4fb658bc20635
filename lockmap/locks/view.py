"""The program as one function sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lockmap.locks.catalog import Catalog
from lockmap.locks.member import Member
from lockmap.locks.summary import Summary
from lockmap.locks.values import Value
from lockmap.program.types import Types

if TYPE_CHECKING:
    from lockmap.locks.whole import WholeProgram


@dataclass(slots=True)
class View:
    """The program as one function sees it: names resolve from its file."""

    program: WholeProgram
    member: Member
    catalog: Catalog
    owners: Types

    def summary(self, name: str, telling: bool) -> Summary | None:
        """See interpret.Program."""
        if name in self.program.by_name:
            self.member.used[name] = self.program.summary_of(name, self.member.file, telling=False)
        else:
            self.member.used[name] = None
            if not telling:
                return None
        return self.program.summary_of(name, self.member.file, telling)

    def flags(self, name: str) -> frozenset[str]:
        """See interpret.Program."""
        return self.program.constants.flags(name)

    def undefined(self, name: str) -> bool:
        """See interpret.Program."""
        return self.program.constants.undefined(name)

    def stores(self, name: str) -> tuple[tuple[int, str, int], ...]:
        """See interpret.Program."""
        return self.program.stores_of(name, self.member.file)

    def parameters(self, name: str) -> tuple[tuple[str, str], ...]:
        """See interpret.Program."""
        return self.program.parameters_of(name, self.member.file)[0]

    def results(self, name: str) -> tuple[Value, ...]:
        """See interpret.Program."""
        here = [m for m in self.program.by_name.get(name, ()) if m.file == self.member.file]
        if not here or self.member in here:
            return ()
        self.member.used[name] = self.program.summary_of(name, self.member.file, telling=False)
        return tuple(o.result for m in here if m.summary for o in m.summary.outcomes)

    def assigned(self, name: str) -> frozenset[int]:
        """See interpret.Program."""
        return self.program.assigned_by(name, self.member.file)

    def only_read(self, name: str) -> frozenset[str]:
        """See interpret.Program."""
        return self.program.parameters_of(name, self.member.file)[1]
