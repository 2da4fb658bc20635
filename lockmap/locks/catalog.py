"""All lock specifications together, selected for one kernel version, ready for look-up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import msgspec

from lockmap.data import load_toml, queries_dir
from lockmap.errors import DataError
from lockmap.facts.model import Call, ExprT, Function, Name
from lockmap.facts.read import read_item
from lockmap.facts.render import walk
from lockmap.locks.spec import Api, Convention, Field, Guard, Lock, Parameter, Primitive
from lockmap.syntax.items import Item
from lockmap.syntax.mask import load_masks

Version = tuple[int, int, int]
_NEWEST: Version = (9999, 0, 0)


class Semantics(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``queries/semantics.toml``."""

    transparent: frozenset[str]
    error_pointer: frozenset[str]
    error_or_null: frozenset[str]
    assertions: frozenset[str]
    requirements: frozenset[str]
    checks: frozenset[str]
    demands: frozenset[str]
    noreturn: frozenset[str]
    stable: frozenset[str]
    lock_members: frozenset[str]


@dataclass(frozen=True, slots=True)
class Row:
    """An API row, guard or convention together with the lock it is of (None: a primitive's)."""

    lock: Lock | None
    primitive: str
    spec: Api | Guard | Convention
    object: ExprT
    held: ExprT | None
    possible: ExprT | None = None
    never: ExprT | None = None
    current: bool = True
    """Whether the row is of this kernel version, by its citation."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """The specifications that hold for one kernel version."""

    locks: tuple[Lock, ...]
    semantics: Semantics
    apis: dict[str, tuple[Row, ...]]
    """Functions by name: rows of locks and of primitives."""
    guards: dict[str, tuple[Row, ...]]
    conventions: dict[str, tuple[Row, ...]]
    fields: dict[str, tuple[tuple[Lock, Field], ...]]
    """Lock members by member name."""
    parameters: dict[str, tuple[tuple[Lock, Parameter, ExprT], ...]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    """C type by primitive name."""
    ended_by: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """Lock → (dependent lock, mode): holds that end when that lock is released."""
    families: tuple[str, ...] = ()
    """Beginnings of the names of flags that conventions ask about (``FAULT_FLAG_``)."""
    flags: frozenset[str] = frozenset()
    """The flags that conventions ask about."""

    def lock(self, name: str) -> Lock | None:
        """The lock called *name*."""
        return next((lock for lock in self.locks if lock.name == name), None)

    @property
    def claiming(self) -> frozenset[str]:
        """The functions and macros that say that a lock is held; not that it may be taken."""
        return frozenset(
            name
            for name, found in self.apis.items()
            for row in found
            if isinstance(row.spec, Api) and row.spec.op == "assert" and row.spec.held != "0"
        )

    @property
    def default(self) -> Lock:
        """The lock that listings show when none is named."""
        return self.locks[0]

    @property
    def implied(self) -> tuple[tuple[str, str], ...]:
        """(lock, other): the first is held for writing only with the other held so."""
        return tuple(
            (lock.name, relation.lock)
            for lock in self.locks
            for relation in lock.relation
            if relation.kind == "nested-in" and relation.mode == "write"
        )

    @property
    def relieved(self) -> tuple[tuple[str, str, str], ...]:
        """(struct, lock, other): who reads a field of the struct may hold lock instead of other."""
        return tuple(
            (lock.object, lock.name, relation.lock)
            for lock in self.locks
            for relation in lock.relation
            if relation.kind == "relieves"
        )


def parse_version(text: str) -> Version:
    """``v5.8`` or ``2.6.32`` as numbers; raises ValueError."""
    match = re.fullmatch(r"v?(\d+)\.(\d+)(?:\.(\d+))?", text)
    if not match:
        raise ValueError(f"not a kernel version: {text!r}")
    return int(match[1]), int(match[2]), int(match[3] or 0)


@cache
def load_specs(version: Version | None = None) -> Catalog:
    """Everything under ``queries/`` that holds for *version* (None: the newest kernel).

    Rows are kept for all versions: backports exist, and a function that is not there is not
    called.  Where a function changed its arguments, the types at the call choose among its
    rows; the version only where types do not tell.
    Raises DataError naming file and key.
    """
    folder = queries_dir()
    semantics = load_toml(folder / "semantics.toml", Semantics)
    primitives = [
        (p, load_toml(p, Primitive)) for p in sorted((folder / "primitives").glob("*.toml"))
    ]
    locks = [(p, load_toml(p, Lock)) for p in sorted((folder / "locks").glob("*.toml"))]
    if not locks:
        raise DataError(f"{folder / 'locks'}: no lock is specified")
    locks.sort(key=lambda pair: (pair[1].order, pair[1].name))
    apis: dict[str, list[Row]] = {}
    guards: dict[str, list[Row]] = {}
    conventions: dict[str, list[Row]] = {}
    fields: dict[str, list[tuple[Lock, Field]]] = {}
    parameters: dict[str, list[tuple[Lock, Parameter, ExprT]]] = {}
    known = {p.name for _, p in primitives}
    for path, primitive in primitives:
        _add_rows(path, None, primitive.name, primitive.api, primitive.guard, apis, guards)
    for path, lock in locks:
        _add_rows(path, lock, "", lock.api, lock.guard, apis, guards)
        for number, member in enumerate(lock.field):
            if member.primitive not in known:
                raise DataError(
                    f"{path}: no such primitive {member.primitive!r} "
                    f"- at `$.field[{number}].primitive`"
                )
            fields.setdefault(member.name, []).append((lock, member))
        for number, row in enumerate(lock.convention):
            where = f"{path}: $.convention[{number}]"
            conventions.setdefault(row.function, []).append(
                Row(
                    lock,
                    "",
                    row,
                    _expression(row.lock, where),
                    _expression(row.when, where),
                    _expression(row.possible, where) if row.possible else None,
                    _expression(row.never, where) if row.never else None,
                    _holds(row.cite.since, row.until, version, where),
                )
            )
        for number, hint in enumerate(lock.parameter):
            where = f"{path}: $.parameter[{number}].when"
            parameters.setdefault(hint.name, []).append((lock, hint, _expression(hint.when, where)))
    flags = _flags(row for rows in conventions.values() for row in rows)
    return Catalog(
        tuple(lock for _, lock in locks),
        semantics,
        {k: tuple(v) for k, v in apis.items()},
        {k: tuple(v) for k, v in guards.items()},
        {k: tuple(v) for k, v in conventions.items()},
        {k: tuple(v) for k, v in fields.items()},
        {k: tuple(v) for k, v in parameters.items()},
        {p.name: p.type for _, p in primitives},
        _ended_by([lock for _, lock in locks]),
        tuple(sorted({"_".join(name.split("_")[:2]) + "_" for name in flags})),
        flags,
    )


def _flags(rows: Iterable[Row]) -> frozenset[str]:
    return frozenset(
        part.id
        for row in rows
        for condition in (row.held, row.possible, row.never)
        for part in walk(condition)
        if isinstance(part, Name) and part.id.isupper()
    )


def _ended_by(locks: list[Lock]) -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for lock in locks:
        for relation in lock.relation:
            if relation.kind == "ended-by":
                found.setdefault(relation.lock, []).append((lock.name, relation.mode))
    return {name: tuple(rows) for name, rows in found.items()}


def _add_rows(
    path: Path,
    lock: Lock | None,
    primitive: str,
    api: tuple[Api, ...],
    guard: tuple[Guard, ...],
    apis: dict[str, list[Row]],
    guards: dict[str, list[Row]],
) -> None:
    tables: tuple[tuple[str, Sequence[Api | Guard], dict[str, list[Row]]], ...] = (
        ("api", api, apis),
        ("guard", guard, guards),
    )
    for kind, rows, table in tables:
        for number, row in enumerate(rows):
            where = f"{path}: $.{kind}[{number}]"
            held = _expression(row.held, where) if row.held else None
            table.setdefault(row.name, []).append(
                Row(lock, primitive, row, _expression(row.lock, where), held)
            )


def _holds(since: str, until: str, version: Version | None, where: str) -> bool:
    at = version or _NEWEST
    try:
        return parse_version(since) <= at and not (until and parse_version(until) <= at)
    except ValueError as error:
        raise DataError(f"{where}: {error}") from error


def _expression(text: str, where: str) -> ExprT:
    """A condition or object of a specification, read by the parser that reads the kernel."""
    clean = b"void m(void)\n{ x(" + text.encode() + b"); }"
    function = read_item(
        clean, Item("function", "", 0, len(clean), clean.index(b"{")), load_masks()
    )
    call = _only_call(function)
    if call is None or len(call.args) != 1:
        raise DataError(f"{where}: not a C expression: {text!r}")
    return call.args[0]


def _only_call(function: Function | None) -> Call | None:
    if function is None or not function.whole:
        return None
    found = [s.expr for s in function.flows[0].steps if isinstance(s.expr, Call)]
    return found[0] if len(found) == 1 else None
