"""lockmap from Python: ``lockmap.open_map("6.12.db")``; documented in docs/reference/python.md."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from lockmap.ask.driver import Driver, driver
from lockmap.ask.who import Who, who
from lockmap.ask.why import Why, why
from lockmap.errors import NotFoundError
from lockmap.graph.ask import MOST, RADIUS, graph_of
from lockmap.map.context_records import CallbackRow, FunctionContext
from lockmap.map.documented_records import DocumentedRule
from lockmap.map.filters import EVERYTHING, Filter
from lockmap.map.read import Map
from lockmap.map.read import open_map as open_file
from lockmap.map.read_contexts import Wanted
from lockmap.map.read_documented import ALL_RULES, WantedRules
from lockmap.map.read_faults import Fault
from lockmap.map.records import Access, Contract, Diagnostic, Rule, Section, Site

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Filter", "OpenMap", "Wanted", "WantedRules", "open_map"]


def open_map(path: str | os.PathLike[str]) -> OpenMap:
    """The map in this file; to be used in a ``with`` statement, or closed.

    Raises ``lockmap.errors.MapError`` where there is none, or it is damaged, or of another schema
    version.
    """
    stack = ExitStack()
    return OpenMap(stack.enter_context(open_file(Path(path))), stack)


@dataclass(frozen=True, slots=True)
class OpenMap:
    """A map, open for reading.

    Rows are frozen dataclasses, in the order of file and line.  Methods raise
    ``lockmap.errors.MapError`` if the file turns out to be damaged, and
    ``lockmap.errors.NotFoundError`` for a name that the map does not know.
    """

    map: Map
    """What the listings are read from."""
    _open: ExitStack = field(repr=False)

    def __enter__(self) -> OpenMap:
        """The map itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close the file; nothing can be asked then."""
        self._open.close()

    @property
    def meta(self) -> dict[str, str]:
        """What is said about the whole map: tree, kernel, counts."""
        return self.map.meta()

    @property
    def locks(self) -> tuple[str, ...]:
        """Names of the locks that occur."""
        return self.map.locks()

    def sites(self, wanted: Filter = EVERYTHING) -> tuple[Site, ...]:
        """Lock operations."""
        return self.map.sites(wanted)

    def sections(self, wanted: Filter = EVERYTHING) -> tuple[Section, ...]:
        """Critical sections."""
        return self.map.sections(wanted)

    def contracts(self, wanted: Filter = EVERYTHING) -> tuple[Contract, ...]:
        """What functions do to a lock of their caller."""
        return self.map.contracts(wanted)

    def diagnostics(self, wanted: Filter = EVERYTHING) -> tuple[Diagnostic, ...]:
        """What could not be read or trusted."""
        return self.map.diagnostics(wanted)

    def accesses(self, wanted: Filter = EVERYTHING, lock: str = "") -> tuple[Access, ...]:
        """Accesses of fields; ``held`` is how *lock* is held (the map's own, if empty)."""
        return self.map.accesses(wanted, lock)

    def rules(self, wanted: Filter = EVERYTHING) -> tuple[Rule, ...]:
        """Which locks fields are read and written under."""
        return self.map.rules(wanted)

    def faults(self, wanted: Filter = EVERYTHING) -> tuple[Fault, ...]:
        """Calls that may fault, and so take a lock that they do not name."""
        return self.map.faults(wanted)

    def documented(self, wanted: WantedRules = ALL_RULES) -> tuple[DocumentedRule, ...]:
        """The rules that the tree, or a user, states, and how the code agrees."""
        return self.map.documented(wanted)

    def functions(self, wanted: Wanted) -> Iterator[FunctionContext]:
        """The functions that may run under a lock."""
        return self.map.functions(wanted)

    def callbacks(
        self, struct: str = "", field: str = "", function: str = "", path: str = ""
    ) -> tuple[CallbackRow, ...]:
        """The functions in members of structs."""
        return self.map.callbacks(struct, field, function, path)

    def why(self, function: str, *, lock: str = "", path: str = "") -> tuple[Why, ...]:
        """Why functions of this name may run under a lock, or may not."""
        return why(self.map, function, lock=lock, path=path)

    def who(self, field: str, *, lock: str = "") -> Who:
        """Who accesses ``STRUCT.FIELD``, and under which lock."""
        return who(self.map, field, lock=lock)

    def driver(self, path: str, *, lock: str = "", most: int = 0) -> Driver:
        """All that the functions of a file or folder do with a lock."""
        return driver(self.map, path, lock=lock, most=most)

    def graph(
        self,
        around: str | None = None,
        radius: int = RADIUS,
        *,
        lock: str = "",
        most: int = MOST,
        distance: int | None = None,
    ) -> nx.MultiDiGraph:
        """The graph of the map, or around one node, as ``lockmap graph`` exports it.

        *around*, *radius*, *most*, *distance*: as the options of ``lockmap graph``.  *lock*: the
        map's own if empty, or ``all``.  What was left out is in ``graph.graph["left_out"]``.
        """
        if lock and lock != "all" and lock not in self.locks:
            raise NotFoundError(
                f"the map holds nothing about a lock named {lock}",
                f"it has: {', '.join(self.locks)}",
            )
        chosen = lock or self.meta.get("default_lock", "")
        locks = self.locks if chosen == "all" else (chosen,)
        found = graph_of(
            self.map, locks=locks, node=around, radius=radius, most=most, distance=distance
        )
        return found.networkx()
