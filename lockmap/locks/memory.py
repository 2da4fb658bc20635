"""What explorations found, kept with all that they asked: between two scans of a tree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from hashlib import blake2b

import msgspec

from lockmap.facts.model import Function, Position
from lockmap.locks.analysis import Analysis, SectionFacts
from lockmap.locks.questions import Question
from lockmap.locks.summary import Summary

_encode = msgspec.msgpack.Encoder().encode
_ordered = msgspec.msgpack.Encoder(order="deterministic").encode
_MOST_TRACES = 8
"""Explorations of one function that are kept."""


class _Kept(msgspec.Struct, array_like=True):
    """An analysis as it is written: sections name the exits of the function by number."""

    analysis: Analysis
    """Without sections."""
    sections: list[tuple[tuple[Position, str], SectionFacts, list[int]]]


_decode = msgspec.msgpack.Decoder(_Kept).decode


class Trace(msgspec.Struct, array_like=True):
    """One exploration of a function: what it asked, and what it found."""

    questions: tuple[Question, ...]
    found: bytes
    """MessagePack of the analysis."""
    summary: Summary
    """That of the analysis, no hold being unconfirmed."""

    def analysis(self) -> Analysis | None:
        """What it found; None where that is damaged."""
        try:
            kept = _decode(self.found)
            exits = kept.analysis.exits
            sections = {
                key: replace(section, exits=[exits[n] for n in numbers])
                for key, section, numbers in kept.sections
            }
        except (msgspec.MsgspecError, IndexError, ValueError, RecursionError):
            return None
        return replace(kept.analysis, sections=sections)


Traces = dict[bytes, list[Trace]]
"""By what tells a function, in its place, from all others."""


@dataclass(slots=True)
class Memory:
    """The explorations of an earlier scan, and those that hold for this one."""

    before: Traces = field(default_factory=dict)
    now: Traces = field(default_factory=dict)

    def recall(self, key: bytes) -> Iterable[Trace]:
        """Explorations of a function, those of this scan first."""
        known = self.now.get(key, [])
        yield from list(known)
        yield from (t for t in self.before.get(key, ()) if all(t is not k for k in known))

    def knows(self, key: bytes) -> bool:
        """Whether there is an exploration of a function."""
        return key in self.now or key in self.before

    def holds(self, key: bytes, trace: Trace) -> None:
        """Keep *trace* for the next scan."""
        known = self.now.setdefault(key, [])
        if all(t is not trace for t in known) and len(known) < _MOST_TRACES:
            known.append(trace)


def trace_of(questions: tuple[Question, ...], analysis: Analysis, summary: Summary) -> Trace | None:
    """The trace of an exploration; None for what cannot be written (a name that is not UTF-8)."""
    numbers = {id(e): n for n, e in enumerate(analysis.exits)}
    sections = [
        (key, replace(section, exits=[]), [numbers[id(e)] for e in section.exits])
        for key, section in analysis.sections.items()
    ]
    try:
        found = _encode(_Kept(replace(analysis, sections={}), sections))
        _encode((questions, summary))
    except UnicodeEncodeError:
        return None
    return Trace(questions, found, summary)


def key_of(id_: str, function: Function) -> bytes:
    """Tells *function*, known as *id_*, from all others, whatever line it stands at."""
    digest = blake2b(id_.encode("utf-8", "surrogatepass"), digest_size=16)
    digest.update(_encode(function))
    return digest.digest()


@dataclass(slots=True)
class Digests:
    """Of summaries: equal for equal summaries only, in every process."""

    _known: dict[int, tuple[Summary, str]] = field(default_factory=dict)
    """By identity; the summary too, whose identity is its own for as long as it is kept."""

    def of(self, summary: Summary | None) -> str:
        """The digest of *summary*; empty for None."""
        if summary is None:
            return ""
        known = self._known.get(id(summary))
        if known is None:
            known = self._known[id(summary)] = (summary, _digest(summary))
        return known[1]


def _digest(summary: Summary) -> str:
    try:
        text = _ordered(summary)
    except UnicodeEncodeError:
        text = repr(summary).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=16).hexdigest()


__all__ = ("Digests", "Memory", "Trace", "Traces", "key_of", "trace_of")
