"""The edges at many nodes of one kind, added to a graph together with the nodes at their ends."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from lockmap.graph.functions import Functions
from lockmap.graph.model import Attributes, Graph
from lockmap.map.filters import Filter
from lockmap.map.read import Map
from lockmap.map.read_faults import read_faults_by
from lockmap.map.read_functions import FunctionPlace
from lockmap.map.read_links import (
    AccessLink,
    ContextLink,
    PutLink,
    read_accesses_by,
    read_accesses_of,
    read_contexts_from,
    read_contexts_of,
    read_contexts_through,
    read_held,
    read_puts_in,
    read_puts_of,
    read_waits,
)
from lockmap.map.read_ways import THROUGH_MEMBER
from lockmap.map.records import Contract, Section, Site


@dataclass(slots=True)
class Links:
    """Adds to *graph* what *opened* tells, of *locks* only."""

    opened: Map
    graph: Graph
    locks: tuple[str, ...]
    functions: Functions = field(init=False)
    _held: dict[str, dict[int, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.functions = Functions(self.opened)
        self._held = {lock: read_held(self.opened.select, lock) for lock in self.locks}

    # ---- of functions ----------------------------------------------------------------------------

    def at_functions(
        self, places: Collection[FunctionPlace], *, callees: bool = True, distance: int = 0
    ) -> None:
        """Everything at functions; without *callees*, not what they reach.

        *distance*: only ways of so many calls at most; 0: of any length.
        """
        select = self.opened.select
        self.functions.load_names(place.function for place in places)
        for place in places:
            self.defines(place)
        keys = {place.key for place in places if place.key is not None}
        for lock in self.locks:
            links = read_contexts_of(select, lock, keys)
            self._contexts(lock, [x for x in links if not distance or x.distance <= distance])
            if callees:
                self._contexts(lock, read_contexts_from(select, lock, keys))
        self._puts(read_puts_of(select, keys))
        self.functions.load_keys(keys)
        for lock in self.locks:
            self._faults(lock, keys)
        mine = {(place.file, place.line, place.function) for place in places}
        names = {place.function for place in places}
        self._operations(names, mine)
        self._accesses(read_accesses_by(select, names), mine)

    def defines(self, place: FunctionPlace) -> None:
        """``defines``: the file of a function."""
        file = self.graph.node("file", place.file, label=place.file)
        self.graph.edge("defines", file, self.functions.node(self.graph, place))

    def _contexts(self, lock: str, links: Collection[ContextLink]) -> None:
        """``runs_under``, ``reaches`` and ``calls``."""
        self.functions.load_keys({link.function for link in links})
        self.functions.load_keys({link.caller for link in links})
        for link in links:
            callee = self.functions.of_key(link.function)
            caller = self.functions.of_key(link.caller)
            if callee is None or caller is None:
                continue
            target = self.functions.node(self.graph, callee)
            source = self.functions.node(self.graph, caller)
            told: Attributes = {"lock": lock, "mode": link.mode, "distance": link.distance}
            held = self.graph.node("lock", lock, label=lock)
            self.graph.edge("runs_under", target, held, **told, must=link.must)
            self.graph.edge("reaches", source, target, **told, line=link.line, how=link.how)
            if link.how.startswith(THROUGH_MEMBER):
                member = self.member(link.how.removeprefix(THROUGH_MEMBER))
                self.graph.edge("calls", source, member, line=link.line)

    def _operations(self, names: Collection[str], mine: set[tuple[str, int, str]]) -> None:
        """What functions do with the locks themselves."""
        for lock in self.locks:
            wanted = Filter(lock=lock)
            self.operations(
                [s for s in self.opened.sites(wanted) if s.function in names],
                [c for c in self.opened.contracts(wanted) if c.function in names],
                [s for s in self.opened.sections(wanted) if s.function in names],
                mine,
            )
            self._waits(lock, mine)

    def operations(
        self,
        sites: Collection[Site],
        contracts: Collection[Contract],
        sections: Collection[Section],
        mine: set[tuple[str, int, str]] | None = None,
    ) -> None:
        """``operates``, ``contract`` and ``opens``; with *mine*, only of these functions."""
        rows: list[Site | Contract | Section] = [*sites, *contracts, *sections]
        self.functions.load_names(row.function for row in rows)
        for site in sites:
            node = self._node(site.file, site.function, site.line, mine)
            if node:
                self.graph.edge(
                    "operates",
                    node,
                    self.graph.node("lock", site.lock, label=site.lock),
                    op=site.op,
                    mode=site.mode,
                    line=site.line,
                    api=site.api,
                    direct=int(site.direct),
                )
        for contract in contracts:
            node = self._node(contract.file, contract.function, contract.line, mine)
            if node:
                lock = self.graph.node("lock", contract.lock, label=contract.lock)
                self.graph.edge("contract", node, lock, text=contract.text)
        for section in sections:
            node = self._node(section.file, section.function, section.acquire_line, mine)
            if node:
                self._section(node, section)

    def _section(self, function: str, section: Section) -> None:
        name = self.graph.node(
            "section",
            section.id,
            label=f"{section.mode} on {section.object}",
            file=section.file,
            line=section.acquire_line,
            mode=section.mode,
            object=section.object,
            paths=section.paths,
            contract=section.contract,
        )
        self.graph.edge("opens", function, name)
        lock = self.graph.node("lock", section.lock, label=section.lock)
        self.graph.edge("locks", name, lock, mode=section.mode)

    def _waits(self, lock: str, mine: set[tuple[str, int, str]]) -> None:
        waits = read_waits(self.opened.select, lock)
        self.functions.load_keys(key for key, _ in waits)
        for key, line in waits:
            place = self.functions.of_key(key)
            if place is not None and (place.file, place.line, place.function) in mine:
                node = self.functions.node(self.graph, place)
                held = self.graph.node("lock", lock, label=lock)
                self.graph.edge("waits", node, held, line=line)

    def _faults(self, lock: str, keys: set[int]) -> None:
        """``may_fault``: calls during which a page fault may take the lock."""
        for key, line, callee, mode in read_faults_by(self.opened.select, lock):
            place = self.functions.of_key(key) if key in keys else None
            if place is not None:
                node = self.functions.node(self.graph, place)
                held = self.graph.node("lock", lock, label=lock)
                self.graph.edge("may_fault", node, held, mode=mode, line=line, callee=callee)

    def _node(
        self, file: str, name: str, line: int, mine: set[tuple[str, int, str]] | None
    ) -> str | None:
        """The node of the function that a row is of; None if it is not one of *mine*."""
        place = self.functions.at(file, name, line)
        if place is None:
            place = FunctionPlace(file, line, line, name, None)
        if mine is not None and (place.file, place.line, place.function) not in mine:
            return None
        return self.functions.node(self.graph, place)

    # ---- of members and fields -------------------------------------------------------------------

    def member(self, member: str) -> str:
        """The node of a member, ``STRUCT.FIELD``."""
        struct, _, name = member.rpartition(".")
        return self.graph.node("member", member, label=member, struct=struct, field=name)

    def at_member(self, struct: str, name: str) -> None:
        """What is put in a member, and what is reached through it."""
        self._puts(read_puts_in(self.opened.select, struct, name))
        for lock in self.locks:
            member = f"{struct}.{name}"
            self._contexts(lock, read_contexts_through(self.opened.select, lock, member))

    def _puts(self, links: Collection[PutLink]) -> None:
        self.functions.load_keys({link.function for link in links})
        for link in links:
            place = self.functions.of_key(link.function)
            if place is not None:
                self.graph.edge(
                    "puts",
                    self.member(f"{link.struct}.{link.field}"),
                    self.functions.node(self.graph, place),
                    file=link.file,
                    line=link.line,
                )

    def at_field(self, struct: str, name: str) -> None:
        """Who accesses a field, and which locks protect it."""
        self._accesses(read_accesses_of(self.opened.select, struct, name), None)
        self.protects(Filter(struct=struct, field=name))

    def _accesses(
        self, links: Collection[AccessLink], mine: set[tuple[str, int, str]] | None
    ) -> None:
        self.functions.load_names({link.function for link in links})
        for link in links:
            node = self._node(link.file, link.function, link.line, mine)
            if node:
                self.graph.edge(
                    "accesses",
                    node,
                    self.field(link.struct, link.field),
                    access=link.access,
                    held=self._how(link.lockset),
                    phase=link.phase,
                    breaks=link.violates,
                    line=link.line,
                    count=link.count,
                )

    def _how(self, lockset: int) -> str:
        """How the lock is held; of several locks, each that is held or may be."""
        if len(self.locks) == 1:
            return self._held[self.locks[0]].get(lockset, "unknown")
        words = ((lock, held.get(lockset, "unknown")) for lock, held in self._held.items())
        return ", ".join(f"{lock} {how}" for lock, how in words if how != "none") or "none"

    def field(self, struct: str, name: str) -> str:
        """The node of a field."""
        label = f"{struct}.{name}"
        return self.graph.node("field", label, label=label, struct=struct, field=name)

    def protects(self, wanted: Filter) -> None:
        """``protected_by``: the locks that the rules of fields name."""
        for struct, name, read, write in self._rules(wanted):
            for access, rule in (("read", read), ("write", write)):
                for lock in self.locks:
                    if lock in rule.split():
                        self.graph.edge(
                            "protected_by",
                            self.field(struct, name),
                            self.graph.node("lock", lock, label=lock),
                            access=access,
                            rule=rule,
                        )

    def _rules(self, wanted: Filter) -> list[tuple[str, str, str, str]]:
        terms = [f"{name} = ?" for name in ("struct", "field") if getattr(wanted, name)]
        values = tuple(getattr(wanted, name) for name in ("struct", "field"))
        condition = f"WHERE {' AND '.join(terms)}" if terms else ""
        rows = self.opened.select(
            f"SELECT struct, field, read_rule, write_rule FROM rule {condition} ORDER BY 1, 2",
            (str,) * 4,
            tuple(value for value in values if value),
        )
        return [(struct, name, read, write) for struct, name, read, write in rows]
