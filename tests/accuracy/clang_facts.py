"""What clang says of one file: its accesses, calls and initialisers, with exact types.

Only what stands in the file itself: what a macro defined elsewhere adds belongs to the macro,
what is in the macro's arguments belongs to the file.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clang import cindex  # type: ignore[import-not-found,unused-ignore]

K = cindex.CursorKind
_ASSIGN, _ADDRESS, _DEREF = 22, 5, 6
_STEPS = frozenset({1, 2, 3, 4})
"""``++`` and ``--``, before and behind."""
_WRAPPERS = frozenset({K.PAREN_EXPR, K.UNEXPOSED_EXPR, K.CSTYLE_CAST_EXPR})
_ARRAYS = frozenset({cindex.TypeKind.CONSTANTARRAY, cindex.TypeKind.INCOMPLETEARRAY})
_NO_FUNCTIONS = ("__builtin_", "__compiletime_assert_", "__sync_", "__atomic_")
_TOLD_AT_COMPILE_TIME = frozenset({"__builtin_constant_p", "__builtin_object_size"})
_WRAPPERS_OF_SYSCALLS = ("__x64_", "__ia32_", "__se_")
"""Functions that macros put around the body of a system call."""
READ, WRITE, BOTH, ADDRESS, UNEVALUATED = "r", "w", "rw", "addr", "uneval"

Place = tuple[int, int]
"""(line, column)."""


class _Ranges(ctypes.Structure):
    _fields_ = [("count", ctypes.c_uint), ("ranges", ctypes.POINTER(cindex.SourceRange))]


@dataclass
class Facts:
    """What one file says."""

    accesses: dict[tuple[Place, str, str, str], set[str]] = field(default_factory=dict)
    """(place, function, struct, field) → modes."""
    calls: set[tuple[str, int, str, str, str, str, bool]] = field(default_factory=set)
    """(caller, line, kind, callee, struct, field, in a macro)."""
    initialisers: set[tuple[str, str, str, int, str, bool]] = field(default_factory=set)
    """(struct, field, function, line, kind, in a macro)."""
    inactive: list[tuple[int, int]] = field(default_factory=list)
    errors: int = 0


def facts_of(path: str, flags: list[str], structs: frozenset[str]) -> Facts:
    """The facts of the file at *path*; accesses of the members of *structs*."""
    unit = cindex.Index.create().parse(path, args=flags)
    reader = _Reader(unit, path, structs)
    reader.found.errors = sum(d.severity >= cindex.Diagnostic.Error for d in unit.diagnostics)
    if not reader.found.errors:
        reader.run()
    return reader.found


def mode_of(modes: set[str]) -> str:
    """The mode of an access that a macro makes several times."""
    done = modes - {UNEVALUATED}
    if BOTH in done or {READ, WRITE} <= done:
        return BOTH
    return next((mode for mode in (WRITE, READ, ADDRESS) if mode in done), UNEVALUATED)


class _Reader:
    def __init__(self, unit: Any, path: str, structs: frozenset[str]) -> None:
        self._unit = unit
        self._structs = structs
        self._file = unit.get_file(path)
        self._lines = Path(path).read_text(encoding="latin-1").split("\n")
        self._main = ctypes.cast(self._file, ctypes.c_void_p).value
        self._function = "-"
        self.found = Facts()

    def run(self) -> None:
        for cursor in self._unit.cursor.get_children():
            if self._where(cursor)[0] is None:
                continue
            if cursor.spelling.startswith(_WRAPPERS_OF_SYSCALLS):
                continue
            if cursor.kind == K.FUNCTION_DECL and cursor.is_definition():
                self._function = cursor.spelling
                for child in cursor.get_children():
                    if child.kind == K.COMPOUND_STMT:
                        self._walk(child, READ)
                self._function = "-"
            elif cursor.kind == K.VAR_DECL:
                self._walk(cursor, READ)
        self.found.inactive = list(self._skipped())

    def _skipped(self) -> Iterator[tuple[int, int]]:
        library = cindex.conf.lib
        library.clang_getSkippedRanges.restype = ctypes.POINTER(_Ranges)
        found = library.clang_getSkippedRanges(self._unit, self._file)
        for number in range(found.contents.count if found else 0):
            extent = found.contents.ranges[number]
            yield extent.start.line, extent.end.line

    def _where(self, cursor: Any) -> tuple[Place | None, bool]:
        """(place in the file, None: elsewhere; whether a macro's body spells it)."""
        spelled, seen = (
            _place(what, cursor.location)
            for what in ("clang_getSpellingLocation", "clang_getFileLocation")
        )
        if seen[0] != self._main:
            return None, False
        return seen[1], spelled != seen

    def _walk(self, cursor: Any, mode: str) -> None:
        kind = cursor.kind
        step = _STEP.get(kind)
        if step is not None:
            step(self, cursor, list(cursor.get_children()), mode)
            return
        for child in cursor.get_children():
            self._walk(child, UNEVALUATED if mode == UNEVALUATED else READ)

    def _all(self, children: list[Any], modes: list[str], mode: str) -> None:
        for child, wanted in zip(children, modes, strict=False):
            self._walk(child, UNEVALUATED if mode == UNEVALUATED else wanted)

    def _member(self, cursor: Any, children: list[Any], mode: str) -> None:
        member = cursor.referenced
        inner = self._inner(children[0]) if children else None
        if inner is not None and inner.kind == K.INTEGER_LITERAL:  # ((struct x *)0)->member
            mode = UNEVALUATED
        if member is not None and member.kind == K.FIELD_DECL:
            struct = _owner(member)
            place, _ = self._where(cursor)
            if struct in self._structs and place is not None and self._spells(place, cursor):
                key = (place, self._function, struct, cursor.spelling)
                self.found.accesses.setdefault(key, set()).add(mode)
        if inner is not None and _is_address(inner):  # (&a->b)->c is a->b.c
            self._types(children[0])
            self._all(list(inner.get_children()), [mode], mode)
            return
        for child in children:
            through = child.type.get_canonical().kind == cindex.TypeKind.POINTER
            self._walk(child, READ if through and mode != UNEVALUATED else mode)

    def _spells(self, place: Place, cursor: Any) -> bool:
        """Whether the name of a member stands there, and not the macro that spells it."""
        line, column = place
        word = re.match(r"\w*", self._lines[line - 1][column - 1 :])
        return word is not None and word[0] == cursor.spelling != ""

    def _unary(self, cursor: Any, children: list[Any], mode: str) -> None:
        operator = cindex.conf.lib.clang_getCursorUnaryOperatorKind(cursor)
        if operator == _ADDRESS:
            self._all(children, [ADDRESS], mode)
        elif operator == _DEREF:
            inner = self._inner(children[0])
            if _is_address(inner):
                self._types(children[0])
                self._all(list(inner.get_children()), [mode], mode)
            else:
                self._all(children, [READ], mode)
        else:
            self._all(children, [BOTH if operator in _STEPS else READ], mode)

    def _inner(self, cursor: Any) -> Any:
        """What parentheses and casts hold."""
        while cursor.kind in _WRAPPERS:
            children = list(cursor.get_children())
            if not children:
                break
            cursor = children[-1]
        return cursor

    def _types(self, cursor: Any) -> None:
        """What the types in parentheses and casts name, which is not evaluated."""
        while cursor.kind in _WRAPPERS:
            children = list(cursor.get_children())
            if not children:
                break
            for child in children[:-1]:
                self._walk(child, UNEVALUATED)
            cursor = children[-1]

    def _binary(self, cursor: Any, children: list[Any], mode: str) -> None:
        assigns = cindex.conf.lib.clang_getCursorBinaryOperatorKind(cursor) == _ASSIGN
        if assigns and len(children) == 2:
            self._put(self._inner(children[0]).referenced, children[1], "assign")
        self._all(children, [WRITE if assigns else READ, READ], mode)

    def _compound(self, cursor: Any, children: list[Any], mode: str) -> None:
        self._all(children, [BOTH, READ], mode)

    def _wrapper(self, cursor: Any, children: list[Any], mode: str) -> None:
        if not children:
            return
        if children[0].kind == K.MEMBER_REF:  # a designated initialiser
            named = [child for child in children if child.kind == K.MEMBER_REF]
            self._put(named[-1].referenced, children[-1], self._kind)
        for child in children[:-1]:
            self._walk(child, UNEVALUATED)
        last = children[-1]
        if last.type.kind in _ARRAYS and cursor.type.kind == cindex.TypeKind.POINTER:
            mode = mode if mode == UNEVALUATED else ADDRESS
        self._walk(last, mode)

    def _subscript(self, cursor: Any, children: list[Any], mode: str) -> None:
        base = children[0]
        while base.kind in {K.UNEXPOSED_EXPR, K.PAREN_EXPR}:
            base = next(base.get_children())
        array = base.type.kind in _ARRAYS
        self._all([base if array else children[0], *children[1:]], [mode if array else READ], mode)
        self._all(children[1:], [READ], mode)

    def _sizeof(self, cursor: Any, children: list[Any], mode: str) -> None:
        for child in children:
            self._walk(child, UNEVALUATED)

    def _generic(self, cursor: Any, children: list[Any], mode: str) -> None:
        self._all(children, [UNEVALUATED, *[mode] * len(children)], mode)

    def _conditional(self, cursor: Any, children: list[Any], mode: str) -> None:
        self._all(children, [READ, mode, mode], mode)

    def _variable(self, cursor: Any, children: list[Any], mode: str) -> None:
        value = cindex.conf.lib.clang_Cursor_getVarDeclInitializer(cursor)
        for child in children:
            self._walk(child, READ if child == value else UNEVALUATED)

    @property
    def _kind(self) -> str:
        return "init" if self._function == "-" else "localinit"

    def _list(self, cursor: Any, children: list[Any], mode: str) -> None:
        members = list(cursor.type.get_canonical().get_fields())
        at = 0
        for child in children:
            parts = list(child.get_children())
            named = [p for p in parts if p.kind == K.MEMBER_REF]
            if named:
                at = next((n + 1 for n, m in enumerate(members) if m == named[0].referenced), at)
            elif at < len(members):
                self._put(members[at], child, self._kind)
                at += 1
            self._walk(child, UNEVALUATED if mode == UNEVALUATED else READ)

    def _call(self, cursor: Any, children: list[Any], mode: str) -> None:
        callee = cursor.referenced
        if mode != UNEVALUATED and callee is not None and children:
            place, in_macro = self._where(children[0])
            if place is not None and callee.kind == K.FUNCTION_DECL:
                if not callee.spelling.startswith(_NO_FUNCTIONS):
                    self.found.calls.add(
                        (self._function, place[0], "direct", callee.spelling, "-", "-", in_macro)
                    )
            elif place is not None and callee.kind == K.FIELD_DECL:
                self.found.calls.add(
                    (
                        *(self._function, place[0], "member", "-"),
                        *(_owner(callee), callee.spelling, in_macro),
                    )
                )
        told = callee is not None and callee.spelling in _TOLD_AT_COMPILE_TIME
        for child in children:
            self._walk(child, UNEVALUATED if told or mode == UNEVALUATED else READ)

    def _put(self, member: Any, value: Any, kind: str) -> None:
        """Note that *member* is set to a function, if it is."""
        value = self._inner(value)
        if value.kind == K.UNARY_OPERATOR:
            value = next(value.get_children(), value)
        function = value.referenced if value.kind == K.DECL_REF_EXPR else None
        if function is None or function.kind != K.FUNCTION_DECL or member is None:
            return
        place, in_macro = self._where(value)
        wraps = function.spelling.startswith(_WRAPPERS_OF_SYSCALLS)
        if member.kind == K.FIELD_DECL and place is not None and not wraps:
            self.found.initialisers.add(
                (_owner(member), member.spelling, function.spelling, place[0], kind, in_macro)
            )


_STEP: dict[Any, Any] = {
    K.MEMBER_REF_EXPR: _Reader._member,
    K.UNARY_OPERATOR: _Reader._unary,
    K.BINARY_OPERATOR: _Reader._binary,
    K.COMPOUND_ASSIGNMENT_OPERATOR: _Reader._compound,
    K.PAREN_EXPR: _Reader._wrapper,
    K.UNEXPOSED_EXPR: _Reader._wrapper,
    K.CSTYLE_CAST_EXPR: _Reader._wrapper,
    K.COMPOUND_LITERAL_EXPR: _Reader._wrapper,
    K.ARRAY_SUBSCRIPT_EXPR: _Reader._subscript,
    K.CXX_UNARY_EXPR: _Reader._sizeof,
    K.GENERIC_SELECTION_EXPR: _Reader._generic,
    K.CONDITIONAL_OPERATOR: _Reader._conditional,
    K.VAR_DECL: _Reader._variable,
    K.INIT_LIST_EXPR: _Reader._list,
    K.CALL_EXPR: _Reader._call,
}


def _owner(member: Any) -> str:
    """The tag of the struct that has *member*; of an unnamed part, the struct around it."""
    struct = member.semantic_parent
    while struct.is_anonymous() and _is_part(struct):
        struct = struct.semantic_parent
    name: str = struct.spelling
    return name if name.isidentifier() else "<unnamed>"


def _is_address(cursor: Any) -> bool:
    """Whether this is ``&x``."""
    if cursor.kind != K.UNARY_OPERATOR:
        return False
    return bool(cindex.conf.lib.clang_getCursorUnaryOperatorKind(cursor) == _ADDRESS)


def _is_part(struct: Any) -> bool:
    """Whether a struct without a name is no variable's type, but a part of the one around it."""
    return bool(cindex.conf.lib.clang_Cursor_isAnonymousRecordDecl(struct))


def _place(function: str, location: Any) -> tuple[int | None, Place]:
    file = cindex.c_object_p()
    line, column, offset = ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint()
    getattr(cindex.conf.lib, function)(
        location,
        ctypes.byref(file),
        ctypes.byref(line),
        ctypes.byref(column),
        ctypes.byref(offset),
    )
    return ctypes.cast(file, ctypes.c_void_p).value, (line.value, column.value)


def declare_library() -> None:
    """Tell ctypes of functions of libclang that its Python side does not use."""
    library = cindex.conf.lib
    for name in ("clang_getCursorUnaryOperatorKind", "clang_getCursorBinaryOperatorKind"):
        getattr(library, name).argtypes = [cindex.Cursor]
        getattr(library, name).restype = ctypes.c_int
    library.clang_Cursor_isAnonymousRecordDecl.argtypes = [cindex.Cursor]
    library.clang_Cursor_isAnonymousRecordDecl.restype = ctypes.c_uint
    initialiser = library.clang_Cursor_getVarDeclInitializer
    initialiser.argtypes, initialiser.restype = [cindex.Cursor], cindex.Cursor
    out = ctypes.POINTER(ctypes.c_uint)
    for name in ("clang_getSpellingLocation", "clang_getFileLocation"):
        getattr(library, name).argtypes = [
            *(cindex.SourceLocation, ctypes.POINTER(cindex.c_object_p), out, out, out)
        ]
