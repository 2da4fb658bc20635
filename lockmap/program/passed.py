"""Functions that are handed to others, which call them: ``bus_for_each_dev(bus, 0, data, fn)``.

Who calls a parameter is found from the text; who only passes it on, by following the
arguments. The call is then one of whoever hands the function over: ``kref_put(k, release)`` in
one driver says nothing of what others hand to kref_put.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lockmap.program.code import Code, Ids
from lockmap.program.resolve import Choices, Resolver
from lockmap.syntax.hashing import name_hash, signed
from lockmap.syntax.lex import blank
from lockmap.syntax.outlining.memory import ARGUMENT, POINTER_CALL

_LONGEST_HEAD = 4000
"""Bytes of a function's header that are looked at."""
_POINTER = re.compile(rb"\(\s*(?:\w+\s+)*\*+\s*(?:\w+\s+)*(\w+)\s*(?:\[[^\]]*\])*\)\s*\(")
_LAST_NAME = re.compile(rb"(\w+)\s*(?:\[[^\]]*\]\s*)*\Z")
_MOST_ROUNDS = 12
"""Functions through which a parameter is handed on."""

Slot = tuple[int, int]
"""(function, parameter counted from 0)."""


@dataclass(frozen=True, slots=True)
class Handed:
    """Function ``callee`` is handed to ``through``, which calls it, on ``line`` of ``caller``."""

    caller: int
    callee: int
    line: int
    through: int
    position: int
    """Which argument it is, from 0."""


@dataclass(slots=True)
class Parameters:
    """The names of the parameters of functions and macros, as hashes."""

    code: Code
    read: Callable[[str], bytes]
    _known: dict[int, list[int]] = field(default_factory=dict)

    def of(self, item: int) -> list[int]:
        """The hashes of the names, in order; 0 for one without a name."""
        if item not in self._known:
            self._known[item] = [_hash(name) for name in parameter_names(self._head(item))]
        return self._known[item]

    def _head(self, item: int) -> bytes:
        row = self.code.items[item]
        start = int(row["start"])
        end = int(row["body"]) if row["body"] > start else int(row["end"])
        text = self.read(self.code.file(item))[start : min(end, start + _LONGEST_HEAD)]
        name = self.code.name(item).encode("utf-8", "replace")
        return _after(blank(text), name)


def parameter_names(text: bytes) -> list[bytes]:
    """The names of the parameters in *text*, which begins at their parenthesis."""
    if not text.startswith(b"("):
        return []
    depth, begin, found = 0, 1, []
    for at in range(len(text)):
        byte = text[at : at + 1]
        if byte in b"([{":
            depth += 1
        elif byte in b")]}":
            depth -= 1
        if (byte == b"," and depth == 1) or depth == 0:
            found.append(_name(text[begin:at]))
            begin = at + 1
        if depth == 0:
            break
    return found


def _name(parameter: bytes) -> bytes:
    pointer = _POINTER.search(parameter)
    if pointer is not None:
        return pointer[1]
    last = _LAST_NAME.search(parameter.strip())
    return last[1] if last is not None else b""


def _after(text: bytes, name: bytes) -> bytes:
    """What follows *name* in *text*, from its parenthesis on."""
    match = re.search(rb"\b%s\s*(?=\()" % re.escape(name), text) if name else None
    if match is None:  # a definer macro: SYSCALL_DEFINE1(name, ...)
        return text[text.find(b"(") :] if b"(" in text else b""
    return text[match.end() :]


def _hash(name: bytes) -> int:
    return signed(name_hash(name)) if name else 0


def handed(
    code: Code, resolver: Resolver, calls: Choices, parameters: Parameters
) -> tuple[list[Handed], set[Slot]]:
    """Every function that is handed over and called, and the parameters that are called.

    *calls*: what ``code.calls`` may be.
    """
    refs = code.refs
    arguments = np.flatnonzero((refs["kind"] == ARGUMENT) & (refs["context"] != 0))
    keys = _keys(refs["context"][arguments], refs["position"][arguments])
    order = np.argsort(keys, kind="stable")
    arguments, keys = arguments[order], keys[order]
    called = _called_parameters(code, calls, parameters)
    found: list[Handed] = []
    fresh = set(called)
    for _ in range(_MOST_ROUNDS):
        if not fresh:
            break
        chosen = _arguments_of(code, fresh, arguments, keys)
        over, fresh = _follow(code, resolver, parameters, chosen, fresh)
        found += over
        fresh -= called
        called |= fresh
    return sorted(found, key=lambda h: (h.caller, h.callee, h.line, h.through)), called


def _called_parameters(code: Code, calls: Choices, parameters: Parameters) -> set[Slot]:
    """The functions that call one of their own parameters, and which."""
    open_ = np.flatnonzero(calls.count == 0)
    pairs = [(code.calls["owner"][open_], code.calls["hash"][open_])]
    refs = code.refs
    plain = (refs["kind"] == POINTER_CALL) & (refs["position"] == 0) & (refs["context"] != 0)
    pairs.append((refs["owner"][plain], refs["context"][plain]))
    found: set[Slot] = set()
    for owners, hashes in pairs:
        usable = code.is_callable[owners]
        for owner, value in set(zip(owners[usable].tolist(), hashes[usable].tolist(), strict=True)):
            found.update((owner, n) for n, name in enumerate(parameters.of(owner)) if name == value)
    return found


def _keys(names: NDArray[np.int64], positions: NDArray[np.uint16]) -> Ids:
    return np.asarray(names * 31 + positions.astype(np.int64))


def _arguments_of(code: Code, slots: Iterable[Slot], arguments: Ids, keys: Ids) -> Ids:
    """The references that stand in any of *slots* of a function of that name."""
    wanted = [(int(code.items["hash"][item]), position) for item, position in slots]
    names = np.array([w[0] for w in wanted], dtype=np.int64)
    positions = np.array([w[1] for w in wanted], dtype=np.uint16)
    asked = np.unique(_keys(names, positions))
    low, high = np.searchsorted(keys, asked), np.searchsorted(keys, asked, side="right")
    return np.sort(np.concatenate([arguments[a:b] for a, b in zip(low, high, strict=True)]))


def _follow(
    code: Code, resolver: Resolver, parameters: Parameters, chosen: Ids, slots: set[Slot]
) -> tuple[list[Handed], set[Slot]]:
    """What is handed over at the references *chosen*, and the parameters that are passed on."""
    refs = code.refs[chosen]
    homes = code.item_file[refs["owner"]]
    receivers = resolver.choices(refs["context"], homes)
    values = resolver.choices(refs["hash"], homes)
    found: list[Handed] = []
    passed: set[Slot] = set()
    for number, ref in enumerate(refs):
        position, owner = int(ref["position"]), int(ref["owner"])
        start, end = receivers.start[number], receivers.start[number] + receivers.count[number]
        through = [r for r in receivers.pool[start:end].tolist() if (r, position) in slots]
        if not through or owner in through:
            continue
        names = parameters.of(owner) if code.is_callable[owner] else []
        if int(ref["hash"]) in names:
            passed.add((owner, names.index(int(ref["hash"]))))
            continue
        start, end = values.start[number], values.start[number] + values.count[number]
        line = int(ref["line"])
        found += [
            Handed(owner, callee, line, through[0], position)
            for callee in values.pool[start:end].tolist()
            if code.is_function[callee]
        ]
    return found, passed
