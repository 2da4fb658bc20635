"""The field accesses of some files: what a worker finds, and all that it asked of the tree.

Files are read in *stretches*, each with nothing known before.  So what is found in one depends
on its files and on the answers that it was given, whichever process reads it and whatever was
read before; and it is true for as long as these are the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zlib import crc32

import msgspec
import numpy as np

from lockmap.facts.file import FileFacts, Span
from lockmap.facts.model import Assign, Call, Function, Name
from lockmap.facts.read import read_named
from lockmap.facts.render import walk
from lockmap.locks.paths import object_path, plain
from lockmap.locks.single import aliases_of
from lockmap.program.accesses import accesses
from lockmap.program.expected import expect
from lockmap.program.index import NameIndex, build_index, open_index
from lockmap.program.kept import Kept
from lockmap.program.sources import Sources
from lockmap.program.types import Types
from lockmap.rules.lifetime_data import load_lifetimes
from lockmap.rules.lifetimes import GIVEN, NORMAL, lives, passed
from lockmap.scan.asked import AskedIndex, AskedReader
from lockmap.syntax.hashing import short_hash
from lockmap.syntax.mask import load_masks
from lockmap.tree.source import Source

Touch = tuple[int, int, str, str, str, str, str]
"""(line, column, struct, field, mode, phase, object) of an access; phase as in rules.lifetimes."""
Untold = tuple[int, int, str, str]
"""(line, column, field, cause) of one whose struct was not told."""
Passed = tuple[int, str, int, int]
"""(line, callee or nothing, number of the argument, whose object it is) of what calls are given:
see rules.lifetimes.passed."""
_LONGEST_PATH = 60


class Touching(msgspec.Struct, frozen=True, array_like=True):
    """A function of interest and what it accesses; lines are those of the file."""

    span: Span
    named: bool
    """Whether it was read here for the first time: it operates on no lock."""
    touches: tuple[Touch, ...]
    untold: tuple[Untold, ...]
    deep: bool = False
    """Whether it is nested too deeply to be followed."""
    passed: tuple[Passed, ...] = ()


class Found(msgspec.Struct, frozen=True, array_like=True):
    """The functions of one file, in order of line."""

    path: bytes
    functions: tuple[Touching, ...]


class Trace(msgspec.Struct, frozen=True, array_like=True):
    """What a stretch asked, as sorted short hashes (of names, of paths), and what it found.

    A hash that two names share only makes a stretch be read once more.
    """

    files: tuple[bytes, ...]
    mentioned: bytes
    """Names of which it asked which headers mention them."""
    defined: bytes
    """Names of which it asked who defines them."""
    read: bytes
    """Files whose text it read."""
    looked: bytes
    """Paths of which it asked whether the tree has them."""
    found: bytes
    """MessagePack of list[Found]."""


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker needs."""

    source: Source
    folder: Path
    """Where the index lies; see ``index.open_index``."""
    transparent: frozenset[str]
    typed: bool = True
    """Whether accesses are wanted, and not only how well functions can be read."""


NO_INDEX = build_index([])
"""Without types, nothing is asked of the index."""
Stretch = Sequence[tuple[str, bytes]]
"""(path, MessagePack of FileFacts) of files, in order."""


def touch_in_worker(job: Job, stretch: Stretch) -> bytes:
    """MessagePack of the Trace of *stretch*."""
    try:
        index = _index(job.folder) if job.typed else NO_INDEX
        trace = touch(
            job.source.read, index, job.transparent, stretch, _kept(job.folder), typed=job.typed
        )
    finally:
        job.source.close()
    return msgspec.msgpack.encode(trace)


@cache
def _index(folder: Path) -> NameIndex:
    """The index, mapped once in a process."""
    return open_index(folder)


@cache
def _kept(folder: Path) -> Kept:  # noqa: ARG001 (that of one scan)
    """What the texts of the tree told this process in the stretches before."""
    return Kept()


