"""What a map shows of each documented rule: how far the code agrees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lockmap.documented.agreement import Agreement, Site, Verdict, first_sites
from lockmap.documented.compare_access import Shown, Touch, compare_access
from lockmap.documented.compare_calls import compare_calls
from lockmap.documented.compare_states import compare_order, compare_state
from lockmap.documented.model import Found
from lockmap.documented.needs import Needs
from lockmap.locks.held import Held
from lockmap.rules.thresholds import Thresholds, load_thresholds
from lockmap.scan.agreed_calls import CallsKnown, Functions, Select

_TOUCHES = """\
SELECT f.text, a.line, g.text, a.access, a.phase, a.lockset, m.text
FROM access a JOIN word f ON f.key = a.file JOIN word g ON g.key = a.function
JOIN word m ON m.key = a.field
WHERE a.struct = (SELECT key FROM word WHERE text = ?) {}"""
_ONE = "AND a.field = (SELECT key FROM word WHERE text = ?)"


@dataclass
class Judge:
    """Compares rules with one map, which holds all but the rules."""

    select: Select
    known: CallsKnown
    locks: Sequence[str]
    instead: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Lock → those that readers hold in its stead."""
    thresholds: Thresholds = field(default_factory=load_thresholds)
    _functions: Functions = field(init=False)
    _locksets: dict[int, Mapping[str, Held]] = field(default_factory=dict)
    _touches: dict[tuple[str, str], list[tuple[str, Touch]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._functions = Functions(self.select, self.known, self.locks)

    def asserted(self) -> Iterable[Found]:
        """The assertions of the code: rules that it states of its callers."""
        return self._functions.asserted()

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
            called = self._functions.meant(found)
            if found.source == "assert":
                # It cannot bear witness for itself.
                called = [replace(function, asserts={}, always={}) for function in called]
            return [compare_calls(found.read, called, self.thresholds, self.instead)]
        if found.kind == "callback":
            struct, _, name = found.subject.rpartition(".")
            called = self._functions.put(struct, name)
            return [compare_calls(found.read, called, self.thresholds, self.instead)]
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
            agreement = compare_access(aspect, needs, touches, told, thresholds)  # type: ignore[arg-type]
            if agreement.verdict == "code weaker" and not agreement.sites:
                sites = self._likely(needs, touches)
                # Nothing is called weaker without a place that shows it.
                verdict: Verdict = "code weaker" if sites else "not compared"
                agreement = replace(agreement, verdict=verdict, sites=sites)
            found_.append(agreement)
        return found_

    def _likely(self, needs: Needs, touches: Sequence[Touch]) -> tuple[Site, ...]:
        """Where a member is written, by the likeliest way, with a lock held for reading only."""
        asked = {n.lock for c in needs.cases for g in c for n in g if n.mode == "write"}
        return first_sites(
            [
                (t.file, t.line, t.function, f"{lock} read on the likeliest way")
                for t in touches
                for lock in sorted(asked)
                if t.kind in {"write", "readwrite"}
                and t.phase == "normal"
                and t.held.get(lock) not in {"write", "none"}
                and self._functions.nearest_reads(t.file, t.function, lock)
            ]
        )

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

    # ---- order ----

    def _order(self, found: Found) -> Agreement:
        first, _, second = found.subject.partition(" > ")
        followed = first in self.locks and second in self.locks
        before = self._functions.taken(first, second) if followed else []
        after = self._functions.taken(second, first) if followed else []
        return compare_order(before, after, self.thresholds, followed=followed)


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
