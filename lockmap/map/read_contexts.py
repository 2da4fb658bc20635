"""Reading the tables about functions: who may run under a lock, and by which way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lockmap.map.context_records import MUSTS, VIAS, CallbackRow, FunctionContext, Step
from lockmap.map.filters import glob_or_same, path_terms
from lockmap.map.read_faults import read_faults_by
from lockmap.map.rows import Row

Select = Callable[[str, tuple[type, ...], Row], list[Row]]
_MODES = ("read", "write")
_MANY = 2000
"""Rows from which on the whole table is read at once to follow their ways."""
_LONGEST_WAY = 100_000
_STEP = "{0}_distance, {0}_from, {0}_line, {0}_how, {0}_via"
_Context = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which functions to list."""

    lock: str
    path: str = ""
    function: str = ""
    mode: str = ""
    """``read`` or ``write``: reached in that mode, by a way in that mode."""
    must: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    most: int | None = None
    """Calls from the function that takes the lock."""
    may_fault: bool = False
    """Only those that access user memory, and so may take the lock through a page fault."""


def read_functions(select: Select, wanted: Wanted) -> Iterator[FunctionContext]:
    """The functions that may run under a lock, in the order of file and line."""
    terms, values = _terms(wanted)
    rows = select(
        "SELECT f.key, p.path, f.line, f.name, c.must, "
        f"{_STEP.format('read')}, {_STEP.format('write')} "
        "FROM context c JOIN function f ON f.key = c.function JOIN path p ON p.key = f.path "
        f"WHERE {' AND '.join(terms)} ORDER BY p.path, f.line, f.key",
        (int, str, int, str, *(int,) * 11),
        tuple(values),
    )
    ways = Ways(select, wanted.lock, everything=len(rows) >= _MANY)
    faults: dict[int, set[int]] = {}
    for function, line, _, _ in read_faults_by(select, wanted.lock):
        faults.setdefault(function, set()).add(line)
    for key, path, line, name, must, *reached in rows:
        by_mode = {"read": tuple(reached[:5]), "write": tuple(reached[5:])}
        modes = tuple(mode for mode in _MODES if by_mode[mode][0] >= 0)
        if not modes:
            continue
        mode = wanted.mode or min(modes, key=lambda m: by_mode[m][0])
        distance, via = by_mode[mode][0], VIAS[by_mode[mode][4] % len(VIAS)]
        if (wanted.via and via not in wanted.via) or (wanted.may_fault and key not in faults):
            continue
        yield FunctionContext(
            path,
            line,
            name,
            modes,
            MUSTS[must % len(MUSTS)],
            distance,
            via,
            ways.to(key, mode, by_mode[mode]),
            wanted.lock,
            tuple(sorted(faults.get(key, ()))),
        )


def _terms(wanted: Wanted) -> tuple[list[str], list[object]]:
    terms, values = ["c.lock = ?"], [wanted.lock]
    more, found = path_terms("p.path", wanted.path)
    terms += more
    both: list[object] = [*values, *found]
    if wanted.function:
        terms.append(glob_or_same("f.name", wanted.function))
        both.append(wanted.function)
    if wanted.mode:
        terms.append(f"c.{wanted.mode}_distance >= 0")
    if wanted.must:
        marks = ", ".join("?" * len(wanted.must))
        terms.append(f"c.must IN ({marks})")
        both += [MUSTS.index(m) for m in MUSTS if m in wanted.must]
    if wanted.most is not None:
        modes = [wanted.mode] if wanted.mode else _MODES
        near = (f"c.{mode}_distance BETWEEN 0 AND ?" for mode in modes)
        terms.append(f"({' OR '.join(near)})")
        both += [wanted.most] * len(modes)
    return terms, both


