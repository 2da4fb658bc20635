"""Lock specifications: what ``queries/primitives`` and ``queries/locks`` say.

A *primitive* is a kind of lock (``struct rw_semaphore``) with the functions that
work on any lock of that kind, given its address.  A *lock* is a class of locks:
the struct field that holds it, of which primitive, and the functions that take the
*object* holding it (``mmap_read_lock(mm)``).  No code names a lock; these files do.

Conditions and objects are C expressions over ``result`` (what the call returns) and
``arg0``, ``arg1``, ... (its arguments), read by the same parser as the kernel's code.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Op = Literal["acquire", "try", "release", "downgrade", "upgrade", "assert", "init"]
Mode = Literal["read", "write", "any"]


class Citation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The kernel commit that introduced or changed a row, in the kernel's own form."""

    commit: str
    """12 hex digits."""
    subject: str
    since: str
    """First released version that has it, as ``v5.8``."""


class Api(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One function or macro that works on the lock itself."""

    name: str
    op: Op
    cite: Citation
    mode: Mode = "any"
    lock: str = "arg0"
    """Address of the lock (primitives) or the object that holds it (locks), as C."""
    held: str = ""
    """When the lock is held after an acquire, try or upgrade: a condition; empty = always."""
    nested: bool = False
    """Made for taking one lock of a class while another of it is held."""
    until: str = ""
    """First version without it; empty = still there."""
    note: str = ""


class Guard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A scope guard: ``guard(name)(x)``, ``scoped_guard(name, x)``, ``CLASS(name, v)(x)``."""

    name: str
    mode: Mode
    cite: Citation
    lock: str = "arg0"
    held: str = ""
    """When the scope holds the lock (``_try`` guards); empty = always."""
    until: str = ""


class Convention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a function does to a lock its caller holds, where that cannot be inferred.

    Summaries are inferred from the code first; a convention is for functions whose
    body is out of sight or decides through a callback (``handle_mm_fault``).
    """

    function: str
    lock: str
    """The object whose lock it is, as C over the arguments."""
    effect: Literal["drops", "acquires"]
    when: str
    """When the effect has happened, as C over ``result``, ``argN`` and ``*argN``."""
    cite: Citation
    possible: str = ""
    """Only then can it happen at all (``arg2 & FAULT_FLAG_ALLOW_RETRY``); empty = any time."""
    never: str = ""
    """What is never so where it has happened (``result & VM_FAULT_ERROR``)."""
    mode: Mode = "any"
    until: str = ""
    note: str = ""


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A convention carried by a parameter: any function that has ``int *locked``."""

    name: str
    type: str
    when: str
    """When the caller's lock was dropped, as C over ``param`` (the pointer)."""
    cite: Citation
    note: str = ""


class Pair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Two callbacks of one operations struct: acquired in one, released in the other."""

    struct: str
    acquire: str
    release: str
    when: str
    """When the first returns with the lock held, as C over ``result``."""
    cite: Citation


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A struct member that is the lock."""

    struct: str
    name: str
    primitive: str
    cite: Citation
    until: str = ""


class Interest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Identifiers whose presence makes a function worth reading for this lock."""

    structs: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class Relation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How this lock hangs on another one."""

    lock: str
    kind: Literal["ended-by", "nested-in", "relieves"]
    mode: Mode = "any"
    note: str = ""


class Primitive(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``queries/primitives/NAME.toml``."""

    name: str
    type: str
    """The C type, as ``struct rw_semaphore``."""
    title: str
    api: tuple[Api, ...]
    guard: tuple[Guard, ...] = ()


class Lock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``queries/locks/NAME.toml``."""

    name: str
    title: str
    object: str
    """The struct whose lock this is: the class is one lock per object of this type."""
    summary: str
    order: int
    """Position in listings; the lowest is what a listing shows when no lock is named."""
    field: tuple[Field, ...] = ()
    api: tuple[Api, ...] = ()
    guard: tuple[Guard, ...] = ()
    convention: tuple[Convention, ...] = ()
    parameter: tuple[Parameter, ...] = ()
    pair: tuple[Pair, ...] = ()
    relation: tuple[Relation, ...] = ()
    interest: Interest = Interest()