def touch(
    read: Callable[[str], bytes],
    index: NameIndex,
    transparent: frozenset[str],
    stretch: Stretch,
    kept: Kept,
    *,
    typed: bool = True,
) -> Trace:
    """Read the functions of interest of *stretch*, and what they access if it is to be *typed*.

    *kept*: what the texts of the same tree have told before, for other stretches.
    """
    asked = AskedIndex(lambda: index)
    reader = AskedReader(read)
    sources = Sources(reader, asked, kept=kept, noted=reader.paths.add)
    types = Types(sources, {})
    functions = [
        (path, _functions(path, facts, sources.raw, typed=typed)) for path, facts in stretch
    ]
    expect(((p, f) for p, found in functions for _, _, f in found if f is not None), types)
    found = [
        Found(
            os.fsencode(path),
            tuple(
                _touching(path, *one, types, transparent)
                if typed
                else Touching(one[0], one[1], (), ())
                for one in of_file
            ),
        )
        for path, of_file in functions
    ]
    return Trace(
        tuple(os.fsencode(path) for path, _ in stretch),
        _packed(short_hash(name) for name in asked.asked_mentions),
        _packed(short_hash(name) for name in asked.asked_definitions),
        _packed(path_hash(os.fsencode(path)) for path in reader.paths),
        _packed(path_hash(os.fsencode(path)) for path in asked.asked_paths),
        msgspec.msgpack.encode(found),
    )


def _functions(
    path: str, facts: bytes, read: Callable[[str], bytes], *, typed: bool
) -> list[tuple[Span, bool, Function | None]]:
    """The functions of interest of a file: those that are known, and those to be read."""
    known = msgspec.msgpack.decode(facts, type=FileFacts)
    of_units = {unit.line: unit.function for unit in known.units}
    found: list[tuple[Span, bool, Function | None]] = [
        (span, False, of_units.get(span.line) if typed else None) for span in known.spans
    ]
    if known.named:
        data = read(path)  # empty if it is gone since it was triaged
        for named in known.named:
            if named.end <= len(data):
                function, span = read_named(data, named, load_masks(), facts=typed)
                found.append((span, True, function))
    return sorted(found, key=lambda one: one[0].line)


def _touching(
    path: str,
    span: Span,
    named: bool,
    function: Function | None,
    types: Types,
    transparent: frozenset[str],
) -> Touching:
    if function is None:
        return Touching(span, named, (), (), deep=True)
    assigns, made = _assigned_and_called(function)
    aliases = aliases_of(function, assigns)
    try:
        found = accesses(
            function, path, types, lambda e: plain(object_path(e, aliases, transparent))
        )
    except RecursionError:
        return Touching(span, named, (), (), deep=True)
    called = {c.function.id for c in made if isinstance(c.function, Name)}
    assigned = {a.target.id for a in assigns if isinstance(a.target, Name)}
    own = lives(function, called, assigned, load_lifetimes())
    given = {name: f"{GIVEN}{number}" for name, number in own.given.items()}
    by = span.line - 1
    return Touching(
        span,
        named,
        tuple(
            (
                by + a.line,
                a.column,
                a.struct,
                a.field,
                a.mode,
                own.phases.get(((a.line, a.column), a.field)) or given.get(a.path, NORMAL),
                a.path if len(a.path) <= _LONGEST_PATH else a.path[: _LONGEST_PATH - 3] + "...",
            )
            for a in found.accesses
        ),
        tuple((by + u.line, u.column, u.field, u.cause) for u in found.unresolved),
        passed=tuple(
            (by + call.at[0], call.function.id if isinstance(call.function, Name) else "", n, of)
            for call, n, of in passed(made, own)
        )
        if own.given or own.new_at
        else (),
    )


def _assigned_and_called(function: Function) -> tuple[list[Assign], list[Call]]:
    """All assignments in *function*, and all calls."""
    assigns: list[Assign] = []
    made: list[Call] = []
    for flow in function.flows:
        for step in flow.steps:
            for part in walk(step.expr):
                if isinstance(part, Call):
                    made.append(part)
                elif isinstance(part, Assign):
                    assigns.append(part)
    return assigns, made


def path_hash(path: bytes) -> int:
    """A short hash of a path."""
    return crc32(path)


def _packed(hashes: Iterable[int]) -> bytes:
    return np.unique(np.fromiter(hashes, dtype=np.uint32)).tobytes()
