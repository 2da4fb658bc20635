"""Tells whether a call is an operation on a lock, and of which object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from lockmap.facts.model import Call, ExprT, Function, Name
from lockmap.facts.render import render
from lockmap.locks.catalog import Catalog, Row
from lockmap.locks.paths import last_member, object_path, plain
from lockmap.locks.single import single_aliases
from lockmap.locks.spec import Api, Guard, Lock


class Owners(Protocol):
    """Answers what struct an object is of."""

    def is_struct(
        self, path: str, struct: str, member: str, kind: str, within: Function
    ) -> bool | None:
        """Whether the object at *path* is a ``struct`` *struct*; None when that cannot be told.

        Its *member* of C type *kind* is used as a lock in function *within*.
        """

    def named_path(self, name: str) -> str:
        """The path that macro *name* stands for (``#define OUR_SEM (&x->sem)``), or nothing."""

    def struct_of(self, path: str, within: Function) -> str | None:
        """The struct that *path* is or points to in *within*; None when it cannot be told."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One lock operation.

    ``lock`` is empty for a lock passed in as a parameter: whose it is, only the caller knows.
    """

    lock: str
    op: str
    mode: str
    path: str
    api: str
    argument: str
    held: ExprT | None
    primitive: str = ""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A primitive on a member with a lock's name, whose owner's type could not be told."""

    api: str
    argument: str
    member: str


def substitute(paths: list[str]) -> dict[str, str]:
    """Aliases that give a specification's ``arg0``, ``arg1`` the paths of real arguments."""
    return {f"arg{i}": path for i, path in enumerate(paths)}


class Recogniser:
    """Recognises operations in one function."""

    def __init__(self, catalog: Catalog, owners: Owners, within: Function) -> None:
        self._catalog = catalog
        self._owners = owners
        self._within = within
        self._accessors = catalog.semantics.transparent
        self._single: dict[str, str] | None = None

    def _set_once(self) -> dict[str, str]:
        """Other names of objects that are so in all of the function."""
        if self._single is None:
            self._single = single_aliases(self._within)
        return self._single

    def path(self, expr: ExprT, aliases: Mapping[str, str]) -> str:
        """The object path of *expr* here."""
        return plain(self._noted(expr, aliases))

    def _noted(self, expr: ExprT, aliases: Mapping[str, str]) -> str:
        """The object path with what casts and macros tell of types."""
        return object_path(expr, aliases, self._accessors)

    def call(self, call: Call, aliases: Mapping[str, str]) -> Operation | Unresolved | None:
        """The operation that *call* is, if it is one."""
        if not isinstance(call.function, Name):
            return None
        return self._first(
            self._catalog.apis.get(call.function.id, ()), call.function.id, call.args, aliases
        )

    def guard(self, call: Call, aliases: Mapping[str, str]) -> Operation | Unresolved | None:
        """The operation of ``guard(name)(args)``, if *name* guards a lock."""
        inner = call.function
        if not isinstance(inner, Call) or not inner.args or not isinstance(inner.args[0], Name):
            return None
        name = inner.args[0].id
        return self._first(self._catalog.guards.get(name, ()), name, call.args, aliases)

    def _first(
        self, rows: tuple[Row, ...], name: str, args: tuple[ExprT, ...], aliases: Mapping[str, str]
    ) -> Operation | Unresolved | None:
        doubt: Unresolved | None = None
        if len(rows) > 1:
            rows = self.fitting(rows, args, aliases)
        for row in rows:
            found = (
                self._of_object(row, name, args, aliases)
                if row.lock
                else self._of_primitive(row, name, args, aliases)
            )
            if isinstance(found, Operation):
                return found
            doubt = doubt or found
        return doubt

    def fitting(
        self, rows: tuple[Row, ...], args: tuple[ExprT, ...], aliases: Mapping[str, str]
    ) -> tuple[Row, ...]:
        """Of the *rows* of one function, those whose object has the right type in this call.

        A function that changed its arguments has a row for each form; where types do not
        tell, the row of this kernel's version is taken.
        """
        bound = substitute([self.path(a, aliases) for a in args])
        sure: list[Row] = []
        open_: list[Row] = []
        for row in rows:
            struct = None
            if row.lock is not None:
                struct = self._owners.struct_of(
                    object_path(row.object, bound, self._accessors), self._within
                )
            if row.lock is None or struct is None:
                open_.append(row)
            elif struct == row.lock.object:
                sure.append(row)
        told = {row.lock.name for row in sure if row.lock is not None}
        rest = [row for row in open_ if row.lock is None or row.lock.name not in told]
        return (*sure, *([row for row in rest if row.current] or rest))

    def _operation(
        self,
        row: Row,
        lock: str,
        path: str,
        name: str,
        args: tuple[ExprT, ...],
        primitive: str = "",
    ) -> Operation:
        spec = row.spec
        op = spec.op if isinstance(spec, Api) else "acquire"
        if isinstance(spec, Guard) and row.held is not None:
            op = "try"
        return Operation(
            lock,
            op,
            spec.mode,
            plain(path),
            name,
            render(args[0]) if args else "",
            row.held,
            primitive,
        )

    def _of_object(
        self, row: Row, name: str, args: tuple[ExprT, ...], aliases: Mapping[str, str]
    ) -> Operation:
        """A function that takes the object itself: ``mmap_read_lock(mm)``."""
        assert row.lock is not None
        bound = substitute([self._noted(a, aliases) for a in args])
        return self._operation(
            row, row.lock.name, object_path(row.object, bound, self._accessors), name, args
        )

    def _of_primitive(
        self, row: Row, name: str, args: tuple[ExprT, ...], aliases: Mapping[str, str]
    ) -> Operation | Unresolved | None:
        """A function on any lock of a kind: ``down_read(&mm->mmap_sem)``."""
        bound = substitute([self._noted(a, aliases) for a in args])
        path = object_path(row.object, bound, self._accessors)
        if path.isupper() and path.isidentifier():
            path = self._owners.named_path(path) or path
        owner, member = last_member(path)
        if member in self._catalog.semantics.lock_members and owner:
            owner, member = last_member(owner)
        member = plain(member)
        if not owner and member in self._set_once():
            # The paths that were joined here knew no common object: the text has only one.
            bound = substitute([self._noted(a, self._set_once()) for a in args])
            path = object_path(row.object, bound, self._accessors)
            owner, member = last_member(path)
            member = plain(member)
        if not owner:
            return self._of_parameter(row, name, args, member)
        doubt = None
        for lock, field in self._catalog.fields.get(member, ()):
            if row.primitive not in {field.primitive, "any"}:
                continue
            kind = self._catalog.types.get(field.primitive, "")
            verdict = self._owners.is_struct(owner, field.struct, member, kind, self._within)
            if verdict is None and self._within.kind == "macro":
                # A macro's parameter has no type: the lock's own words must do.
                verdict = plain(last_member(owner)[1]) in lock.interest.names or None
            if verdict and row.primitive == "any" and not self._telling(lock, member, owner):
                # That one struct has such a member of that type says nothing of other types.
                verdict = None
            if verdict:
                return self._operation(row, lock.name, owner, name, args)
            if verdict is None:
                doubt = Unresolved(name, render(args[0]) if args else "", member)
        return doubt

    def _telling(self, lock: Lock, member: str, owner: str) -> bool:
        """Whether it is by its own name, or by its owner's type, that *member* is the lock."""
        if member in lock.interest.names or self._within.kind == "macro":
            return True
        return self._owners.struct_of(owner, self._within) is not None

    def _of_parameter(
        self, row: Row, name: str, args: tuple[ExprT, ...], member: str
    ) -> Operation | None:
        """A primitive on a lock that came in as a parameter: the caller knows whose it is."""
        kind = dict(self._within.params).get(member)
        if kind is None and self._within.kind != "macro":
            return None
        wanted = self._catalog.types.get(row.primitive, "")
        if self._within.kind == "function" and (not wanted or wanted not in (kind or "")):
            return None
        if self._within.kind == "macro" and (kind is None or row.primitive == "any"):
            return None
        return self._operation(row, "", member, name, args, row.primitive)

    def ends_with_another(self, lock: str, mode: str) -> bool:
        """Whether a hold of *lock* in *mode* ends with that of another lock, not by itself."""
        return any(
            (lock, mode) == dependent
            for dependents in self._catalog.ended_by.values()
            for dependent in dependents
        )

    def as_lock(self, path: str, primitive: str, within: Function) -> tuple[str, str] | None:
        """(lock, object path) when *path* is the address of a known lock member."""
        owner, member = last_member(path)
        member = plain(member)
        for lock, field in self._catalog.fields.get(member, ()) if owner else ():
            kind = self._catalog.types.get(field.primitive, "")
            if field.primitive == primitive and self._owners.is_struct(
                owner, field.struct, member, kind, within
            ):
                return lock.name, owner
        return None
