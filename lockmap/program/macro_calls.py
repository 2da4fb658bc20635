"""Calls through members that macros make: ``v4l2_subdev_call(sd, video, s_stream, 1)``.

Which member is called, or of what, the arguments of the macro tell: they are put into the
macro's own chains, once for each place where it is used.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lockmap.program.code import Code, Ids
from lockmap.program.layouts import Hashes, Layouts, find_sorted
from lockmap.program.resolve import Resolver
from lockmap.program.seen import NONE
from lockmap.program.structs import hash_of
from lockmap.program.values import Chains, Values
from lockmap.syntax.declared import TypeReader
from lockmap.syntax.declaring import memory as d
from lockmap.syntax.lex import blank
from lockmap.syntax.outlining.memory import MACRO, MEMBER_CALL, POINTER_CALL

Op = tuple[int, int]
"""(kind, hash) of a step."""
_DEEPEST = 4
"""Macros within macros that are followed."""
_SAMPLE = 6
"""Uses of a macro that are looked at where its member is always the same."""
_LOW_BITS = 0xFFFF
_PARAMETERS = re.compile(rb"\w+\(([^)]*)\)")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class MacroCall:
    """A call of a member that *item* makes by using a macro at *line*."""

    item: int
    line: int
    struct: int
    field: int
    """Hashes."""


@dataclass(frozen=True, slots=True)
class MacroOwners:
    """What the uses of macros tell."""

    calls: list[MacroCall]
    """Where the member is an argument of the macro."""
    refs: dict[int, tuple[int, int]]
    """Reference in a macro → (struct, field), where that is the same in all its uses."""


@dataclass(frozen=True, slots=True)
class _Template:
    """A chain in a macro."""

    ref: int
    ops: tuple[Op, ...]
    field: int
    varies: bool
    """The member, or one on the way, is an argument."""


@dataclass(frozen=True, slots=True)
class _Use:
    """A template with the arguments of a use put in."""

    item: int
    line: int
    home: int
    filled: _Template


@dataclass(frozen=True, slots=True)
class _Argument:
    word: int
    """The hash of the word that it is; 0 where it is none."""
    ops: tuple[Op, ...]
    lines: int
    """How many lines below the name of the macro it stands."""


_NOTHING = _Argument(0, (), 0)
Arguments = dict[int, _Argument]


def macro_owners(
    code: Code,
    layouts: Layouts,
    resolver: Resolver,
    values: Values,
    read: Callable[[str], bytes],
) -> MacroOwners:
    """What the uses of macros tell that call members of what they are given."""
    finder = _Finder(code, resolver, read)
    templates = _templates(code, layouts)
    uses: list[_Use] = []
    done: set[tuple[int, _Template]] = set()
    for _ in range(_DEEPEST):
        if not templates:
            break
        inner: dict[int, list[_Template]] = defaultdict(list)
        for use in finder.uses(templates):
            if code.items["kind"][use.item] != MACRO:
                uses.append(use)
            elif (use.item, use.filled) not in done:
                done.add((use.item, use.filled))
                inner[use.item].append(use.filled)
        templates = inner
    return _told(uses, values)


def _templates(code: Code, layouts: Layouts) -> dict[int, list[_Template]]:
    """The chains of macros, by the macro."""
    refs, rows = code.refs, layouts.rows
    wanted = np.isin(refs["kind"], (MEMBER_CALL, POINTER_CALL))
    wanted &= code.items["kind"][refs["owner"]] == MACRO
    which = np.flatnonzero(wanted)
    heads = np.flatnonzero(rows["kind"] == d.CHAIN)
    keys = layouts.places(heads)
    order = np.argsort(keys, kind="stable")
    at = (code.item_file[refs["owner"][which]] << 32) + refs["at"][which]
    row = find_sorted(keys[order], at)
    found: dict[int, list[_Template]] = defaultdict(list)
    for ref, head in zip(which[row != NONE].tolist(), order[row[row != NONE]], strict=True):
        first, count = int(heads[head]) + 1, int(rows["position"][heads[head]])
        ops = rows[first : first + count]
        steps = tuple(zip(ops["owner"].tolist(), ops["hash"].tolist(), strict=True))
        field = int(rows["hash"][heads[head]])
        found[int(refs["owner"][ref])].append(_Template(ref, steps, field, varies=False))
    return found


class _Finder:
    """Finds the uses of macros."""

    def __init__(self, code: Code, resolver: Resolver, read: Callable[[str], bytes]) -> None:
        self._code = code
        self._resolver = resolver
        self._read = read
        self._reader = TypeReader()
        self._clean: dict[int, bytes] = {}

    def uses(self, templates: dict[int, list[_Template]]) -> Iterable[_Use]:
        """Every use of the macros in *templates*: some, where they tell the same everywhere."""
        code = self._code
        parameters = {macro: self._parameters(macro) for macro in templates}
        by_file: dict[int, list[tuple[int, int]]] = defaultdict(list)
        seen: dict[int, int] = defaultdict(int)
        for call, macro in self._calls(list(templates)):
            known = parameters[macro]
            seen[macro] += 1
            if seen[macro] <= _SAMPLE or any(_varies(t, known) for t in templates[macro]):
                by_file[int(code.item_file[code.calls["owner"][call]])].append((call, macro))
        for file, calls in sorted(by_file.items()):
            for (call, macro), arguments in zip(
                calls, self._arguments(file, [call for call, _ in calls]), strict=True
            ):
                known = parameters[macro]
                row = code.calls[call]
                for template in templates[macro]:
                    filled = _fill(template, known, arguments)
                    if filled is not None:
                        number = known.get(template.field, -1)
                        line = int(row["line"]) + arguments.get(number, _NOTHING).lines
                        yield _Use(int(row["owner"]), line, file, filled)

    def _calls(self, macros: Sequence[int]) -> Iterable[tuple[int, int]]:
        """(number of a call, macro) of every use of *macros*."""
        code = self._code
        names = np.unique(code.items["hash"][macros])
        maybe = np.zeros(_LOW_BITS + 1, dtype=np.bool_)
        maybe[names & _LOW_BITS] = True
        which = np.flatnonzero(maybe[code.calls["hash"] & _LOW_BITS])
        which = which[find_sorted(names, code.calls["hash"][which]) != NONE]
        files = code.item_file[code.calls["owner"][which]]
        links = self._resolver.resolve(code.calls["hash"][which], files)
        chosen = np.isin(links.target, macros)
        calls = which[links.source[chosen]]
        return zip(calls.tolist(), links.target[chosen].tolist(), strict=True)

    def _parameters(self, macro: int) -> dict[int, int]:
        """The parameters of a macro: hash → number."""
        start = int(self._code.items["start"][macro])
        text = self._text(int(self._code.item_file[macro]))
        match = _PARAMETERS.match(text, start)
        names = _WORD.findall(match[1].decode("latin-1")) if match else []
        return {hash_of(name): number for number, name in enumerate(names)}

    def _text(self, file: int) -> bytes:
        if file not in self._clean:
            self._clean[file] = blank(self._read(self._code.files[file]))
        return self._clean[file]

    def _arguments(self, file: int, calls: Sequence[int]) -> list[Arguments]:
        code = self._code
        owners = code.calls["owner"][calls]
        places = np.zeros((len(calls), 3), dtype=np.int64)
        places[:, 0] = code.calls["at"][calls]
        macro = code.items["kind"][owners] == MACRO
        body = code.items["body"][owners]
        places[:, 1] = np.where(macro, body, code.items["start"][owners])
        places[:, 2] = body
        text = self._text(file)
        rows = self._reader.arguments(text, places).tolist()
        found: list[Arguments] = [{} for _ in calls]
        for at, row in enumerate(rows):
            if row[d.ROW_KIND] == d.CHAIN:
                ops = rows[at + 1 : at + 1 + row[d.ROW_POSITION]]
                steps = tuple((op[d.ROW_OWNER], op[d.ROW_HASH]) for op in ops)
                call = row[d.ROW_OWNER]
                lines = text.count(b"\n", int(places[call, 0]), row[d.ROW_AT])
                found[call][row[d.ROW_TYPE]] = _Argument(row[d.ROW_HASH], steps, lines)
        return found


def _varies(template: _Template, parameters: dict[int, int]) -> bool:
    steps = (hash_ for kind, hash_ in template.ops if kind == d.MEMBER_OP)
    return template.varies or template.field in parameters or any(s in parameters for s in steps)


def _fill(
    template: _Template, parameters: dict[int, int], arguments: Arguments
) -> _Template | None:
    """*template* with *arguments* in place of *parameters*; None where one is not readable."""
    ops: list[Op] = []
    for kind, value in template.ops:
        mark = d.TYPEDEF_MARK if value ^ d.TYPEDEF_MARK in parameters else 0
        number = parameters.get(value ^ mark)
        given = _NOTHING if number is None else arguments.get(number, _NOTHING)
        if number is None:
            ops.append((kind, value))
        elif kind == d.NAME_OP and given.ops:
            ops.extend(given.ops)
        elif kind != d.NAME_OP and given.word:
            ops.append((kind, given.word ^ mark))
        else:
            return None
    field = template.field
    if field in parameters:
        field = arguments.get(parameters[field], _NOTHING).word
    if not field:
        return None
    return _Template(template.ref, tuple(ops), field, _varies(template, parameters))


def _told(uses: Sequence[_Use], values: Values) -> MacroOwners:
    """The owners of the members in *uses*."""
    counts = np.array([len(use.filled.ops) for use in uses], dtype=np.int64)
    kinds = np.array([kind for use in uses for kind, _ in use.filled.ops], dtype=np.int64)
    hashes = np.array([value for use in uses for _, value in use.filled.ops], dtype=np.int64)
    homes: Ids = np.array([use.home for use in uses], dtype=np.int64)
    fields: Hashes = np.array([use.filled.field for use in uses], dtype=np.int64)
    first = values.add(kinds, hashes) + np.cumsum(counts) - counts
    types = values.types(Chains(first, counts, homes), np.zeros(len(uses), dtype=np.int64))
    structs, names = values.owners(types, fields, homes)
    calls: list[MacroCall] = []
    same: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for use, struct, field in zip(uses, structs.tolist(), names.tolist(), strict=True):
        if struct and use.filled.varies:
            calls.append(MacroCall(use.item, use.line, struct, field))
        elif struct:
            same[use.filled.ref].add((struct, field))
    refs = {ref: next(iter(told)) for ref, told in same.items() if len(told) == 1}
    return MacroOwners(calls, refs)
