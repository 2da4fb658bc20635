"""From the finished analysis to the rows of the map."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Literal

from lockmap.facts.file import FileFacts
from lockmap.locks.analysis import Indirect, SectionFacts
from lockmap.locks.catalog import Catalog
from lockmap.locks.claims import claimed
from lockmap.locks.contract_words import contracts
from lockmap.locks.interpret import accesses
from lockmap.locks.refuted import waits_for
from lockmap.locks.spelling import spelled
from lockmap.locks.unreached import reachable_calls
from lockmap.locks.verdicts import SectionVerdict, verdicts
from lockmap.locks.whole import Member, WholeProgram
from lockmap.map.records import Claim, Contract, Diagnostic, LineState, Section, Site, Span, Wait
from lockmap.scan.needed import needed
from lockmap.scan.sites import SiteFinder, as_mode

_ODD = {
    "double-acquire": "{} is acquired here on a path on which it is held already",
    "release-unheld": "{} is released here on a path on which it was released before",
    "wrong-mode": "{} is released here in another mode than it is held in",
    "no-outcome": "no known way to return fits this call: it is taken to leave {} as it was",
}


def collect_sites(
    facts: Mapping[str, FileFacts], program: WholeProgram, catalog: Catalog
) -> tuple[list[Site], list[Diagnostic]]:
    """Every operation, direct or through a called function, and what stayed unknown."""
    finder = SiteFinder(catalog, program.types)
    found: dict[tuple[str, int, int, str, str], Site] = {}
    listed: set[tuple[str, int]] = set()

    def add(sites: Iterable[Site]) -> None:
        for site in sites:
            key = (site.file, site.line, site.column, site.lock, site.op)
            if key not in found or (site.direct and not found[key].direct):
                found[key] = site

    for file, of_file in facts.items():
        add(finder.of_loose(file, of_file))
        for unit in of_file.units:
            listed.add((file, unit.line))
            add(finder.of_unit(file, unit, of_file))
    for member in program.members.values():
        of_file = facts.get(member.file, FileFacts())
        if (member.file, member.unit.line) not in listed:
            add(finder.of_unit(member.file, member.unit, of_file))
        if member.name in catalog.apis:
            continue
        for indirect in _one_mode(member.analysis.indirect):
            site = finder.of_indirect(member.file, member.unit, indirect, of_file)
            add([site] if site is not None else [])
    unreached = (
        d for member in program.members.values() for d in _unreached(member, finder, catalog)
    )
    return list(found.values()), [*finder.diagnostics, *unreached]


def _unreached(member: Member, finder: SiteFinder, catalog: Catalog) -> Iterator[Diagnostic]:
    """The operations of *member* that no followed path carries out, dead code aside."""
    function, analysis = member.unit.function, member.analysis
    missed = [
        (at, operation)
        for at, operation in finder.operations.get((member.file, member.unit.line), ())
        if at not in analysis.reached
    ]
    if not missed or analysis.exhausted or function.kind != "function":
        return
    alive = reachable_calls(function, catalog.semantics.noreturn)
    for at, operation in missed:
        if at in alive:
            message = f"no followed path carries out {operation.api}({operation.argument})"
            line = member.line(at[0])
            yield Diagnostic(member.file, line, member.name, "unreached-operation", message)


def _one_mode(found: Iterable[Indirect]) -> list[Indirect]:
    """Each effect of a call once: with mode ``any`` where it depends on the path."""
    merged: dict[tuple[object, ...], Indirect] = {}
    for indirect in found:
        key = (indirect.at, indirect.lock, indirect.what, indirect.api)
        known = merged.get(key)
        differs = known is not None and known.mode != indirect.mode
        merged[key] = replace(indirect, mode="any") if differs else indirect
    return [merged[key] for key in sorted(merged, key=str)]


def collect_sections(program: WholeProgram) -> list[Section]:
    """Every section with its verdict."""
    found = []
    for (member_id, site, lock), verdict in verdicts(program).items():
        member = program.members[member_id]
        # "&..." is a lock passed in: whose it is, only the callers know.
        if not lock.startswith("&") and member.name not in program.catalog.apis:
            facts = member.analysis.sections[site, lock]
            found.append(_section(program, member, facts, verdict))
    return found


def _section(
    program: WholeProgram, member: Member, facts: SectionFacts, verdict: SectionVerdict
) -> Section:
    n_calls = n_accesses = 0
    flows = member.unit.function.flows
    widest = max((number for number, _ in facts.steps), default=0)
    for number, index in facts.steps:
        if number == widest:
            calls, members = accesses(flows[number].steps[index].expr)
            n_calls += calls
            n_accesses += members
    line, column = member.line(facts.site[0]), facts.site[1]
    return Section(
        f"{member.file}:{line}:{column}:{facts.key[0]}",
        member.file,
        member.name,
        facts.key[0],
        spelled(facts.key[1], member.unit.function, program.types, member.file),
        as_mode(facts.mode),
        line,
        tuple(sorted(member.line(n) for n in facts.releases)),
        tuple(sorted((member.line(n), mode) for n, mode in facts.changes)),
        verdict.paths,
        verdict.contract,
        n_calls,
        n_accesses,
        (),
        verdict.witness,
    )


def collect_waits(program: WholeProgram) -> list[Wait]:
    """The functions that would wait for a lock that their caller holds."""
    found = []
    for member in program.members.values():
        for lock in program.catalog.locks:
            at = waits_for(member, lock.name, program.catalog)
            if at is not None and member.unit.function.kind == "function":
                taken = member.line(at[0])
                found.append(Wait(member.file, member.unit.line, member.name, lock.name, taken))
    return found


_CLAIMS: dict[str, Literal["asserts", "drops", "changes"]] = {
    "assert": "asserts",
    "release": "drops",
    "downgrade": "changes",
    "upgrade": "changes",
}


def collect_claims(program: WholeProgram, sites: Iterable[Site]) -> list[Claim]:
    """Where functions show that they need a lock of their caller."""
    claiming = program.catalog.claiming
    by_place: dict[tuple[str, str], list[Member]] = {}
    for member in program.members.values():
        by_place.setdefault((member.file, member.name), []).append(member)
    found: set[Claim] = set()
    for site in sites:
        what = _CLAIMS.get(site.op)
        if what is None or site.definition or (what == "asserts" and site.api not in claiming):
            continue
        for member in by_place.get((site.file, site.function), ()):
            first, last = member.unit.line, member.line(member.unit.function.end_line)
            if not first <= site.line <= last or member.name in program.catalog.apis:
                continue
            changes = what != "asserts"
            claim = claimed(member, site.lock, site.line - first + 1, changes=changes)
            if claim is not None:
                found.add(
                    Claim(
                        *(site.file, first, site.function, site.lock, what, site.mode, site.line),
                        claim.always,
                    )
                )
    return sorted(found, key=lambda c: (c.file, c.line, c.lock, c.at, c.what, c.mode))


def collect_contracts(program: WholeProgram, claims: Iterable[Claim]) -> list[Contract]:
    """What functions need of the locks of their callers, and do to them."""
    found = [Contract(c.file, c.line, c.function, c.lock, c.text) for c in contracts(program)]
    return [*found, *needed(claims)]


def collect_states(program: WholeProgram) -> list[LineState]:
    """The margin of ``lockmap show``, for functions in which a lock's state changes."""
    rows: list[LineState] = []
    for member in program.members.values():
        lines = member.analysis.lines
        changing = {lock for (_, lock), marks in lines.items() if marks != {"c"}}
        states = {at: _mark(marks) for at, marks in lines.items() if at[1] in changing}
        if changing and not member.analysis.exhausted:
            seen = {line for line, _ in lines}
            steps = {s.line for flow in member.unit.function.flows for s in flow.steps}
            states |= {(line, lock): "x" for line in steps - seen for lock in changing}
        for (line, lock), state in sorted(states.items()):
            rows.append(LineState(member.file, member.name, member.line(line), lock, state))
    return rows


