"""A function with everything the map says about its lines, ready to be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lockmap.cli.source_lines import shown
from lockmap.escape import visible
from lockmap.map.filters import Filter
from lockmap.map.read import Map
from lockmap.map.read_faults import Fault
from lockmap.map.records import Contract, Section, Site, Span

DIRECT, INDIRECT, FAULTING = ">", "~", "f"
"""Marks a line with a lock operation, one whose callee does it, and one that may fault."""


@dataclass(frozen=True, slots=True)
class Line:
    """One source line and its margin."""

    number: int
    mark: str
    states: tuple[str, ...]
    """Before the line, one per lock; empty where the map has none."""
    code: str


@dataclass(frozen=True, slots=True)
class View:
    """A function as ``lockmap show`` draws it."""

    span: Span
    locks: tuple[str, ...]
    contracts: tuple[str, ...]
    lines: tuple[Line, ...]
    verdicts: tuple[tuple[str, str], ...]
    """Text of each section, and its verdict."""
    unchanged: tuple[str, ...] = ()
    """Locks that are as the caller left them on every line: the margin shows nothing."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the map holds about one file, for one lock or all (empty name)."""

    sites: tuple[Site, ...]
    sections: tuple[Section, ...]
    contracts: tuple[Contract, ...]
    states: dict[tuple[int, str], str]
    faults: tuple[Fault, ...] = ()

    @classmethod
    def of(cls, opened: Map, file: str, lock: str) -> FileFacts:
        """Read them."""
        wanted = Filter(path=file, lock=lock)
        return cls(
            sites=opened.sites(wanted),
            sections=opened.sections(wanted),
            contracts=opened.contracts(wanted),
            states={(item.line, item.lock): item.state for item in opened.states(wanted)},
            faults=opened.faults(wanted),
        )

    def touches(self, span: Span) -> bool:
        """Whether a lock operation, section or contract lies in the function."""
        lines = [site.line for site in self.sites]
        lines += [section.acquire_line for section in self.sections]
        lines += [contract.line for contract in self.contracts]
        return any(span.line <= line <= span.end_line for line in lines)


def view(span: Span, facts: FileFacts, source: Sequence[bytes], lock: str) -> View:
    """Lines *span* of *source* (the file's lines) with their margin."""
    inside = range(span.line, span.end_line + 1)
    sites = [site for site in facts.sites if site.line in inside]
    sections = [section for section in facts.sections if section.acquire_line in inside]
    seen = {name for number, name in facts.states if number in inside}
    seen |= {site.lock for site in sites} | {section.lock for section in sections}
    locks = (lock,) if lock else tuple(sorted(seen))
    marks = {f.line: FAULTING for f in facts.faults if f.line in inside and not f.quiet}
    for site in sites:
        if site.direct or marks.get(site.line) != DIRECT:
            marks[site.line] = DIRECT if site.direct else INDIRECT
    # A line past the end (the file has shrunk) is simply not there.
    numbers = range(max(span.line, 1), min(span.end_line, len(source)) + 1)
    return View(
        span=span,
        locks=locks,
        contracts=tuple(
            _named(contract.text, contract.lock, locks)
            for contract in facts.contracts
            if contract.function == span.function and contract.line in inside
        ),
        lines=tuple(
            Line(
                number=number,
                mark=marks.get(number, ""),
                states=tuple(facts.states.get((number, name), "") for name in locks),
                code=shown(source[number - 1]),
            )
            for number in numbers
        ),
        verdicts=tuple(
            (_named(section_text(section), section.lock, locks), visible(section.paths))
            for section in sections
        ),
        unchanged=tuple(
            name
            for name in locks
            if not any(number in inside and of == name for number, of in facts.states)
        ),
    )


def _named(text: str, lock: str, locks: tuple[str, ...]) -> str:
    return visible(f"{lock}: {text}" if len(locks) > 1 else text)


def section_text(section: Section) -> str:
    """``write on mm from 120 to 150, 160; read at 140``."""
    text = f"{section.mode} on {section.object} from line {section.acquire_line}"
    text += _end(section)
    for line, mode in section.mode_changes:
        text += f"; {mode} at {line}"
    if section.contract and section.release_lines:
        text += f"; {section.contract}"
    if section.witness:
        text += f"; path {' > '.join(map(str, section.witness))}"
    return text


def _end(section: Section) -> str:
    """Where the section ends, or why it does not in this function."""
    if section.release_lines:
        return f" to {', '.join(map(str, section.release_lines))}"
    match section.contract:
        case "returns-held":
            return " to whoever called (returns-held)"
        case "paired":
            return " to its partner callback (paired)"
        case "":
            return "; no release of it was found"
    return f" to the end of another lock ({section.contract})"
