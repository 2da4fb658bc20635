"""Canonical names: of the object an expression denotes, and of a fact about a variable.

An *object path* drops ``&``, ``*`` and casts and writes every member access with a dot, so
that ``(*p).mm``, ``p->mm`` and ``&p->mm`` are one object.  Where a cast or a macro names the
type, the path carries it as a note: ``file.private_data@ctx.mm``.  A *fact key* keeps them:
``locked`` and ``*locked`` are two things.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from lockmap.facts.model import (
    Assign,
    Binary,
    Call,
    Cast,
    Conditional,
    Const,
    ExprT,
    Group,
    Index,
    Member,
    Name,
    TypeArg,
    Unary,
)

_STRUCT = re.compile(r"\b(?:struct|union)\s+(\w+)")
_NOTE = re.compile(r"@\w+")
_WORDS = re.compile(r"[A-Za-z_$]\w*")
UNKNOWN = "?"


def object_path(expr: ExprT, aliases: Mapping[str, str], accessors: frozenset[str]) -> str:
    """The object that *expr* denotes or points to.

    *aliases* maps local variables to the paths they were set to; *accessors* are macros
    that only read their argument (``READ_ONCE``).
    """
    match expr:
        case Name(_, name):
            return aliases.get(name, name)
        case Member(_, base, name):
            return f"{object_path(base, aliases, accessors)}.{name}"
        case Unary(_, op, operand) if op in "*&":
            return object_path(operand, aliases, accessors)
        case Cast(_, kind, operand):
            return typed(object_path(operand, aliases, accessors), kind)
        case Index(_, base, _):
            return f"{object_path(base, aliases, accessors)}[]"
        case Assign(_, _, _, value):
            return object_path(value, aliases, accessors)
        case Group(_, parts) if parts:
            return object_path(parts[-1], aliases, accessors)
        case Call(_, Name(_, name), args):
            if name in accessors and args:
                return object_path(args[0], aliases, accessors)
            inner = object_path(args[0], aliases, accessors) if args else ""
            named = next((a.text for a in args if isinstance(a, TypeArg)), "")
            return typed(f"{name}({plain(inner)})", named)
        case Conditional(_, test, None, _):
            return object_path(test, aliases, accessors)
        case Binary(_, "+" | "-", base, _):
            return f"{object_path(base, aliases, accessors)}[]"
    return UNKNOWN


def typed(path: str, kind: str) -> str:
    """*path* noted to be of struct type *kind* (``struct foo *``), for whoever resolves types."""
    match = _STRUCT.search(kind)
    return f"{path}@{match[1]}" if match else path


def plain(path: str) -> str:
    """*path* without notes on types: what names the object."""
    return _NOTE.sub("", path) if "@" in path else path


def is_path(expr: ExprT) -> bool:
    """Whether *expr* only names an object: no call, no arithmetic."""
    match expr:
        case Name():
            return True
        case Member(_, base, _):
            return is_path(base)
        case Unary(_, op, operand):
            return op in {"*", "&"} and is_path(operand)
        case Cast(_, _, operand):
            return is_path(operand)
        case Index(_, base, _):
            return is_path(base)
    return False


def fact_key(expr: ExprT, stable: frozenset[str] = frozenset()) -> str | None:
    """The name of what is known about *expr*; None if it may change by itself.

    Calls may, but for those of *stable* functions.
    """
    match expr:
        case Name(_, name):
            return name
        case Const(_, text):
            return text
        case Call(_, Name(_, name), (only,)) if name in stable:
            inner = fact_key(only, stable)
            return None if inner is None else f"{name}({inner})"
        case Cast(_, _, operand):
            return fact_key(operand, stable)
        case Member(_, base, name, arrow):
            inner = fact_key(base, stable)
            return None if inner is None else f"{inner}{'->' if arrow else '.'}{name}"
        case Unary(_, op, operand) if op in {"*", "&", "-", "~"}:
            inner = fact_key(operand, stable)
            if inner is None:
                return None
            return inner[1:] if op == "*" and inner[:1] == "&" else op + inner
        case Index(_, base, index):
            inner, at = fact_key(base, stable), fact_key(index, stable)
            return None if inner is None or at is None else f"{inner}[{at}]"
        case Binary(_, op, left, right) if op != ",":
            a, b = fact_key(left, stable), fact_key(right, stable)
            return None if a is None or b is None else f"({a}{op}{b})"
    return None


@lru_cache(maxsize=20000)
def words(key: str) -> frozenset[str]:
    """The identifiers in a path or key."""
    return frozenset(_WORDS.findall(key))


def root(path: str) -> str:
    """The first part of an object path."""
    return re.split(r"[.\[(]", path, maxsplit=1)[0]


def last_member(path: str) -> tuple[str, str]:
    """(owner path, member name) of an object path; no member gives an empty owner."""
    owner, dot, name = path.rpartition(".")
    return (owner, name) if dot else ("", path)