def _mark(marks: set[str]) -> str:
    held = sorted(marks & {"R", "W", "H"})
    if not held:
        return "-?" if {"c", "-"} <= marks else "c" if "c" in marks else "-"
    mark = "/".join(held)
    return mark if marks <= {"R", "W", "H"} else f"{mark}?"


def collect_spans(facts: Mapping[str, FileFacts], program: WholeProgram) -> list[Span]:
    """The functions that were read, each once."""
    found: dict[tuple[str, int], Span] = {}
    for file, of_file in facts.items():
        for span in of_file.spans:
            found[file, span.line] = Span(file, span.name, span.line, span.end_line, span.whole)
    for member in program.members.values():
        function = member.unit.function
        key = (member.file, member.unit.line)
        if key not in found and (function.kind == "function" or member.analysis.lines):
            end = member.line(function.end_line)
            found[key] = Span(member.file, function.name, member.unit.line, end, function.whole)
    return list(found.values())


def collect_diagnostics(facts: Mapping[str, FileFacts], program: WholeProgram) -> list[Diagnostic]:
    """What the text and the analysis left open."""
    found: list[Diagnostic] = []
    for file, of_file in facts.items():
        found += [
            Diagnostic(file, line, "", kind, message) for kind, line, message in of_file.problems
        ]
        for span in of_file.spans:
            for line in span.errors if not span.whole else ():
                message = "the grammar lost its way here; the rest of the function is used"
                found.append(Diagnostic(file, line, span.name, "parse-error", message))
    for member in program.members.values():
        if member.name in program.catalog.apis:
            continue
        if member.analysis.exhausted:
            message = "more paths than are followed: verdicts that depend on them are unknown"
            found.append(
                Diagnostic(member.file, member.unit.line, member.name, "too-many-paths", message)
            )
        for odd in member.analysis.oddities.values():
            if odd.lock and not odd.lock.startswith("&"):
                message = _ODD[odd.kind].format(odd.lock)
                found.append(
                    Diagnostic(member.file, member.line(odd.line), member.name, odd.kind, message)
                )
    return found
