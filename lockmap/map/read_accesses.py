"""Reading accesses and rules: texts are looked up where rows hold their numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from lockmap.map.filters import Filter, where
from lockmap.map.records import Access, Rule
from lockmap.map.rows import Row

Select = Callable[[str, tuple[type, ...], Row], list[Row]]
"""Runs SQL and checks the type of each column."""

_ACCESS_SQL = """\
SELECT f.text, a.line, a."column", g.text, s.text, m.text, a.access, a.phase, o.text, a.lockset,
  a.violates, a.cause
FROM access AS a JOIN word AS f ON f.key = a.file JOIN word AS g ON g.key = a.function
JOIN word AS s ON s.key = a.struct JOIN word AS m ON m.key = a.field
JOIN word AS o ON o.key = a.object {} ORDER BY a.rowid"""
_ACCESS_TYPES = (str, int, int, str, str, str, str, str, str, int, str, str)
_LOCKSETS = "SELECT lockset, lock, held FROM lockset ORDER BY lockset, ordinal"
_RULE_SQL = """\
SELECT struct, field, read_rule, write_rule, documented, agreement FROM rule {}
ORDER BY struct, field"""
_SUPPORT_SQL = "SELECT struct, field, access, follow, told, total FROM rule_support {}"


def read_accesses(select: Select, wanted: Filter, lock: str) -> tuple[Access, ...]:
    """The accesses *wanted*; ``held`` is how *lock* is held."""
    locksets: dict[int, list[tuple[str, str]]] = {}
    for number, name, held in select(_LOCKSETS, (int, str, str), ()):
        locksets.setdefault(number, []).append((name, held))
    condition, values = where("access", wanted)
    sets = {number: tuple(locks) for number, locks in locksets.items()}
    of_lock: dict[int, Any] = {n: dict(locks).get(lock, "unknown") for n, locks in sets.items()}
    found = []
    for row in select(_ACCESS_SQL.format(condition), _ACCESS_TYPES, values):
        number = row[9]
        held = of_lock.get(number, "unknown")
        if not wanted.held or held in wanted.held:
            locks: Any = sets.get(number, ())
            found.append(_access(row, held, locks))
    return tuple(found)


def _access(row: Row, held: Any, locks: Any) -> Access:
    file, line, column, function, struct, name, kind, phase, path, _, violates, cause = row
    return Access(
        *(file, line, column, function, struct, name, kind, held, phase, path, locks),
        violates,
        cause,
    )


def _locks_text(access: Access) -> str:
    """The locks held at *access*; ``?`` where that is not known of some lock."""
    words = [f"{name} {held}" for name, held in access.locks if held not in {"none", "unknown"}]
    if any(held == "unknown" for _, held in access.locks):
        words.append("?")
    return " + ".join(words) or "none"


def read_rules(select: Select, wanted: Filter, accesses: Iterable[Access]) -> tuple[Rule, ...]:
    """The rules *wanted*, with what the *accesses* of their fields tell."""
    condition, values = where("rule", wanted)
    counts: dict[tuple[str, str], Counter[tuple[str, str, str, str]]] = {}
    violations: dict[tuple[str, str], list[tuple[str, int, int, str, str]]] = {}
    for a in accesses:
        field = (a.struct, a.field)
        top = a.file.split("/", 1)[0] if "/" in a.file else "."
        counts.setdefault(field, Counter())[a.access, a.phase, top, _locks_text(a)] += 1
        if a.violates:
            place = (a.file, a.line, a.column, a.function, a.violates)
            violations.setdefault(field, []).append(place)
    support: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    kinds = (str, str, str, int, int, int)
    for told in select(_SUPPORT_SQL.format(condition), kinds, values):
        support.setdefault(told[:2], []).append(told[2:])
    rules = []
    for row in select(_RULE_SQL.format(condition), (str,) * 6, values):
        struct, name, read_rule, write_rule, documented, agreement = row
        field = (struct, name)
        rules.append(
            Rule(
                struct,
                name,
                read_rule,
                write_rule,
                tuple(sorted(support.get(field, ()))),
                tuple((*what, n) for what, n in sorted(counts.get(field, Counter()).items())),
                documented,
                agreement,
                tuple(violations.get(field, ())),
            )
        )
    return tuple(rules)
