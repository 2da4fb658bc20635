"""From what workers found to rows: accesses with the locks held there, spans, rules."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from lockmap.locks.held import Contexts
from lockmap.map.records import Access, Diagnostic, FileRow, MapData, Rule, Span
from lockmap.program.access import CAUSES
from lockmap.rules.infer import Inferred, infer
from lockmap.rules.thresholds import Thresholds, load_thresholds
from lockmap.scan.held import HeldAt, Lockset
from lockmap.scan.touched import Found, Touching, Trace
from lockmap.tree.source import printable

_KINDS = {"read": ("read",), "write": ("write",), "readwrite": ("read", "write")}
"""Accesses by the rules that speak of them; that of an address is followed by none."""
_FOLDERS = 2
"""Folders from the top by which accesses without a struct are counted."""
_TOO_DEEP = "an expression nested too deeply to follow; the accesses here are left out"


def with_accesses(
    data: MapData, traces: Iterable[Trace], locks: Sequence[str], contexts: Contexts
) -> MapData:
    """*data* with the accesses, spans and rules that *traces* give.

    *locks*: the names of all locks; the first is that of ``Access.held``.
    """
    files = [
        found for trace in traces for found in msgspec.msgpack.decode(trace.found, type=list[Found])
    ]
    files.sort(key=lambda found: found.path)
    held = HeldAt(locks, contexts)
    held.add(data.states, data.diagnostics)
    made = _Rows(held)
    for found in files:
        made.add(found)
    spans = {(span.file, span.line): span for span in data.spans}
    spans.update(((span.file, span.line), span) for span in made.spans)
    rules, violates = _rules(made.places, locks, load_thresholds())
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


@dataclass(frozen=True, slots=True)
class _Place:
    """An access with a struct, and what is held there."""

    file: str
    function: str
    touch: tuple[int, int, str, str, str, str, str]
    locks: Lockset


class _Rows:
    """Collects the rows of one file after another."""

    def __init__(self, held: HeldAt) -> None:
        self._held = held
        self.places: list[_Place] = []
        self.untold: list[Access] = []
        self.spans: list[Span] = []
        self.diagnostics: list[Diagnostic] = []

    def add(self, found: Found) -> None:
        """Take in what was found in a file."""
        file = printable(os.fsdecode(found.path))
        for function in found.functions:
            self._function(file, function)

    def _function(self, file: str, function: Touching) -> None:
        span = function.span
        if function.named:
            self.spans.append(Span(file, span.name, span.line, span.end_line, span.whole))
            for line in span.errors if not span.whole else ():
                message = "the grammar lost its way here; the rest of the function is used"
                self.diagnostics.append(Diagnostic(file, line, span.name, "parse-error", message))
        if function.deep:
            self.diagnostics.append(Diagnostic(file, span.line, span.name, "too-deep", _TOO_DEEP))
        at = self._held.of_function(file, span.line, span.end_line).at
        for touch in function.touches:
            self.places.append(_Place(file, span.name, touch, at(touch[0])))
        for line, column, name, cause in function.untold:
            locks = at(line)
            self.untold.append(
                Access(
                    *(file, line, column, span.name, "", name, "read", locks[0][1]),
                    *("normal", "", locks, "", cause),
                )
            )


def _access(place: _Place, violates: str) -> Access:
    line, column, struct, name, mode, phase, path = place.touch
    return Access(
        *(place.file, line, column, place.function, struct, name, mode),  # type: ignore[arg-type]
        *(place.locks[0][1], phase, path, place.locks, violates, ""),  # type: ignore[arg-type]
    )


def _rules(
    places: Sequence[_Place], locks: Sequence[str], thresholds: Thresholds
) -> tuple[list[Rule], dict[int, str]]:
    """The rule of every field, and which accesses (by number) break which."""
    by_field: dict[tuple[str, str], dict[str, list[int]]] = {}
    for number, place in enumerate(places):
        kinds = by_field.setdefault((place.touch[2], place.touch[3]), {"read": [], "write": []})
        if place.touch[5] == "normal":
            for kind in _KINDS.get(place.touch[4], ()):
                kinds[kind].append(number)
    rules: list[Rule] = []
    violates: dict[int, list[str]] = {}
    for (struct, name), kinds in sorted(by_field.items()):
        inferred: dict[str, Inferred] = {}
        for kind, numbers in kinds.items():
            held = [[how for _, how in places[n].locks] for n in numbers]
            rule = inferred[kind] = infer(held, len(locks), thresholds)
            for number, locks_held in zip(numbers, held, strict=True):
                if rule.broken_by(locks_held):
                    violates.setdefault(number, []).append(kind)
        rules.append(
            Rule(
                struct,
                name,
                inferred["read"].text(locks),
                inferred["write"].text(locks),
                tuple((kind, r.follow, r.told, r.total) for kind, r in inferred.items()),
            )
        )
    return rules, {number: " ".join(kinds) for number, kinds in violates.items()}


def _counted(untold: Iterable[Access]) -> list[Diagnostic]:
    """One diagnostic for each cause and folder."""
    counts = Counter(("/".join(a.file.split("/")[:-1][:_FOLDERS]), a.cause) for a in untold)
    return [
        Diagnostic(folder, 0, "", "untyped-access", f"{number} of {cause}: {CAUSES[cause]}")
        for (folder, cause), number in sorted(counts.items())
    ]
