"""The call graph of a whole tree: by name, through members of structs, and of what is handed on.

Calls that do not run what they name under the caller's locks are left out, and counted: of
functions that never return, of those that only start-up code can call, of system calls, and
what is deferred (``queries/calls.toml``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lockmap.program.brackets import Opened, opened
from lockmap.program.call_rules import CallRules
from lockmap.program.callbacks import Callback
from lockmap.program.code import Code, Ids
from lockmap.program.hooks import hook_calls
from lockmap.program.passed import Handed, Slot, handed
from lockmap.program.resolve import Resolver, edges
from lockmap.program.resolving import Numbers
from lockmap.program.structs import hash_of
from lockmap.syntax.outlining.memory import INIT, MEMBER_CALL, POINTER_CALL

BY_NAME, BY_MEMBER, BY_HAND = range(3)
"""How a function is called: by its name; through a member of a struct; by what it was handed to."""


@dataclass(frozen=True)
class Calls:
    """(caller, callee) pairs of items, in order of the caller.

    By name each once, with the first line (see ``every_line``); else once on each line.
    """

    caller: Numbers
    callee: Numbers
    line: Numbers
    kind: NDArray[np.int8]
    detail: Numbers
    """``BY_MEMBER``: the number of the member in ``members``; ``BY_HAND``: the item that calls."""
    members: tuple[tuple[str, str], ...]
    """(struct, member)."""
    stand: Ids
    """How many functions stand in each of the members."""
    left_out: Counter[str]
    """How many calls were left out, by cause."""
    opened: NDArray[np.int8]
    """1, 2: no call of the caller's, but one made after it has returned, with what it then holds
    (see brackets); 2: that member is entered so alone.  0: all others."""

    def by_choices(self, worth: Callable[[Ids], Numbers]) -> Numbers:
        """Of each call what it is *worth*, told by how many functions one like it may run."""
        of = worth(np.append(self.stand, 1))
        chosen = np.where(self.kind == BY_MEMBER, self.detail, np.int32(len(self.stand)))
        return np.asarray(of[chosen])


@dataclass(frozen=True, slots=True)
class _Part:
    caller: Numbers
    callee: Numbers
    line: Numbers
    detail: Numbers
    opened: NDArray[np.int8] | None = None


def call_graph(
    code: Code,
    resolver: Resolver,
    callbacks: Sequence[Callback],
    owners: NDArray[np.int64],
    rules: CallRules,
    noreturn: Iterable[str],
) -> Calls:
    """All calls of *code*.

    *owners*: of each reference of ``code.refs``, the hash of the struct of the member that it
    calls; 0 where that is not known.
    """
    left_out: Counter[str] = Counter()
    parts = [_by_name(code, resolver)]
    deferred = frozenset(
        (item, number)
        for (name, number) in rules.deferred_arguments()
        for item in resolver.named(hash_of(name)).tolist()
    )
    parts.append(_by_hand(handed(code, resolver, deferred), deferred, left_out))
    put = _put(callbacks)
    parts.insert(BY_MEMBER, _by_member(code, put, owners, rules, left_out))
    parts.append(_after(code, put, opened(code, callbacks, rules.bracket)))
    ends = np.zeros(len(code.items), dtype=np.bool_)
    for name in set(noreturn):
        ends[resolver.named(hash_of(name))] = True
    return _together(code, parts, put, ends, left_out)


def _by_name(code: Code, resolver: Resolver) -> _Part:
    found = edges(code, resolver)
    detail = np.full(len(found.line), -1, dtype=np.int32)
    return _Part(found.caller, found.callee, found.line, detail)


def _by_hand(over: Sequence[Handed], deferred: frozenset[Slot], left_out: Counter[str]) -> _Part:
    kept = [h for h in over if (h.through, h.position) not in deferred]
    left_out["deferred"] += len(over) - len(kept)
    rows = np.array([(h.caller, h.callee, h.line, h.through) for h in kept], dtype=np.int32)
    return _once(_Part(*rows.reshape(-1, 4).T))


def _after(code: Code, put: dict[tuple[str, str], list[int]], pairs: Sequence[Opened]) -> _Part:
    """What is called after others have returned: on their last lines."""
    number = {member: n for n, member in enumerate(put)}
    last = code.items["end_line"].astype(np.int64) - 1
    rows = [
        (p.opens, p.inside, int(last[p.opens]), number[p.struct, p.field], 1 + p.always)
        for p in sorted(pairs, key=lambda p: (p.opens, p.inside))
    ]
    caller, callee, line, detail, how = np.array(rows, dtype=np.int32).reshape(-1, 5).T
    return _Part(caller, callee, line, detail, how.astype(np.int8))


def _once(part: _Part) -> _Part:
    """Each pair once on each line; in order of the caller."""
    order = np.lexsort((part.line, part.callee, part.caller))
    caller, callee = part.caller[order], part.callee[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (np.diff(caller) != 0) | (np.diff(callee) != 0) | (np.diff(part.line[order]) != 0)
    chosen = order[first]
    return _Part(part.caller[chosen], part.callee[chosen], part.line[chosen], part.detail[chosen])


def _put(callbacks: Sequence[Callback]) -> dict[tuple[str, str], list[int]]:
    """The functions that stand in each member of a struct, in order."""
    put: dict[tuple[str, str], set[int]] = {}
    for callback in callbacks:
        put.setdefault((callback.struct, callback.field), set()).add(callback.item)
    return {member: sorted(put[member]) for member in sorted(put)}


def _by_member(
    code: Code,
    put: dict[tuple[str, str], list[int]],
    owners: NDArray[np.int64],
    rules: CallRules,
    left_out: Counter[str],
) -> _Part:
    """Calls through members of structs, to all functions that are put there."""
    deferred = rules.deferred_fields().keys()
    members = tuple(put)
    keys = np.array([member_key(hash_of(s), hash_of(f)) for s, f in members], dtype=np.int64)
    callers, lines, asked = _member_calls(code, owners, rules)
    order = np.argsort(keys, kind="stable")
    at = np.minimum(np.searchsorted(keys[order], asked), max(0, len(keys) - 1))
    found = np.flatnonzero(keys[order][at] == asked) if len(keys) else np.zeros(0, np.int64)
    number = order[at[found]]
    run = np.array([m not in deferred for m in members], dtype=np.bool_)[number]
    left_out["deferred"] += int(np.count_nonzero(~run))
    found, number = found[run], number[run]
    targets = [np.array(items, dtype=np.int32) for items in put.values()]
    counts = np.array([len(t) for t in targets], dtype=np.int64)
    starts = np.cumsum(counts) - counts
    flat = np.concatenate(targets) if targets else np.zeros(0, np.int32)
    each = counts[number]
    place = np.arange(int(each.sum())) - np.repeat(np.cumsum(each) - each, each)
    callee = flat[place + np.repeat(starts[number], each)]
    caller, line = np.repeat(callers[found], each), np.repeat(lines[found], each)
    return _once(_Part(caller, callee, line, np.repeat(number.astype(np.int32), each)))


def _member_calls(
    code: Code, owners: NDArray[np.int64], rules: CallRules
) -> tuple[Numbers, Numbers, Ids]:
    """Of each call through a known member: caller, line, key of the member."""
    refs = code.refs
    called = (refs["kind"] == MEMBER_CALL) | (
        (refs["kind"] == POINTER_CALL) & (refs["position"] == 1)
    )
    known = np.flatnonzero(called & (owners != 0))
    field = np.where(
        refs["kind"][known] == MEMBER_CALL, refs["hash"][known], refs["context"][known]
    )
    keys = [member_key(owners[known], field)]
    rows = [known]
    for hook in rules.hook:
        chosen = hook_calls(code, hook)
        rows.append(chosen)
        keys.append(member_key(np.full(len(chosen), hash_of(hook.struct)), refs["hash"][chosen]))
    at = np.concatenate(rows)
    return (
        refs["owner"][at].astype(np.int32),
        refs["line"][at].astype(np.int32),
        np.concatenate(keys),
    )


def member_key(
    struct: int | NDArray[np.int64], field: int | NDArray[np.int64]
) -> NDArray[np.int64]:
    """One number for a member: of two that differ it differs, but for a chance of 1 in 10^9."""
    mixed: NDArray[np.int64] = np.asarray(struct, dtype=np.int64) * 31 ^ np.asarray(
        field, dtype=np.int64
    )
    return mixed


def _together(
    code: Code,
    parts: list[_Part],
    put: dict[tuple[str, str], list[int]],
    ends: NDArray[np.bool_],
    left_out: Counter[str],
) -> Calls:
    """All *parts* as one; they are taken apart on the way, as they are large.

    *ends*: which items never return.
    """
    kinds = np.array([BY_NAME, BY_MEMBER, BY_HAND, BY_MEMBER], dtype=np.int8)
    kind = np.repeat(kinds, [len(p.caller) for p in parts])
    none = (np.zeros(len(p.caller), dtype=np.int8) for p in parts)
    opened_ = np.concatenate(
        [p.opened if p.opened is not None else n for p, n in zip(parts, none, strict=True)]
    )
    columns: list[list[Numbers]] = [
        [p.detail for p in parts],
        [p.line for p in parts],
        [p.callee for p in parts],
        [p.caller for p in parts],
    ]
    parts.clear()
    caller, callee = np.concatenate(columns.pop()), np.concatenate(columns.pop())
    flags = code.items["flags"]
    start = (flags & INIT) != 0
    causes = {"never returns": ends[callee], "start-up": start[callee] & ~start[caller]}
    keep = np.ones(len(caller), dtype=np.bool_)
    for cause, left in causes.items():
        left_out[cause] += int(np.count_nonzero(left & keep))
        keep &= ~left
    order = np.flatnonzero(keep)
    # Stable: each part is in order already, which makes this a merge.
    order = order[np.argsort(caller[order], kind="stable")]
    caller, callee = caller[order], callee[order]
    line = np.concatenate(columns.pop())[order]
    detail = np.concatenate(columns.pop())[order]
    stand = np.array([len(items) for items in put.values()], dtype=np.int64)
    return Calls(
        caller, callee, line, kind[order], detail, tuple(put), stand, left_out, opened_[order]
    )
