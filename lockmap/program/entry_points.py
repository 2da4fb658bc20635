"""Where the code of a tree is entered from outside, by the kinds of ``queries/entries.toml``.

A function is recognised by the member that it is put in, by what it is handed to (also through
functions that only hand their parameter on), by the macro at its head, or by its name and head.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lockmap.program.callbacks import Callback
from lockmap.program.code import Code, Ids
from lockmap.program.entry_data import EntryData
from lockmap.program.resolve import Resolver
from lockmap.program.slots import slot_keys
from lockmap.program.structs import hash_of
from lockmap.syntax.outlining.memory import ARGUMENT

_MOST_ROUNDS = 6
"""Functions through which a parameter is handed on."""


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """Function *item* is an entry point of a kind: *file*:*line* says so."""

    kind: int
    """The number of the entry in the data."""
    item: int
    file: str
    line: int


def entry_points(
    code: Code,
    resolver: Resolver,
    callbacks: Sequence[Callback],
    data: EntryData,
    read: Callable[[str], bytes],
) -> list[EntryPoint]:
    """Every entry point of *code*, each function once for each kind, with the first place."""
    found = [
        *_in_members(callbacks, data),
        *_handed_over(code, resolver, data),
        *_by_macro(code, data),
        *_by_head(code, data, read),
    ]
    first: dict[tuple[int, int], EntryPoint] = {}
    for point in sorted(found, key=lambda p: (p.file, p.line)):
        first.setdefault((point.kind, point.item), point)
    return [first[key] for key in sorted(first)]


def _in_members(callbacks: Sequence[Callback], data: EntryData) -> Iterator[EntryPoint]:
    fields = data.fields()
    structs = {struct for struct, _ in fields}
    for put in callbacks:
        if put.struct not in structs:
            continue
        kind = fields.get((put.struct, put.field), fields.get((put.struct, "*")))
        if kind is not None:
            yield EntryPoint(kind, put.item, put.file, put.line)


def _by_macro(code: Code, data: EntryData) -> Iterator[EntryPoint]:
    """Functions whose head is a use of a macro: ``SYSCALL_DEFINE1(name, ...)``."""
    kinds = {hash_of(name): kind for name, kind in data.macros().items()}
    refs, items = code.refs, code.items
    wanted = np.array(sorted(kinds), dtype=np.int64)
    chosen = (refs["kind"] == ARGUMENT) & (refs["position"] == 0)
    chosen &= np.isin(refs["context"], wanted)
    at = np.flatnonzero(chosen)
    owners = refs["owner"][at].astype(np.int64)
    head = code.is_function[owners] & (refs["at"][at].astype(np.int64) < items["body"][owners])
    for ref, owner in zip(at[head].tolist(), owners[head].tolist(), strict=True):
        kind = kinds[int(refs["context"][ref])]
        yield EntryPoint(kind, owner, code.file(owner), code.line(owner))


def _by_head(code: Code, data: EntryData, read: Callable[[str], bytes]) -> Iterator[EntryPoint]:
    """Functions of a telling name whose head has a telling word."""
    for kind, entry in enumerate(data.entry):
        if not entry.named:
            continue
        name = re.compile(rb"\0(?:%s)(?=\0)" % entry.named.encode())
        word = re.compile(rb"\b(?:%s)\b" % entry.word.encode())
        starts = np.array([m.start() + 1 for m in name.finditer(code.names)], dtype=np.int64)
        for item in np.flatnonzero(np.isin(code.name_at, starts) & code.is_function).tolist():
            start, body = int(code.items["start"][item]), int(code.items["body"][item])
            if word.search(read(code.file(item))[start : max(start, body)]):
                yield EntryPoint(kind, item, code.file(item), code.line(item))


def _handed_over(code: Code, resolver: Resolver, data: EntryData) -> Iterator[EntryPoint]:
    refs = code.refs
    arguments = np.flatnonzero((refs["kind"] == ARGUMENT) & (refs["context"] != 0))
    keys = slot_keys(refs["context"][arguments], refs["position"][arguments])
    order = np.argsort(keys, kind="stable")
    arguments, keys = arguments[order], keys[order]
    known: dict[tuple[int, int], int] = {
        (hash_of(name), position): kind for (name, position), kind in data.arguments().items()
    }
    # Of functions that hand their parameter on, only these themselves are meant.
    meant: dict[tuple[int, int], set[int]] = {}
    fresh = known
    for _ in range(_MOST_ROUNDS):
        if not fresh:
            return
        onward: dict[tuple[int, int], int] = {}
        through: dict[tuple[int, int], set[int]] = {}
        for ref, kind, value in _given(code, resolver, fresh, meant, arguments, keys):
            owner = int(refs["owner"][ref])
            if refs["parameter"][ref]:
                slot = (int(code.items["hash"][owner]), int(refs["parameter"][ref]) - 1)
                if slot not in known:
                    onward[slot] = kind
                    through.setdefault(slot, set()).add(owner)
            for item in value:
                yield EntryPoint(kind, item, code.file(owner), int(refs["line"][ref]))
        known = {**known, **onward}
        fresh, meant = onward, through


def _given(
    code: Code,
    resolver: Resolver,
    slots: Mapping[tuple[int, int], int],
    meant: Mapping[tuple[int, int], Iterable[int]],
    arguments: Ids,
    keys: Ids,
) -> Iterator[tuple[int, int, list[int]]]:
    """The references that stand in *slots*: which, the kind, and the functions they may be."""
    refs = code.refs
    names = np.array([name for name, _ in slots], dtype=np.int64)
    positions = np.array([position for _, position in slots], dtype=np.uint16)
    asked = slot_keys(names, positions)
    low, high = np.searchsorted(keys, asked), np.searchsorted(keys, asked, side="right")
    chosen = np.sort(np.concatenate([arguments[a:b] for a, b in zip(low, high, strict=True)]))
    homes = code.item_file[refs["owner"][chosen]]
    values = resolver.choices(refs["hash"][chosen], homes)
    receivers = resolver.choices(refs["context"][chosen], homes)
    for number, ref in enumerate(chosen.tolist()):
        slot = (int(refs["context"][ref]), int(refs["position"][ref]))
        kind = slots.get(slot)
        if kind is None:
            continue
        if slot in meant:
            start, count = int(receivers.start[number]), int(receivers.count[number])
            if not set(meant[slot]).intersection(receivers.pool[start : start + count].tolist()):
                continue
        start, count = int(values.start[number]), int(values.count[number])
        pool = [] if refs["parameter"][ref] else values.pool[start : start + count].tolist()
        yield ref, kind, [item for item in pool if code.is_function[item]]