@dataclass(slots=True)
class Ways:
    """Follows ways back to the acquisition."""

    select: Select
    lock: str
    everything: bool
    _contexts: dict[tuple[int, str], _Context] = field(default_factory=dict)
    _functions: dict[int, tuple[str, str]] = field(default_factory=dict)
    _hows: dict[int, str] = field(default_factory=dict)
    _sections: dict[tuple[str, str], list[tuple[int, str, str]]] = field(default_factory=dict)
    _steps: dict[tuple[int, str], Step] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._hows = dict(self.select("SELECT key, text FROM how", (int, str), ()))
        if self.everything:
            columns = ", ".join(_STEP.format(mode) for mode in _MODES)
            for key, *reached in self.select(
                f"SELECT function, {columns} FROM context WHERE lock = ?",
                (int,) * 11,
                (self.lock,),
            ):
                self._contexts[key, "read"] = tuple(reached[:5])
                self._contexts[key, "write"] = tuple(reached[5:])
            self._functions = {
                key: (path, name)
                for key, path, name in self.select(
                    "SELECT f.key, p.path, f.name FROM function f JOIN path p ON p.key = f.path",
                    (int, str, str),
                    (),
                )
            }

    def way(self, function: int, mode: str) -> tuple[Step, ...]:
        """The way to *function* (a key), the acquisition first; empty where there is none."""
        return self.to(function, mode, self._context(function, mode))

    def step(self, caller: int, line: int, function: int, how: int) -> Step:
        """One call, by the keys of its parts."""
        return (
            self._function(caller)[0],
            line,
            self._function(function)[1],
            self._hows.get(how, ""),
        )

    def to(self, function: int, mode: str, context: _Context) -> tuple[Step, ...]:
        """The way to *function*, the acquisition first."""
        steps: list[Step] = []
        while context[0] >= 1 and len(steps) < _LONGEST_WAY:
            steps.append(self._step(function, mode, context))
            if context[0] == 1:
                steps.append(self.acquisition(context[1], context[2], mode))
                break
            before = self._context(context[1], mode)
            if before[0] != context[0] - 1:
                break  # no map of ours: a way gets shorter with every step
            function, context = context[1], before
        return tuple(reversed(steps))

    def _step(self, function: int, mode: str, context: _Context) -> Step:
        known = self._steps.get((function, mode))
        if known is None:
            file = self._function(context[1])[0]
            how = self._hows.get(context[3], "")
            known = (file, context[2], self._function(function)[1], how)
            self._steps[function, mode] = known
        return known

    def _context(self, function: int, mode: str) -> _Context:
        key = (function, mode)
        if key not in self._contexts:
            rows = self.select(
                f"SELECT {_STEP.format(mode)} FROM context WHERE lock = ? AND function = ?",
                (int,) * 5,
                (self.lock, function),
            )
            self._contexts[key] = rows[0] if rows else (-1, 0, 0, 0, 0)
        return self._contexts[key]

    def _function(self, key: int) -> tuple[str, str]:
        if key not in self._functions:
            rows = self.select(
                "SELECT p.path, f.name FROM function f JOIN path p ON p.key = f.path "
                "WHERE f.key = ?",
                (str, str),
                (key,),
            )
            self._functions[key] = rows[0] if rows else ("", "")
        return self._functions[key]

    def acquisition(self, holder: int, line: int, mode: str) -> Step:
        """Where *holder* took the lock that it holds at *line*."""
        file, name = self._function(holder)
        if (file, name) not in self._sections:
            self._sections[file, name] = self.select(
                "SELECT s.acquire_line, s.mode, coalesce((SELECT api FROM site WHERE "
                "site.file = s.file AND site.line = s.acquire_line AND site.lock = s.lock "
                "AND op IN ('acquire', 'try', 'upgrade') LIMIT 1), '') FROM section s "
                "WHERE s.file = ? AND s.function = ? AND s.lock = ? ORDER BY s.acquire_line",
                (int, str, str),
                (file, name, self.lock),
            )
        sections = self._sections[file, name]
        fits = [s for s in sections if s[1] in (mode, "any")] or sections
        before = [s for s in fits if s[0] <= line] or fits
        if not before:
            return self._downgrade(file, name, line) or (file, line, name, "held")
        return file, before[-1][0], name, before[-1][2] or "held"

    def _downgrade(self, file: str, name: str, line: int) -> Step | None:
        """Where a function last downgraded before a line what its caller holds for writing."""
        rows = self.select(
            "SELECT line, api FROM site WHERE file = ? AND function = ? AND lock = ? "
            "AND op = 'downgrade' AND line <= ? ORDER BY line DESC, direct DESC LIMIT 1",
            (int, str),
            (file, name, self.lock, line),
        )
        return (file, rows[0][0], name, rows[0][1]) if rows else None


def read_callbacks(
    select: Select, struct: str, field_: str, function: str, path: str
) -> tuple[CallbackRow, ...]:
    """The functions in members of structs; empty arguments narrow nothing down."""
    terms, values = path_terms("p.path", path)
    both: list[object] = [*values]
    for column, text in (("m.struct", struct), ("m.field", field_), ("f.name", function)):
        if text:
            terms.append(glob_or_same(column, text))
            both.append(text)
    condition = f"WHERE {' AND '.join(terms)}" if terms else ""
    rows = select(
        "SELECT m.struct, m.field, f.name, p.path, c.line FROM callback c "
        "JOIN member m ON m.key = c.member JOIN function f ON f.key = c.function "
        f"JOIN path p ON p.key = c.path {condition} ORDER BY p.path, c.line, c.rowid",
        (str, str, str, str, int),
        tuple(both),
    )
    return tuple(CallbackRow(*row) for row in rows)
