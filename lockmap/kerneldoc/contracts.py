"""What a function does to its caller's locks, in the words of a ``Context:`` section.

Only what is certain is said.  A contract "on some paths" says that the function may; nothing is
made of one whose words are not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from lockmap.kerneldoc.needs import CertainNeed
from lockmap.kerneldoc.words import load_words
from lockmap.locks.catalog import Catalog, load_specs, parse_version
from lockmap.map.read import Map

_NEEDS = re.compile(r"needs (\w+) held(?: for (read|write))?: (asserts|drops) it on ")
_DROPS = re.compile(r"drops the caller's lock of (\S+)(?: (on some paths)| when (.+))?$")
_RETAKES = re.compile(r"drops and retakes the caller's lock of \S+")
_RETURNS = re.compile(r"returns with (\S+) held for (read|write)(?: when (.+))?$")
_MODES = {"read": " for reading", "write": " for writing"}
_WHEN = {
    "result": "it returns true",
    "!result": "it returns false",
    "result != 0": "it returns non-zero",
    "result == 0": "it returns 0",
    "result > 0": "it returns a positive number",
    "result < 0": "it returns a negative number",
}
"""Conditions that can be said in words."""


@dataclass(frozen=True, slots=True)
class Contracted:
    """A function, and what is certain about it."""

    file: str
    line: int
    function: str
    sentences: tuple[str, ...]
    """``Expects mmap_lock to be held for writing by caller.``"""
    evidence: tuple[str, ...]


@dataclass(slots=True)
class _Facts:
    """What is known of one function and one lock."""

    expects: set[str] = field(default_factory=set)
    """Modes; empty for any."""
    dropped: set[str] = field(default_factory=set)
    """Modes in which it is dropped: they say what is expected where it always is."""
    drops: list[str] = field(default_factory=list)
    """When: empty for always; ``some`` for on some paths."""
    returns: list[tuple[str, str]] = field(default_factory=list)
    """Mode and when."""
    takes: set[str] = field(default_factory=set)
    odd: bool = False
    """Whether something is known that no words are made of."""
    evidence: list[str] = field(default_factory=list)


Key = tuple[str, int, str]


def read_contracted(opened: Map, needs: Iterable[CertainNeed] = ()) -> list[Contracted]:
    """Functions with something certain to say, in the order of file and line."""
    words = load_words()
    found: dict[Key, dict[str, _Facts]] = {}

    def facts(key: Key, lock: str) -> _Facts:
        return found.setdefault(key, {}).setdefault(lock, _Facts())

    for row in opened.contracts():
        _add(facts((row.file, row.line, row.function), row.lock), row.text)
    for need in needs:
        of = facts((need.file, need.line, need.function), need.lock)
        if not of.expects:
            of.expects.add(need.mode)
            of.evidence.append(need.evidence)
    for key, lock, mode, taken, odd in _taken(opened):
        of = facts(key, lock)
        of.takes.add(mode)
        of.odd |= odd
        of.evidence.append(taken)
    order = {lock: number for number, lock in enumerate(opened.locks())}
    default = opened.meta().get("default_lock", "")
    result = []
    for (file, line, function), by_lock in sorted(found.items()):
        sentences: list[str] = []
        evidence: list[str] = []
        for lock in sorted(by_lock, key=lambda name: (name != default, order.get(name, 0), name)):
            said = _sentence(words.of_lock(lock).context, by_lock[lock])
            if said:
                sentences.append(said)
                evidence += by_lock[lock].evidence
        if sentences:
            result.append(Contracted(file, line, function, tuple(sentences), tuple(evidence)))
    return result


def _add(of: _Facts, text: str) -> None:
    needs = _NEEDS.match(text)
    drops, returns = _DROPS.match(text), _RETURNS.match(text)
    if needs:
        (of.expects if needs[3] == "asserts" else of.dropped).add(needs[2] or "")
    elif _RETAKES.match(text):
        # The caller's objects may change meanwhile: more than a few words.
        of.odd = True
    elif drops:
        when = "some" if drops[2] else _WHEN.get(drops[3] or "", "odd" if drops[3] else "")
        of.drops.append(when)
    elif returns:
        when = _WHEN.get(returns[3] or "", "odd" if returns[3] else "")
        of.returns.append((returns[2], when))
    elif text.startswith("needs ") and ": drops it on line" in text:
        pass  # on some paths: the contract that it drops it says so
    elif text.startswith("needs ") and " for the call of " in text:
        return  # whether every way comes there, certain_needs tells
    else:
        of.odd = True
    of.evidence.append(text)


def _taken(opened: Map) -> Iterable[tuple[Key, str, str, str, bool]]:
    """Functions that wait for a lock and release it: (function, lock, mode, evidence, odd)."""
    rows = opened.select(
        "SELECT p.path, f.line, f.name, w.lock, s.mode, s.acquire_line, s.paths, s.contract, "
        "coalesce((SELECT api FROM site t WHERE t.file = s.file AND t.line = s.acquire_line "
        "AND t.lock = s.lock AND t.op IN ('acquire', 'try') AND t.direct = 1 LIMIT 1), '') "
        "FROM wait w JOIN function f ON f.key = w.function JOIN path p ON p.key = f.path "
        "JOIN section s ON s.file = p.path AND s.function = f.name AND s.lock = w.lock "
        "AND s.acquire_line BETWEEN f.line AND f.end_line",
        (str, int, str, str, str, int, str, str, str),
    )
    stale = _Stale(opened.meta().get("kernel", ""))
    for file, line, name, lock, mode, at, paths, contract, api in rows:
        changes = opened.select(
            "SELECT 1 FROM section s JOIN section_mode_change c ON c.section = s.key "
            "WHERE s.file = ? AND s.function = ? AND s.lock = ? LIMIT 1",
            (int,),
            (file, name, lock),
        )
        # What a callee takes, it may take in some configurations only.
        odd = paths != "balanced" or bool(contract or changes) or not api
        odd |= stale.is_of_old(lock, api)
        yield (file, line, name), lock, mode, f"takes {lock} on line {at} ({mode})", odd


@dataclass(slots=True)
class _Stale:
    """Functions that took a lock when it was of another kind than it is in this kernel.

    A map takes them for operations of the lock where a type could not be told.
    """

    kernel: str
    catalog: Catalog = field(default_factory=load_specs)

    def is_of_old(self, lock: str, api: str) -> bool:
        """Whether *api* works on a kind of lock that *lock* is not any more."""
        version = re.match(r"v?\d+\.\d+(?:\.\d+)?", self.kernel)
        spec = self.catalog.lock(lock)
        rows = self.catalog.apis.get(api, ())
        if not version or spec is None or not rows or any(row.lock for row in rows):
            return False
        now = parse_version(version[0])
        kinds = {f.primitive for f in spec.field if not f.until or parse_version(f.until) > now}
        return not any(row.primitive in kinds for row in rows)


def _sentence(lock: str, of: _Facts) -> str:
    """What is said about one lock; empty where something is in doubt."""
    if of.odd or "odd" in of.drops or any(when == "odd" for _, when in of.returns):
        return ""
    if of.takes and not (of.expects or of.drops or of.returns):
        return f"Takes and releases {lock}{_mode(of.takes)}."
    if of.takes:
        return ""
    if of.returns and not (of.expects or of.drops):
        modes, whens = {mode for mode, _ in of.returns}, {when for _, when in of.returns}
        if len(whens) > 1:
            return ""
        when = next(iter(whens))
        return f"Returns with {lock} held{_mode(modes)}{f' if {when}' if when else ''}."
    if of.returns or len(of.expects) > 1 or len(set(of.drops)) > 1:
        return ""
    certain = "" in of.drops
    if not (of.expects or certain):
        return ""
    text = f"Expects {lock} to be held{_mode(of.expects or of.dropped)} by caller"
    if certain:
        return f"{text}, and releases it."
    if of.drops:
        when = of.drops[0]
        return f"{text}, and may release it." if when == "some" else (
            f"{text}, and releases it if {when}."
        )  # fmt: skip
    return f"{text}."


def _mode(modes: set[str]) -> str:
    return _MODES.get(next(iter(modes)), "") if len(modes) == 1 else ""
