"""Rows about the functions of a tree: who may run under a lock, what stands in which member."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from lockmap.map.examined_records import NOT_EXAMINED, Examined

Must = Literal["none", "read", "write", "either"]
Via = Literal["direct", "call", "callback"]


Step = tuple[str, int, str, str]
"""One step of a witness: on a line of a file, a function is reached, and how.

The first step is the acquisition: there the function takes the lock, by the lock function named,
or downgrades what its caller holds.
The others are ``call``, ``callback STRUCT.FIELD`` or ``handed to FUNCTION``.
"""
STEP_PARTS = ("file", "line", "function", "how")


@dataclass(frozen=True, slots=True)
class FunctionContext:
    """A function that may run under a lock (``lockmap functions``)."""

    file: str
    line: int
    function: str
    modes: tuple[str, ...]
    """In which modes: ``read``, ``write``."""
    must: Must
    """How the lock is held whenever the function runs, as far as all its calls are known."""
    distance: int
    """Calls from the function that takes the lock, by the lightest way."""
    via: Via
    """``direct``: called by the function that takes the lock; ``callback``: on the way some
    function is called through a pointer."""
    witness: tuple[Step, ...]
    """The lightest way."""
    lock: str
    faults: tuple[int, ...] = ()
    """Lines on which it accesses user memory, and so may take the lock through a page fault."""


@dataclass(frozen=True, slots=True)
class CallbackRow:
    """A function that is put into a member of a struct (``lockmap callbacks``)."""

    struct: str
    field: str
    function: str
    file: str
    line: int
    """Where it is put there."""


FunctionRow = tuple[int, int, int, int, str]
"""key, file (a number), first and last line, name."""
ContextRow = tuple[int, ...]
"""function (key), must (a number); then in read and again in write mode: distance, function that
calls (key), line of the call, how (a number), via (a number); where it is not reached -1, 0 ..."""
VIAS: tuple[Via, ...] = ("direct", "call", "callback")
MUSTS: tuple[Must, ...] = ("none", "read", "write", "either")


@dataclass(frozen=True)
class Contexts:
    """Everything about functions, as it is written; numbers refer to rows of the same.

    Rows by the hundred thousand are made as they are written, and only once.
    """

    files: Sequence[str] = ()
    hows: Sequence[str] = ()
    functions: Iterable[FunctionRow] = ()
    contexts: dict[str, Iterable[ContextRow]] = field(default_factory=dict)
    """By lock."""
    members: Sequence[tuple[str, str]] = ()
    callbacks: Iterable[tuple[int, int, int, int]] = ()
    """member (a number), function (key), file (a number), line."""
    waits: Sequence[tuple[str, int, int]] = ()
    """lock, function (key), line where it takes the lock."""
    examined: Examined = NOT_EXAMINED


NO_CONTEXTS = Contexts()
