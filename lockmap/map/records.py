"""The rows of the map, one dataclass per listing.

Field names are the keys of ``--format jsonl`` and are stable within a schema version.
Paths are relative to the tree root; lines and columns count from 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lockmap.locks.held import Held

Op = Literal["acquire", "try", "release", "downgrade", "upgrade", "assert", "init"]
Mode = Literal["read", "write", "any"]
Verdict = Literal["balanced", "leaks", "unknown"]
Kind = Literal["read", "write", "readwrite", "address"]
Phase = Literal["normal", "init", "teardown"]


@dataclass(frozen=True, slots=True)
class Site:
    """One lock operation in the source (``lockmap sites``)."""

    file: str
    line: int
    column: int
    function: str
    """Enclosing function or function-like macro; ``sys_NAME`` for ``SYSCALL_DEFINEn(NAME)``."""
    lock: str
    op: Op
    mode: Mode
    api: str
    """The function, macro or guard named at this place."""
    argument: str
    """The argument that names the object, as written."""
    direct: bool
    """False where a called function or macro acquires or releases for its caller."""
    definition: bool
    """True inside the definition of the lock API itself."""
    condition: str
    """Preprocessor condition around it, as written (``CONFIG_NUMA``, ``0``); empty = none."""


@dataclass(frozen=True, slots=True)
class Section:
    """One critical section: an acquisition and everything that ends it (``lockmap sections``)."""

    id: str
    """``FILE:LINE:COLUMN:LOCK`` of the acquisition: stable while the source is."""
    file: str
    function: str
    lock: str
    object: str
    """The object whose lock it is, as a canonical C expression (``current->mm``)."""
    mode: Mode
    acquire_line: int
    release_lines: tuple[int, ...]
    """Lines of this function that end the section, calls that drop the lock included."""
    mode_changes: tuple[tuple[int, str], ...]
    """(line, new mode) of downgrades and upgrades."""
    paths: Verdict
    contract: str
    """Why a path may leave the function with the lock held: empty, ``returns-held``, ``paired``."""
    calls: int
    """Calls made while the section is open in this function."""
    accesses: int
    """Member accesses made while it is open in this function."""
    cost: tuple[str, ...]
    """What makes it long: ``loop``, ``sleeps`` and the like; empty until known."""
    witness: tuple[int, ...]
    """For ``leaks`` and ``unknown``: the lines of one path, acquisition to exit."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What a function does to a lock its caller sees (effects by outcome)."""

    file: str
    line: int
    function: str
    lock: str
    text: str
    """In plain words: ``returns with mm held for read when result != 0``."""


@dataclass(frozen=True, slots=True)
class LineState:
    """The lock state before a line of a function, for the margin of ``lockmap show``."""

    file: str
    function: str
    line: int
    lock: str
    state: str
    """``-`` not held; ``R``, ``W`` held; ``R?``, ``W?`` on some paths; ``c`` as in the caller.

    ``-?`` the caller's hold dropped on some paths; ``x`` no path comes here.
    """


@dataclass(frozen=True, slots=True)
class Span:
    """A function of interest: where it stands and whether it was read whole."""

    file: str
    function: str
    line: int
    end_line: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Something lockmap could not read, type, resolve or trust; counted and listed."""

    file: str
    line: int
    function: str
    kind: str
    """Stable slug: ``parse-error``, ``unreadable``, ``not-utf8``, ``unknown-owner`` ..."""
    message: str


@dataclass(frozen=True, slots=True)
class Wait:
    """A function that takes a lock itself: entered with it held it would wait for ever."""

    file: str
    line: int
    function: str
    lock: str
    taken_line: int
    """Where it takes the lock."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A place at which a function shows that it needs a lock of its caller."""

    file: str
    line: int
    function: str
    lock: str
    what: Literal["asserts", "drops", "changes"]
    mode: Mode
    at: int
    """The line."""
    always: bool
    """Whether every way through the function comes there."""


@dataclass(frozen=True, slots=True)
class Access:
    """An access of a field of a struct (``lockmap accesses``)."""

    file: str
    line: int
    column: int
    """Of the field's name."""
    function: str
    struct: str
    """Tag of the struct, or its typedef's name; ``outer.member`` for an unnamed part; empty
    where it was not told: then ``cause`` says why."""
    field: str
    access: Kind
    held: Held
    """How the lock that was asked for is held there."""
    phase: Phase
    """``init``, ``teardown``: of an object that is not shared yet, or no longer."""
    object: str
    """Whose field it is, as an object path: ``current.mm``."""
    locks: tuple[tuple[str, Held], ...]
    """(lock, how it is held there), of every lock."""
    violates: str
    """The inferred rules that it breaks: empty, ``read``, ``write`` or ``read write``."""
    cause: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Under which locks a field is read and written, as accesses show (``lockmap rules``)."""

    struct: str
    field: str
    read_rule: str
    """``none``, ``unclear``, ``mmap_lock read``, ``mmap_lock write + vma_lock write`` ..."""
    write_rule: str
    support: tuple[tuple[str, int, int, int], ...]
    """(read or write, accesses that follow the rule, of how many it can be told, of how many)."""
    counts: tuple[tuple[str, str, str, str, int], ...] = ()
    """(access, phase, top folder, locks held, how many)."""
    documented: str = ""
    agreement: str = ""
    violations: tuple[tuple[str, int, int, str, str], ...] = ()
    """(file, line, column, function, rule that is broken)."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file with functions of interest, as it was when scanned; tells whether it has changed."""

    path: str
    size: int
    """Bytes."""
    stamp: str
    """What the tree says about its content, as ``FileEntry.stamp``; empty = nothing."""


@dataclass(frozen=True, slots=True)
class MapData:
    """Everything one scan found, ready to be written."""

    meta: dict[str, str]
    """Tree, kernel version, revision, counts: documented in docs/reference/map.md."""
    sites: tuple[Site, ...]
    sections: tuple[Section, ...]
    contracts: tuple[Contract, ...]
    states: tuple[LineState, ...]
    spans: tuple[Span, ...]
    diagnostics: tuple[Diagnostic, ...]
    files: tuple[FileRow, ...] = ()
    waits: tuple[Wait, ...] = ()
    """Written with the tables about functions."""
    claims: tuple[Claim, ...] = ()
    """The contracts say them; those that assert are written with the tables about functions."""
    accesses: tuple[Access, ...] = ()
    rules: tuple[Rule, ...] = ()
    """Without ``counts`` and ``violations``: the accesses tell."""
