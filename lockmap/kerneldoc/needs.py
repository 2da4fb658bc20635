"""Functions that need a lock for a call that every way through them comes to.

The map says which call it is, but not whether a way leads round it: the text does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lockmap.facts.file import read_file
from lockmap.facts.records import Interest
from lockmap.kerneldoc.comments import comment_of
from lockmap.locks.claims import unavoidable
from lockmap.map.read import Map
from lockmap.tree.source import ReadProblem, Source

_NEEDS = (
    "SELECT p.path, f.line, f.end_line, f.name, n.lock, n.function, n.callee, g.name, n.line "
    "FROM need n JOIN function f ON f.key = n.function JOIN path p ON p.key = f.path "
    "JOIN function g ON g.key = n.callee WHERE f.end_line > 0 ORDER BY p.path, f.line, n.lock"
)
_LONGEST_CHAIN = 100


@dataclass(frozen=True, slots=True)
class CertainNeed:
    """A function that cannot but make a call that needs a lock."""

    file: str
    line: int
    function: str
    lock: str
    mode: str
    """``read``, ``write``; empty: any, or not known."""
    evidence: str


@dataclass(frozen=True, slots=True)
class _Link:
    """A call by which a function needs a lock."""

    file: str
    line: int
    end_line: int
    function: str
    callee: int
    called: str
    at: int


def certain_needs(opened: Map, source: Source) -> Iterator[CertainNeed]:
    """Those with a kernel-doc comment of their own: for the others nothing is written."""
    links: dict[tuple[str, int], _Link] = {}
    for file, line, end, name, lock, function, *call in opened.select(
        _NEEDS, (str, int, int, str, str, int, int, str, int)
    ):
        links[lock, function] = _Link(file, line, end, name, *call)
    asserted: dict[tuple[str, int], set[str]] = {}
    for lock, function, mode in opened.select(
        "SELECT lock, function, mode FROM asserted WHERE always = 1", (str, int, str)
    ):
        asserted.setdefault((lock, function), set()).add(mode)
    for (lock, function), link in links.items():
        lines = _lines(source, link.file)
        if comment_of(lines, link.function, link.line) is None:
            continue
        chain = _chain(lock, function, links)
        if not all(_always(source, one) for one in chain):
            continue
        modes = asserted.get((lock, chain[-1].callee), set())
        mode = next(iter(modes)) if len(modes) == 1 else "any"
        names = " > ".join(one.called for one in chain)
        text = f"needs {lock} for the call of {names} on line {link.at}, to which every way leads"
        yield CertainNeed(
            link.file, link.line, link.function, lock, "" if mode == "any" else mode, text
        )


def _chain(lock: str, function: int, links: dict[tuple[str, int], _Link]) -> list[_Link]:
    """The calls down to the function that shows that it needs the lock."""
    chain: list[_Link] = []
    while (lock, function) in links and len(chain) < _LONGEST_CHAIN:
        chain.append(links[lock, function])
        function = chain[-1].callee
    return chain


def _lines(source: Source, file: str) -> list[bytes]:
    try:
        return re.findall(rb"[^\n]*\n|[^\n]+$", source.read(file))
    except ReadProblem:
        return []


def _always(source: Source, link: _Link) -> bool:
    """Whether every way through a function comes to the call."""
    lines = _lines(source, link.file)[link.line - 1 : link.end_line]
    text, line = b"".join(lines), link.at - link.line + 1
    words = frozenset({link.called.encode()})
    found = read_file(text, Interest(words, words, (), frozenset(), words))
    for unit in found.units:
        flows = unit.function.flows
        if flows and unit.line <= line:
            return all(unavoidable(flow, line - unit.line + 1) for flow in flows)
    return False
