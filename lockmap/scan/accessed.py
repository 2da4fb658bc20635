"""From what workers found to rows: accesses with the locks held there, spans, rules."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from lockmap.locks.held import Contexts
from lockmap.map.records import Access, Diagnostic, FileRow, MapData, Span
from lockmap.program.access import CAUSES
from lockmap.rules.lifetimes import GIVEN, INIT, NORMAL
from lockmap.rules.thresholds import load_thresholds
from lockmap.scan.held import HeldAt
from lockmap.scan.ruled import Place, rules_of
from lockmap.scan.touched import Found, Touching, Trace
from lockmap.scan.usual import NOTHING_USUAL, Usual
from lockmap.tree.source import printable

if TYPE_CHECKING:
    from lockmap.locks.catalog import Catalog
    from lockmap.scan.callers import CallSites

_FOLDERS = 2
"""Folders from the top by which accesses without a struct are counted."""
_TOO_DEEP = "an expression nested too deeply to follow; the accesses here are left out"


def with_accesses(
    data: MapData,
    traces: Iterable[Trace],
    locks: Sequence[str],
    contexts: Contexts,
    callers: CallSites | None = None,
    catalog: Catalog | None = None,
) -> MapData:
    """*data* with the accesses, spans and rules that *traces* give.

    *locks*: the names of all locks; the first is that of ``Access.held``.  *callers*: what
    tells how locks are held, and objects new, where that is not certain; *catalog*: what tells
    which locks are held with which, or instead of which.
    """
    files = [
        found for trace in traces for found in msgspec.msgpack.decode(trace.found, type=list[Found])
    ]
    files.sort(key=lambda found: found.path)
    numbers = {name: number for number, name in enumerate(locks)}
    implied = catalog.implied if catalog else ()
    relieved = catalog.relieved if catalog else ()
    held = HeldAt(locks, contexts, [(numbers[lock], numbers[other]) for lock, other in implied])
    held.add(data.states, data.diagnostics)
    made = _Rows(held, Usual(callers, files) if callers is not None else None)
    for found in files:
        made.add(found)
    spans = {(span.file, span.line): span for span in data.spans}
    spans.update(((span.file, span.line), span) for span in made.spans)
    instead: dict[str, list[tuple[int, int]]] = {}
    for struct, lock, other in relieved:
        instead.setdefault(struct, []).append((numbers[lock], numbers[other]))
    rules, violates = rules_of(made.places, locks, load_thresholds(), instead)
    whole = sum(span.whole for span in made.spans)
    meta = {
        **data.meta,
        "functions_read": str(int(data.meta["functions_read"]) + len(made.spans)),
        "functions_whole": str(int(data.meta["functions_whole"]) + whole),
        "accesses": str(len(made.places)),
        "accesses_untyped": str(len(made.untold)),
    }
    accesses = (_access(place, violates.get(n, "")) for n, place in enumerate(made.places))
    return replace(
        data,
        meta=meta,
        spans=tuple(spans.values()),
        diagnostics=(*data.diagnostics, *made.diagnostics, *_counted(made.untold)),
        files=tuple(FileRow(path, 0, "") for path in sorted({file for file, _ in spans})),
        accesses=(*accesses, *made.untold),
        rules=tuple(rules),
    )


class _Rows:
    """Collects the rows of one file after another."""

    def __init__(self, held: HeldAt, usual: Usual | None) -> None:
        self._held = held
        self._usual = usual
        self.places: list[Place] = []
        self.untold: list[Access] = []
        self.spans: list[Span] = []
        self.diagnostics: list[Diagnostic] = []

    def add(self, found: Found) -> None:
        """Take in what was found in a file."""
        raw = os.fsdecode(found.path)
        file = printable(raw)
        for function in found.functions:
            self._function(raw, file, function)

    def _function(self, raw: str, file: str, function: Touching) -> None:
        span = function.span
        if function.named:
            self.spans.append(Span(file, span.name, span.line, span.end_line, span.whole))
            for line in span.errors if not span.whole else ():
                message = "the grammar lost its way here; the rest of the function is used"
                self.diagnostics.append(Diagnostic(file, line, span.name, "parse-error", message))
        if function.deep:
            self.diagnostics.append(Diagnostic(file, span.line, span.name, "too-deep", _TOO_DEEP))
        usual = self._usual.of(raw, span.line) if self._usual else NOTHING_USUAL
        held = self._held.of_function(file, span.line, span.end_line, usual.profile)
        at, ways = held.at, held.ways
        for touch in function.touches:
            line, phase = touch[0], touch[5]
            shared, new = float(phase == NORMAL), float(phase == INIT)
            if phase.startswith(GIVEN):
                phase, shared, new = usual.phase(int(phase[len(GIVEN) :]))
            self.places.append(
                Place(file, span.name, touch, at(line), ways(line), phase, shared, new)
            )
        for line, column, name, cause in function.untold:
            locks = at(line)
            self.untold.append(
                Access(
                    *(file, line, column, span.name, "", name, "read", locks[0][1]),
                    *("normal", "", locks, "", cause),
                )
            )


def _access(place: Place, violates: str) -> Access:
    line, column, struct, name, mode, _, path = place.touch
    return Access(
        *(place.file, line, column, place.function, struct, name, mode),  # type: ignore[arg-type]
        *(place.locks[0][1], place.phase, path, place.locks, violates, ""),  # type: ignore[arg-type]
    )


def _counted(untold: Iterable[Access]) -> list[Diagnostic]:
    """One diagnostic for each cause and folder."""
    counts = Counter(("/".join(a.file.split("/")[:-1][:_FOLDERS]), a.cause) for a in untold)
    return [
        Diagnostic(folder, 0, "", "untyped-access", f"{number} of {cause}: {CAUSES[cause]}")
        for (folder, cause), number in sorted(counts.items())
    ]
