"""The calls of a tree of which it is not known what they reach, by cause and by folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from lockmap.facts.outlined import Records
from lockmap.program.callbacks import Callback
from lockmap.program.calls import member_key
from lockmap.program.code import Code, Ids
from lockmap.program.membership import among
from lockmap.program.owners import Owners
from lockmap.program.resolve import Resolver
from lockmap.program.structs import hash_of
from lockmap.syntax.outlining.memory import MEMBER_CALL, POINTER_CALL

CAUSES = (
    "resolved",
    "name that nothing defines",
    "member of an unknown struct",
    "member that nothing is put in",
    "pointer that is no member",
)


_TYPES = (
    "void", "bool", "char", "short", "int", "long", "unsigned", "signed", "float", "double",
)  # fmt: skip
"""What stands before a parenthesis in the declaration of a pointer, and is no call."""


def call_gaps(
    code: Code, resolver: Resolver, owners: Owners, callbacks: Sequence[Callback]
) -> Counter[tuple[str, str]]:
    """(cause, folder) → calls; ``resolved`` is a cause, too.

    Calls of functions and macros alone.  A call of a parameter is not counted: whoever hands the
    function over makes it.
    """
    folders, of_file = _folders(code.files)
    found: Counter[tuple[str, str]] = Counter()

    def count(owner: Ids, cause: Ids) -> None:
        inside = code.is_callable[owner]
        owner, cause = owner[inside], cause[inside]
        keys = of_file[code.item_file[owner]] * len(CAUSES) + cause
        for key, calls in enumerate(np.bincount(keys, minlength=0).tolist()):
            if calls:
                found[CAUSES[key % len(CAUSES)], folders[key // len(CAUSES)]] += calls

    declared = among(code.calls["hash"], np.array([hash_of(word) for word in _TYPES]))
    plain = np.flatnonzero((code.calls["parameter"] == 0) & ~declared)
    defined = resolver.defines(code.calls["hash"][plain])
    count(code.calls["owner"][plain].astype(np.int64), np.where(defined, 0, 1))

    refs = code.refs
    member = (refs["kind"] == MEMBER_CALL) | (
        (refs["kind"] == POINTER_CALL) & (refs["position"] == 1)
    )
    at = np.flatnonzero(member)
    names = np.where(refs["kind"] == MEMBER_CALL, refs["hash"], refs["context"])[at]
    put = {(c.struct, c.field) for c in callbacks}
    structs = np.array([hash_of(s) for s, _ in put], dtype=np.int64)
    fields = np.array([hash_of(f) for _, f in put], dtype=np.int64)
    keys, asked = member_key(structs, fields), member_key(owners.struct[at], names)
    cause = np.where(owners.struct[at] == 0, 2, np.where(among(asked, keys), 0, 3))
    count(refs["owner"][at].astype(np.int64), cause)

    loose = (refs["kind"] == POINTER_CALL) & (refs["position"] == 0) & (refs["parameter"] == 0)
    lines = _lines(code.calls[declared])
    at = np.flatnonzero(loose & ~np.isin(_lines(refs), lines))
    count(refs["owner"][at].astype(np.int64), np.full(len(at), 4))
    return found


def _lines(rows: Records) -> Ids:
    """A number for the line of each of *rows*, and whose it is."""
    return np.asarray((rows["owner"].astype(np.int64) << 32) + rows["line"])


def _folders(files: Sequence[str]) -> tuple[list[str], Ids]:
    """Folders, two levels deep at most, and the number of that of each file."""
    known: dict[str, int] = {}
    numbers = []
    for path in files:
        parts = path.split("/")
        folder = "/".join(parts[: min(2, len(parts) - 1)]) or "."
        numbers.append(known.setdefault(folder, len(known)))
    return list(known), np.array(numbers, dtype=np.int64)
