"""What the map says of the callbacks of structs: which run under a lock, how far that is sure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from lockmap.kerneldoc.evidence import Place
from lockmap.kerneldoc.words import RuleText, parse_rule
from lockmap.map.context_records import MUSTS
from lockmap.map.read import Map
from lockmap.map.read_ways import THROUGH_MEMBER
from lockmap.rules.infer import UNCLEAR


@dataclass(frozen=True, slots=True)
class Op:
    """A member of a struct, the functions in it, and how they run under one lock."""

    struct: str
    field: str
    functions: int
    """How many are known to be put there."""
    must: frozenset[str]
    """How the lock is held whenever one of them runs: ``read``, ``write``, ``either``."""
    may: frozenset[str]
    """In which modes a call through the member is made with the lock held."""
    distance: int
    """Calls from where the lock is taken to the nearest of these; 0: there is none."""
    under: int
    """Functions that are called through the member with the lock held."""
    rule: RuleText
    """How the lock is held where the member is read, to be called: the rule of the field."""
    support: tuple[int, int, int]
    """Reads that follow the rule, of so many told, of so many."""
    distances: tuple[tuple[str, int], ...]
    """By mode: calls from where the lock is taken so to the nearest of them."""
    callers: tuple[Place, ...]
    """Calls of the nearest of them with the lock held: file, line, function that calls."""


@dataclass(slots=True)
class _Found:
    functions: set[int]
    must: set[str]
    may: set[str]
    under: set[int]
    nearest: dict[Place, int]
    by_mode: dict[str, int]


_CONTEXTS = (
    "SELECT m.struct, m.field, x.must, x.function, x.{0}_distance, p.path, x.{0}_line, g.name "
    "FROM context x JOIN how h ON h.key = x.{0}_how JOIN (SELECT DISTINCT member, function "
    "FROM callback) c ON c.function = x.function JOIN member m ON m.key = c.member "
    "AND h.text = '" + THROUGH_MEMBER + "' || m.struct || '.' || m.field "
    "JOIN function g ON g.key = x.{0}_from JOIN path p ON p.key = g.path "
    "WHERE x.lock = ? AND x.{0}_distance >= 1"
)
_FUNCTIONS = (
    "SELECT m.struct, m.field, c.function, coalesce(x.must, 0) "
    "FROM (SELECT DISTINCT member, function FROM callback) c "
    "JOIN member m ON m.key = c.member LEFT JOIN context x "
    "ON x.function = c.function AND x.lock = ?"
)


def read_ops(opened: Map, lock: str) -> dict[str, list[Op]]:
    """All members of structs that functions are put in, by struct."""
    found: dict[tuple[str, str], _Found] = {}
    for struct, field, function, must in opened.select(_FUNCTIONS, (str, str, int, int), (lock,)):
        of = found.setdefault((struct, field), _Found(set(), set(), set(), set(), {}, {}))
        of.functions.add(function)
        # What is called through the member only is held by all calls through it; so the strongest
        # of its functions tells.
        of.must.add(MUSTS[must % len(MUSTS)])
    for mode in ("read", "write"):
        rows = opened.select(
            _CONTEXTS.format(mode), (str, str, int, int, int, str, int, str), (lock,)
        )
        for struct, field, _, function, distance, file, line, caller in rows:
            of = found[struct, field]
            of.may.add(mode)
            of.under.add(function)
            place = (file, line, caller)
            of.nearest[place] = min(distance, of.nearest.get(place, distance))
            of.by_mode[mode] = min(distance, of.by_mode.get(mode, distance))
    rules = _rules(opened)
    result: dict[str, list[Op]] = {}
    for (struct, field), of in sorted(found.items()):
        text, *support = rules.get((struct, field), (UNCLEAR, 0, 0, 0))
        nearest = min(of.nearest.values(), default=0)
        result.setdefault(struct, []).append(
            Op(
                struct,
                field,
                len(of.functions),
                frozenset(of.must - {"none"}),
                frozenset(of.may),
                nearest,
                len(of.under),
                parse_rule(text),
                (support[0], support[1], support[2]),
                tuple(sorted(of.by_mode.items())),
                tuple(sorted(p for p, distance in of.nearest.items() if distance == nearest)),
            )
        )
    return result


def _rules(opened: Map) -> dict[tuple[str, str], tuple[str, int, int, int]]:
    """By field: the rule for reading it, and how far that is followed."""
    rows = opened.select(
        "SELECT r.struct, r.field, r.read_rule, s.follow, s.told, s.total FROM rule r "
        "JOIN rule_support s ON s.struct = r.struct AND s.field = r.field AND s.access = 'read'",
        (str, str, str, int, int, int),
    )
    return {(struct, field): (text, *counts) for struct, field, text, *counts in rows}


def verdict(op: Op, lock: str) -> tuple[str, str]:
    """The cell of one lock, and why it is not certain (empty where it is)."""
    if op.must:
        words = {"either": "read/write"}
        modes = sorted({words.get(mode, mode) for mode in op.must})
        return "read/write" if len(modes) > 1 else modes[0], ""
    if not op.functions:
        return "unknown", "no function is known to stand in it"
    if not op.may:
        return "no", ""
    mode = dict(op.rule.needs).get(lock, "") if op.rule.needs else ""
    follow, told, total = op.support
    if mode and (len(op.rule.needs) == 1 or not op.rule.any_of):
        note = (
            f"held so at {follow} of the {told} places that call it of which it can be told, "
            f"{total} in all; not known of every call"
        )
        if mode == "write" and "read" in op.may:
            # Who relies on more than is held is in trouble: the weaker word is said.
            return "read/write", f"for writing {note}; a way leads to it from a read section, too"
        return "read/write" if mode == "either" else mode, note
    if mode:
        others = " or ".join(other for other, _ in op.rule.needs if other != lock)
        word = "read/write" if mode == "either" else mode
        return f"maybe-{word}", (
            f"this lock or {others}, at {follow} of the {told} places that call it of which it "
            f"can be told, {total} in all"
        )
    kinds = "read/write" if len(op.may) > 1 else next(iter(op.may))
    return f"maybe-{kinds}", (
        f"a way leads to it from {kinds} sections, the shortest of {op.distance} calls; "
        "not known of every call"
    )


def worth_a_table(ops: Collection[Op], lock: str, distance: int) -> bool:
    """Whether a struct has callbacks that run under the lock for certain, usually, or near by."""
    return any(
        op.may and (op.must or lock in dict(op.rule.needs) or op.distance <= distance) for op in ops
    )
