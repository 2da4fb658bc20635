"""Rules that a user states: a TOML file, with the same standing as what the tree says."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from pathlib import Path

import msgspec

from lockmap.documented.model import Found
from lockmap.documented.needs import Needs, parse_needs
from lockmap.errors import DataError

_HEADER = re.compile(r"^\s*\[\[\s*rule\s*\]\]")
_HINT = "docs/reference/documented.md has the keys"


class UserRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule; exactly one of ``field``, ``struct``, ``function``, ``callback``, ``order``."""

    field: str = ""
    """``STRUCT.FIELD``."""
    struct: str = ""
    """All members of it that have no rule of their own."""
    function: str = ""
    callback: str = ""
    """``STRUCT.FIELD``."""
    order: tuple[str, ...] = ()
    """Locks in the order in which they are taken."""
    read: str = ""
    write: str = ""
    needs: str = ""
    """How the caller of a function or callback holds locks."""
    file: str = ""
    """Of a function: the file it is in; empty: all functions of the name."""
    note: str = ""


class UserRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    rule: tuple[UserRule, ...] = ()


def read_user_rules(path: Path, locks: Collection[str]) -> list[Found]:
    """The rules of a file.  Raises DataError naming the file and the key."""
    try:
        text = path.read_text(encoding="utf-8")
        rules = msgspec.convert(tomllib.loads(text), UserRules).rule
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{path}: not valid TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise DataError(f"{path}: {error}", hint=_HINT) from error
    lines = [n for n, line in enumerate(text.splitlines(), 1) if _HEADER.match(line)]
    lines += [1] * (len(rules) - len(lines))
    found: list[Found] = []
    for number, (rule, line) in enumerate(zip(rules, lines, strict=False)):
        found += _found(rule, path, line, f"{path}: $.rule[{number}]", locks)
    return found


def _found(
    rule: UserRule, path: Path, line: int, where: str, locks: Collection[str]
) -> list[Found]:
    kinds = [k for k in ("field", "struct", "function", "callback", "order") if getattr(rule, k)]
    if len(kinds) != 1:
        raise DataError(f"{where}: one of field, struct, function, callback, order", hint=_HINT)
    (kind,) = kinds
    if kind in {"field", "callback"} and "." not in getattr(rule, kind):
        raise DataError(f"{where}.{kind}: not STRUCT.FIELD", hint=_HINT)
    place = (str(path), line, 1)
    if kind == "order":
        _check(rule.order, where, locks)
        return [
            Found("order", f"{a} > {b}", "user", *place, rule.note or f"{a} > {b}")
            for a, b in zip(rule.order, rule.order[1:], strict=False)
        ]
    read, write, needs = (
        _needs(getattr(rule, key), f"{where}.{key}", locks) for key in ("read", "write", "needs")
    )
    calls = kind in {"function", "callback"}
    if calls != bool(needs.text) or calls == bool(read.text or write.text):
        wanted = "needs" if calls else "read, write or both"
        raise DataError(f"{where}: a rule about a {kind} has {wanted}", hint=_HINT)
    said = ", ".join(f"{k}: {n.text}" for k, n in (("read", read), ("write", write)) if n.text)
    return [
        Found(
            *(kind, getattr(rule, kind), "user", *place, rule.note or needs.text or said),  # type: ignore[arg-type]
            read=needs if calls else read,
            write=write,
            place=rule.file,
        )
    ]


def _needs(text: str, where: str, locks: Collection[str]) -> Needs:
    try:
        needs = parse_needs(text)
    except ValueError as error:
        raise DataError(f"{where}: {error}", hint=_HINT) from error
    _check(needs.locks, where, locks)
    return needs


def _check(names: Collection[str], where: str, locks: Collection[str]) -> None:
    for name in names:
        if name not in locks and not name.startswith("["):
            raise DataError(f"{where}: no such lock {name!r}", hint=f"there are {', '.join(locks)}")
