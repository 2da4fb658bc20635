"""The way to a function with the lock held, step by step, from the tables in memory."""

from __future__ import annotations

from dataclasses import dataclass

from lockmap.map.read_ways import THROUGH_MEMBER, Mode, Step, Way
from lockmap.map.records import Section
from lockmap.site.tables import Marked, Put, Reach, Tables

_LONGEST = 200
"""Steps: a longer way is of no map of ours."""


@dataclass(frozen=True)
class Ways:
    """Follows ways back to where the lock is taken."""

    tables: Tables
    sections: dict[tuple[str, str], list[Section]]
    """Of the lock, by file and function."""
    puts: dict[tuple[int, str], list[Put]]
    """By function (its key) and ``STRUCT.FIELD``."""

    @classmethod
    def of(cls, tables: Tables) -> Ways:
        """Sort what the ways need."""
        sections: dict[tuple[str, str], list[Section]] = {}
        for section in tables.sections:
            if section.lock == tables.lock:
                sections.setdefault((section.file, section.function), []).append(section)
        puts: dict[tuple[int, str], list[Put]] = {}
        for put in tables.puts:
            puts.setdefault((put.function, f"{put.struct}.{put.field}"), []).append(put)
        return cls(tables, sections, puts)

    def nearest(self, marked: Marked) -> Way | None:
        """The shorter of the ways to a function."""
        mode: Mode = "read" if marked.nearest is marked.read else "write"
        return self.way(marked, mode)

    def way(self, marked: Marked, mode: Mode) -> Way | None:
        """The way in one mode."""
        functions = self.tables.functions
        steps: list[Step] = []
        at: Marked | None = marked
        before = 0
        while at is not None and len(steps) < _LONGEST:
            reach: Reach | None = getattr(at, mode)
            # A way gets shorter with every step.
            if reach is None or (steps and reach.distance != before - 1):
                break
            caller, name = functions[reach.caller], functions[at.key].function
            member = reach.how.removeprefix(THROUGH_MEMBER)
            put = self.puts.get((at.key, member), ()) if member != reach.how else ()
            steps.append(
                Step(
                    *(caller.file, reach.line, caller.function, name, reach.how),
                    tuple((p.file, p.line) for p in put[:1]),
                )
            )
            before = reach.distance
            if before == 1:
                steps.append(self._taken(steps[-1], mode))
                break
            at = self.tables.marked.get(reach.caller)
        if not steps:
            return None
        reached = getattr(marked, mode)
        return Way(mode, reached.distance, reached.via, tuple(reversed(steps)))

    def _taken(self, call: Step, mode: Mode) -> Step:
        """Where the caller of *call* took the lock that it holds there, as ``lockmap why`` says."""
        found = self.sections.get((call.file, call.caller), [])
        fits = [s for s in found if s.mode in (mode, "any")] or found
        before = [s for s in fits if s.acquire_line <= call.line] or fits
        if not before:
            return Step(call.file, call.line, call.caller, "", "holds")
        return Step(call.file, before[-1].acquire_line, call.caller, self.tables.lock, "takes")
