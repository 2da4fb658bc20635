"""What a map shows of each documented rule: how far the code agrees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from lockmap.documented.agreement import Agreement, Site
from lockmap.documented.compare_access import Shown, Touch, compare_access
from lockmap.documented.compare_calls import Call, Called, HeldBy, compare_calls
from lockmap.documented.compare_states import compare_order, compare_state
from lockmap.documented.model import Found
from lockmap.documented.needs import Need, Needs
from lockmap.locks.held import Held, held_in
from lockmap.map.rows import Row
from lockmap.rules.thresholds import Thresholds, load_thresholds

Select = Callable[[str, tuple[type, ...], Row], list[Row]]
_TOUCHES = """\
SELECT f.text, a.line, g.text, a.access, a.phase, a.lockset, m.text
FROM access a JOIN word f ON f.key = a.file JOIN word g ON g.key = a.function
JOIN word m ON m.key = a.field
WHERE a.struct = (SELECT key FROM word WHERE text = ?) {}"""
_ONE = "AND a.field = (SELECT key FROM word WHERE text = ?)"
_FUNCTIONS = """\
SELECT p.path, f.line, f.end_line, f.name, f.key FROM function f JOIN path p ON p.key = f.path
WHERE f.name = ? AND f.end_line > 0 ORDER BY p.path, f.line"""
_PUT = """\
SELECT DISTINCT p.path, f.line, f.end_line, f.name, f.key FROM callback c
JOIN member m ON m.key = c.member JOIN function f ON f.key = c.function
JOIN path p ON p.key = f.path
WHERE m.struct = ? AND m.field = ? AND f.end_line > 0 ORDER BY p.path, f.line"""
_STATE = """\
SELECT state FROM line_state WHERE file = ? AND function = ? AND lock = ? AND first_line <= ?
AND last_line >= ?"""


class CallsKnown(Protocol):
    """What is known of the calls of functions."""

    def always(self, file: str, line: int) -> HeldBy:
        """How locks are held whenever the function that begins there is called."""

    def calls(self, file: str, line: int) -> list[Call]:
        """The calls of it that are known."""


@dataclass
class Judge:
    """Compares rules with one map.

    ``select``: of the map, which holds all but the rules; ``complete``: the structs all of whose
    accesses are read.
    """

    select: Select
    known: CallsKnown
    locks: Sequence[str]
    thresholds: Thresholds = field(default_factory=load_thresholds)
    _locksets: dict[int, Mapping[str, Held]] = field(default_factory=dict)
    _touches: dict[tuple[str, str], list[tuple[str, Touch]]] = field(default_factory=dict)
    _orders: dict[tuple[str, str], list[Site]] = field(default_factory=dict)
    _about: list[_About] = field(default_factory=list)

    def judge(self, rules: Sequence[Found]) -> list[tuple[Found, list[Agreement]]]:
        """Each rule with what the map shows of it."""
        own = {f.subject for f in rules if f.kind == "field" and f.write.text}
        plain = {
            f.subject
            for f in rules
            if f.kind == "field" and f.source == "table" and len(f.write.locks) == 2
        }
        whole = {
            f.subject
            for f in rules
            if f.kind == "field" and f.source == "table" and len(f.write.locks) > 2
        }
        read = {f.subject for f in rules if f.kind == "field" and f.read.text}
        fields = _Fields(own, read, plain, whole)
        return [(found, self._judged(found, fields)) for found in rules]

    def _judged(self, found: Found, fields: _Fields) -> list[Agreement]:
        if found.kind == "field":
            return self._of_field(found)
        if found.kind == "struct":
            return self._of_struct(found, fields)
        if found.kind == "state" and found.state is not None:
            touches = [
                (fields.asked(f"{found.subject}.{name}", touch.kind), touch)
                for name, touch in self._of(found.subject, "")
                if touch.phase == "normal" and touch.kind != "address"
            ]
            told = [(what, touch) for what, touch in touches if what]
            return [compare_state(found.state, told, self.thresholds)]
        if found.kind == "function":
            called = self._functions(found)
            if found.source == "assert":
                # It cannot bear witness for itself.
                called = [replace(function, asserts={}, always={}) for function in called]
            return [compare_calls(found.read, called, self.thresholds)]
        if found.kind == "callback":
            struct, _, name = found.subject.rpartition(".")
            rows = self.select(_PUT, (str, int, int, str, int), (struct, name))
            called = [self._called(row) for row in rows]
            return [compare_calls(found.read, called, self.thresholds)]
        if found.kind == "order":
            return [self._order(found)]
        if found.kind == "text":
            what = (
                "of the lock itself" if found.source == "table" else "of what becomes of the lock"
            )
            return [Agreement("call", "not compared", note=f"{what}: no rule for who uses it")]
        return []

    # ---- members ----

    def _of_field(self, found: Found) -> list[Agreement]:
        struct, _, name = found.subject.rpartition(".")
        touches = [touch for _, touch in self._of(struct, name)]
        inside, _, outer = struct.rpartition(".")
        if not touches and inside:
            # A member of a struct within: what is known is that the whole of it is accessed.
            struct, name = inside, outer
            touches = [touch for _, touch in self._of(struct, name)]
        thresholds = self.thresholds.of(struct.partition(".")[0])
        shown = self._shown(struct, name)
        found_: list[Agreement] = []
        for aspect, needs in (("read", found.read), ("write", found.write)):
            if not needs.text:
                continue
            if not touches and struct.partition(".")[0] not in self.thresholds.complete:
                note = "the functions that access this struct are not all read"
                found_.append(Agreement(aspect, "not compared", note=note))  # type: ignore[arg-type]
                continue
            told = shown.get(aspect, Shown())
            found_.append(compare_access(aspect, needs, touches, told, thresholds))  # type: ignore[arg-type]
        return found_

    def _of_struct(self, found: Found, fields: _Fields) -> list[Agreement]:
        agreements = []
        for aspect, needs, own in (
            ("read", found.read, fields.read),
            ("write", found.write, fields.own),
        ):
            if needs.text:
                touches = [
                    touch
                    for name, touch in self._of(found.subject, "")
                    if f"{found.subject}.{name}" not in own and touch.kind != "address"
                ]
                agreements.append(
                    compare_access(aspect, needs, touches, Shown(), self.thresholds)  # type: ignore[arg-type]
                )
        return agreements

    def _of(self, struct: str, name: str) -> list[tuple[str, Touch]]:
        """The accesses of a member, or of all members, each with the member's name."""
        known = self._touches.get((struct, name))
        if known is None:
            sql = _TOUCHES.format(_ONE if name else "")
            values = (struct, name) if name else (struct,)
            rows = self.select(sql, (str, int, str, str, str, int, str), values)
            known = [
                (member, Touch(file, line, function, kind, phase, self._lockset(lockset)))
                for file, line, function, kind, phase, lockset, member in rows
            ]
            self._touches[struct, name] = known
        return known

    def _lockset(self, number: int) -> Mapping[str, Held]:
        if not self._locksets:
            sets: dict[int, dict[str, Held]] = {}
            rows = self.select("SELECT lockset, lock, held FROM lockset", (int, str, str), ())
            for at, lock, held in rows:
                sets.setdefault(at, {})[lock] = held
            self._locksets.update(sets)
        return self._locksets.get(number, {})

    def _shown(self, struct: str, name: str) -> dict[str, Shown]:
        rules = self.select(
            "SELECT read_rule, write_rule FROM rule WHERE struct = ? AND field = ?",
            (str, str),
            (struct, name),
        )
        support = self.select(
            "SELECT access, follow, told FROM rule_support WHERE struct = ? AND field = ?",
            (str, int, int),
            (struct, name),
        )
        counts = {access: (follow, told) for access, follow, told in support}
        counts.setdefault("write", counts.get("address", (0, 0)))
        return {
            aspect: Shown(text, *counts.get(aspect, (0, 0)))
            for row in rules
            for aspect, text in zip(("read", "write"), row, strict=True)
        }

    # ---- functions ----

    def _functions(self, found: Found) -> list[Called]:
        rows = self.select(_FUNCTIONS, (str, int, int, str, int), (found.subject,))
        here = [row for row in rows if row[0] == found.place]
        near = [row for row in here if row[2] >= found.line] if found.source != "user" else here
        if near:
            return [self._called(near[0])]
        if not rows and found.place:
            spans = self.select(
                "SELECT file, line, end_line, function FROM span WHERE function = ? AND file = ?",
                (str, int, int, str),
                (found.subject, found.place),
            )
            return [self._called((*row, -1)) for row in spans[:1]]
        return [self._called(row) for row in (here or rows)]

    def _called(self, row: Row) -> Called:
        file, line, _, name, key = row
        about = self._known()
        return Called(
            file,
            line,
            name,
            self.known.always(file, line),
            self.known.calls(file, line),
            frozenset(about.takes.get(key, ())),
            about.asserts.get(key, {}),
            self._may(key),
        )

    def _known(self) -> _About:
        """What the map tells of functions by their keys."""
        if not self._about:
            takes: dict[int, list[str]] = {}
            for function, lock in self.select("SELECT function, lock FROM wait", (int, str), ()):
                takes.setdefault(function, []).append(lock)
            asserts: dict[int, dict[str, str]] = {}
            sql = "SELECT function, lock, mode FROM asserted WHERE always = 1"
            for function, lock, mode in self.select(sql, (int, str, str), ()):
                asserts.setdefault(function, {})[lock] = mode
            self._about.append(_About(takes, asserts))
        return self._about[0]

    def _may(self, key: int) -> dict[str, frozenset[Held]]:
        # By lock, as the key of the table begins with it.
        rows = [
            row
            for lock in self.locks
            for row in self.select(
                "SELECT lock, read_distance, write_distance FROM context "
                "WHERE lock = ? AND function = ?",
                (str, int, int),
                (lock, key),
            )
        ]
        found: dict[str, frozenset[Held]] = {}
        for lock, read, write in rows:
            modes: list[Held] = ["read"] if read >= 0 else []
            modes += ["write"] if write >= 0 else []
            found[lock] = frozenset(modes)
        return found

    def asserted(self) -> Iterable[Found]:
        """The assertions of the code: rules that it states of its callers."""
        rows = self.select(
            "SELECT a.lock, p.path, a.line, f.name, a.mode FROM asserted a "
            "JOIN function f ON f.key = a.function JOIN path p ON p.key = f.path "
            "WHERE a.always = 1 ORDER BY p.path, a.line, a.lock",
            (str, str, int, str, str),
            (),
        )
        for lock, path, line, name, mode in rows:
            site = self.select(
                'SELECT "column", api, argument FROM site WHERE file = ? AND line = ? AND lock = ? '
                "AND op = 'assert' LIMIT 1",
                (int, str, str),
                (path, line, lock),
            )
            column, api, argument = site[0] if site else (1, "", "")
            words = f"{api}({argument})" if api else "an assertion"
            needs = Needs(((((Need(lock, "either" if mode == "any" else mode)),),),))
            yield Found("function", name, "assert", path, line, column, words, needs, place=path)

    # ---- order ----

    def _order(self, found: Found) -> Agreement:
        first, _, second = found.subject.partition(" > ")
        followed = first in self.locks and second in self.locks
        before = self._taken(first, second) if followed else []
        after = self._taken(second, first) if followed else []
        return compare_order(before, after, self.thresholds, followed=followed)

    def _taken(self, held: str, taken: str) -> list[Site]:
        """The places that wait for lock *taken* with lock *held* held for certain."""
        known = self._orders.get((held, taken))
        if known is None:
            rows = self.select(
                "SELECT file, line, function FROM site WHERE lock = ? AND op = 'acquire' "
                "AND definition = 0 AND direct = 1 ORDER BY file, line",
                (str, int, str),
                (taken,),
            )
            known = []
            for file, line, function in rows:
                how = self._held_at(file, line, function, held)
                if how in {"read", "write", "either"}:
                    known.append((file, line, function, f"{held} {how}"))
            self._orders[held, taken] = known
        return known

    def _held_at(self, file: str, line: int, function: str, lock: str) -> Held:
        state = self.select(_STATE, (str,), (file, function, lock, line, line))
        rows = self.select(
            "SELECT line FROM span WHERE file = ? AND line <= ? AND end_line >= ?",
            (int,),
            (file, line, line),
        )
        caller = self.known.always(file, rows[-1][0]).get(lock, "unknown") if rows else "unknown"
        return held_in(state[0][0], caller) if state else caller


@dataclass(frozen=True, slots=True)
class _About:
    """By the key of a function: the locks that it waits for, and those that it asserts."""

    takes: Mapping[int, Sequence[str]]
    asserts: Mapping[int, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _Fields:
    """Which members have rules of their own, and which of these are as all others."""

    own: set[str]
    read: set[str]
    plain: set[str]
    """For writing them, what most need is enough; ``whole``: all locks are needed."""
    whole: set[str]

    def asked(self, subject: str, kind: str) -> str:
        """What an access asks of a state; empty: a rule of its own says."""
        if kind == "read":
            return "" if subject in self.read else "read"
        if subject in self.whole:
            return "all"
        return "most" if subject in self.plain or subject not in self.own else ""
