"""All functions together: summaries bottom-up to a fixpoint, callers found as needed.

Only functions that touch a lock are analysed, and then those that call one whose effect a
caller sees; the index tells which those are, so a kernel's other functions are never parsed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

import networkx as nx

from lockmap.facts.file import Unit
from lockmap.locks.catalog import Catalog
from lockmap.locks.confirm import unconfirmed
from lockmap.locks.interpret import explore
from lockmap.locks.member import Ids, Member
from lockmap.locks.memory import Digests, Memory, Trace, trace_of
from lockmap.locks.outcomes import summarise
from lockmap.locks.questions import Asked, same_answers
from lockmap.locks.reach import assigned, called_names, only_read, stored, symbols, visible_from
from lockmap.locks.recognise import Recogniser
from lockmap.locks.summary import Outcome, Summary
from lockmap.locks.values import NONZERO, constant
from lockmap.locks.view import View
from lockmap.program.constants import Constants
from lockmap.program.sources import Sources
from lockmap.program.types import Types

Progress = Callable[[str, int, int], None]
"""Told (what is being done, how many are done, of how many)."""

_MOST_ROUNDS = 12
_MOST_SETTLING = 4
_MOST_LEVELS = 4
"""Levels of callers that a function can hand its effect up to."""
_MOST_GLOBAL_LEVELS = 1
"""The same within its file, where it drops the lock of an object that is passed to no one."""
_MOST_HELPER_FILES = 6


class WholeProgram:
    """The functions analysed so far, by name, with their summaries."""

    def __init__(
        self, catalog: Catalog, sources: Sources, types: Types, memory: Memory | None = None
    ) -> None:
        self.catalog = catalog
        self.memory = memory or Memory()
        self.sources = sources
        self.types = types
        self.constants = Constants(sources, catalog.families, catalog.flags)
        self.members: dict[str, Member] = {}
        self.by_name: dict[str, list[Member]] = {}
        self._callers: dict[str, list[Member]] = {}
        self._helpers: dict[tuple[str, str], Summary | None] = {}
        self._parameters: dict[
            tuple[str, str], tuple[tuple[tuple[str, str], ...], frozenset[str]]
        ] = {}
        self._defined: dict[str, list[str]] = {}
        self._assigned: dict[tuple[str, str], frozenset[int]] = {}
        self._stores: dict[tuple[str, str], tuple[tuple[int, str, int], ...]] = {}
        self._deciding: set[str] = set()
        """Members of structures by which a function decides about its caller's lock."""
        self._searched: set[str] = set()
        self._id = Ids().of
        self._digest = Digests().of
        self._joint: dict[tuple[object, ...], tuple[list[Summary], Summary]] = {}

    def add(self, file: str, unit: Unit, condition: str | None = None) -> Member | None:
        """Take a function in; None when it is in already."""
        if condition is None:
            condition = self.sources.condition(file, unit.line)
        member = Member(file, unit, self._id(file, unit), condition)
        if member.id in self.members:
            return None
        self.members[member.id] = member
        self.by_name.setdefault(member.name, []).append(member)
        for name in called_names(unit.function):
            self._callers.setdefault(name, []).append(member)
        return member

    def callers(self, name: str) -> list[Member]:
        """The analysed functions that call something of this name."""
        return self._callers.get(name, [])

    # -- resolution -------------------------------------------------------------------

    def resolve(self, name: str, file: str) -> list[Member]:
        """The analysed functions that a call of *name* in *file* may reach."""
        found = self.by_name.get(name, [])
        here = [m for m in found if m.file == file]
        return here or [m for m in found if visible_from(m.file, m.unit.function, file)]

    def summary_of(self, name: str, file: str, telling: bool) -> Summary | None:
        """The joint summary of what *name* may be, seen from *file*."""
        found = [m for m in self.resolve(name, file) if m.summary is not None]
        summaries = [m.summary for m in found if m.summary is not None]
        if any(s.visible for s in summaries):
            if len(found) == 1:
                return summaries[0]
            return self._together(name, found, summaries)
        if summaries and telling:
            return summaries[0]
        return self._helper(name, file) if telling else None

    def _together(self, name: str, found: list[Member], summaries: list[Summary]) -> Summary:
        """The joint summary of several definitions, made once."""
        key = (name, *((m.id, id(s)) for m, s in zip(found, summaries, strict=True)))
        if key not in self._joint:
            joint = Summary(name, tuple(o for m in found for o in _conditional(m)))
            self._joint[key] = (summaries, joint)  # the parts too: an id is theirs while they are
        return self._joint[key][1]

    def _helper(self, name: str, file: str) -> Summary | None:
        """The summary of a function that touches no lock but tests what it is given."""
        key = (name, file)
        if key not in self._helpers:
            self._helpers[key] = None  # also ends recursion
            found = self._definition(name, file)
            if found is not None:
                member = Member(*found, self._id(*found))
                self._analyse(member)
                self._helpers[key] = member.summary
        return self._helpers[key]

    def _definition(self, name: str, file: str) -> tuple[str, Unit] | None:
        here = self.sources.definitions(file, name)
        if here:
            return file, here[0]
        for path in self.sources.index.who_defines([name])[name][:_MOST_HELPER_FILES]:
            for unit in self.sources.definitions(path, name):
                if visible_from(path, unit.function, file):
                    return path, unit
        return None

    def stores_of(self, name: str, file: str) -> tuple[tuple[int, str, int], ...]:
        """See interpret.Program."""
        if not self._deciding:
            return ()
        if (name, file) not in self._stores:
            files = self.sources.index.who_defines([name])[name]
            near = [file] if file in files else [f for f in files if f.endswith(".h")]
            units = (
                [u for f in near[:1] for u in self.sources.definitions(f, name)]
                if len(near) <= 2
                else []
            )
            self._stores[name, file] = tuple(stored(units[0].function)) if units else ()
        return tuple(s for s in self._stores[name, file] if s[1] in self._deciding)

    def parameters_of(
        self, name: str, file: str
    ) -> tuple[tuple[tuple[str, str], ...], frozenset[str]]:
        """The parameters of *name* as seen from *file*, and those that it only reads."""
        key = (name, file)
        if key not in self._parameters:
            resolved = self.resolve(name, file)
            unit = resolved[0].unit if resolved else None
            if unit is None:
                found = self._definition(name, file)
                unit = found[1] if found else None
            self._parameters[key] = (
                (unit.function.params, only_read(unit.function)) if unit else ((), frozenset())
            )
        return self._parameters[key]

    def assigned_by(self, name: str, file: str) -> frozenset[int]:
        """The arguments that macro *name*, as *file* or a header defines it, assigns to."""
        if name not in self._defined:
            self._defined[name] = self.sources.index.who_defines([name])[name]
        files = self._defined[name]
        near = [file] if file in files else [f for f in files if f.endswith(".h")]
        found: frozenset[int] = frozenset()
        for path in near[:_MOST_HELPER_FILES]:
            if (name, path) not in self._assigned:
                self._assigned[name, path] = frozenset(
                    index
                    for unit in self.sources.assigning_macros(path, name)
                    for index in assigned(unit.function)
                )
            found |= self._assigned[name, path]
        return found

    # -- fixpoint ---------------------------------------------------------------------

    def run(self, progress: Progress, pending: list[Member] | None = None) -> None:
        """Analyse *pending* (else everything taken in), and whoever calls what has effects."""
        if pending is None:
            pending = list(self.members.values())
        for _ in range(_MOST_ROUNDS):
            if not pending:
                break
            self._analyse_all(pending, progress)
            fresh = self._find_callers(progress)
            pending = [*fresh, *self._stale(fresh)]
        self._settle(progress)

    def _settle(self, progress: Progress) -> None:
        """Take back from callers the holds that none of them ends.

        Each is a leak of the function that it is in, not of all those above it.
        """
        for _ in range(_MOST_SETTLING):
            changed = False
            for id_, open_ in unconfirmed(self).items():
                member = self.members[id_]
                if not open_ <= member.unconfirmed:
                    member.unconfirmed |= open_
                    self._summarise(member)
                    changed = True
            pending = self._stale([])
            if not changed and not pending:
                return
            self._analyse_all(pending, progress)

    def _analyse_all(self, members: list[Member], progress: Progress) -> None:
        """Analyse *members*, callees before callers, until their summaries settle."""
        new = [m for m in members if not self.memory.knows(m.key)]
        # All names in one pass over the index, which is much cheaper than one by one.
        self.sources.index.who_defines({n for m in new for n in called_names(m.unit.function)})
        self.constants.expect({name for m in new for name in symbols(m.unit.function)})
        ordered = self._bottom_up(members)
        done = 0
        for component in ordered:
            for _ in range(4 if len(component) > 1 else 2):
                changed = False
                for member in component:
                    before = member.summary
                    self._analyse(member)
                    changed = changed or before != member.summary
                if not changed or (
                    len(component) == 1
                    and component[0].name not in called_names(component[0].unit.function)
                ):
                    break
            done += len(component)
            progress("analyse", done, len(members))

    def _bottom_up(self, members: Iterable[Member]) -> list[list[Member]]:
        graph: nx.DiGraph[str] = nx.DiGraph()
        chosen = {m.id: m for m in members}
        for member in chosen.values():
            graph.add_node(member.id)
            for name in sorted(called_names(member.unit.function)):
                for callee in self.resolve(name, member.file):
                    if callee.id in chosen:
                        graph.add_edge(member.id, callee.id)
        components = nx.strongly_connected_components(graph)
        condensed = nx.condensation(graph, components)
        order = reversed(list(nx.lexicographical_topological_sort(condensed)))
        return [[chosen[i] for i in sorted(condensed.nodes[c]["members"])] for c in order]

    def _analyse(self, member: Member) -> None:
        """Explore *member*, unless it is known what would be found."""
        function = member.unit.function
        view = View(self, member, self.catalog, self.types)
        found = self._recall(member, view)
        if found is None:
            member.used = {}
            deciding = len(self._deciding)
            asked = Asked(view, function, self._digest)
            member.analysis = explore(function, asked)
            member.plain = self._summary(member, frozenset())
            if asked.repeatable and len(self._deciding) == deciding:
                found = trace_of(asked.questions, member.analysis, member.plain)
            if found is not None:
                self.memory.holds(member.key, found)
        self._summarise(member)

    def _recall(self, member: Member, view: View) -> Trace | None:
        """Give *member* the analysis of an exploration that would find the same now."""
        for trace in self.memory.recall(member.key):
            member.used = {}
            deciding, helpers = set(self._deciding), set(self._helpers)
            same = same_answers(trace.questions, view, member.unit.function, self._digest)
            if self._deciding != deciding:
                # A helper decides by other members now: the answers to come might differ from
                # those before.  The exploration is to see this happen where it does.
                self._deciding = deciding
                self._helpers = {k: v for k, v in self._helpers.items() if k in helpers}
                return None
            if same and (analysis := trace.analysis()) is not None:
                member.analysis, member.plain = analysis, trace.summary
                self.memory.holds(member.key, trace)
                return trace
        return None

    def _summarise(self, member: Member) -> None:
        if member.unconfirmed or member.plain is None:
            member.summary = self._summary(member, member.unconfirmed)
        else:
            member.summary = member.plain
        if member.summary.visible:
            self._deciding.update(
                entry.partition("->")[2]
                for o in member.summary.outcomes
                if o.effects
                for entry, _ in o.before
                if "->" in entry
            )

    def _summary(self, member: Member, unconfirmed: frozenset[tuple[str, str]]) -> Summary:
        function = member.unit.function
        recogniser = Recogniser(self.catalog, self.types, function)
        return summarise(function, member.analysis, recogniser, member.id, unconfirmed)

    def _find_callers(self, progress: Progress) -> list[Member]:
        """Take in the callers of functions whose effect became visible."""
        unknown = [m for m in self.members.values() if m.id not in self._searched]
        near = [m for m in unknown if self._calls_for_callers(m, near=True)]
        new = {m.id for m in near if self._calls_for_callers(m, near=False)}
        wanted: dict[tuple[str, str], int] = {}
        mentions = self.sources.index.who_mentions(
            m.name.removeprefix("sys_") for m in near if m.id in new
        )
        for member in near:
            self._searched.add(member.id)
            everywhere = mentions[member.name.removeprefix("sys_")] if member.id in new else ()
            for path in everywhere or (member.file,):
                if visible_from(member.file, member.unit.function, path):
                    wanted[path, member.name] = min(
                        member.level + 1, wanted.get((path, member.name), _MOST_LEVELS)
                    )
        fresh: list[Member] = []
        for number, ((path, name), level) in enumerate(sorted(wanted.items())):
            progress("callers", number, len(wanted))
            for unit in self.sources.units_with(path, name):
                if name in called_names(unit.function):
                    member_ = self.add(path, unit)
                    if member_ is not None:
                        member_.level = level
                        fresh.append(member_)
        return fresh

    def _calls_for_callers(self, member: Member, near: bool) -> bool:
        """Whether callers must be taken in to know what becomes of a lock; *near*: of its file.

        One that holds the lock is in already, by the lock function it names or the wrapper
        it calls.  Others only hand an effect up: that is followed for an object that is
        passed down (a parameter) for a few levels, for a global (``current->mm``) for fewer
        and in one file, where such a helper has its callers.
        """
        if member.summary is None or self._is_api(member.name) or member.level >= _MOST_LEVELS:
            return False
        return any(
            e.what == "acquire"
            or (
                e.what == "drop"
                and (e.key[1].startswith("$") or (near and member.level < _MOST_GLOBAL_LEVELS))
            )
            for outcome in member.summary.outcomes
            for e in outcome.effects
        )

    def _is_api(self, name: str) -> bool:
        return name in self.catalog.apis or name in self.catalog.conventions

    def _stale(self, fresh: list[Member]) -> list[Member]:
        """Members whose analysis used a summary that has changed since."""
        known = {m.id for m in fresh}
        return [
            m
            for m in self.members.values()
            if m.id not in known
            and any(
                self.summary_of(n, m.file, telling=False) != used
                for n, used in m.used.items()
                if used is not None or n in self.by_name
            )
        ]


def _conditional(member: Member) -> list[Outcome]:
    """The outcomes of one of several definitions: possible only under its condition."""
    assert member.summary is not None
    if not member.condition:
        return list(member.summary.outcomes)
    negated = member.condition.startswith("!")
    key = "#" + re.sub(
        r"\b(?:defined|IS_ENABLED)\s*\(?\s*(\w+)\s*\)?", r"\1", member.condition.lstrip("!")
    ).strip("()")
    known = constant("0") if negated else NONZERO
    return [replace(o, before=(*o.before, (key, known))) for o in member.summary.outcomes]


__all__ = ("Member", "WholeProgram")
