"""How accesses and rules lie in tables: accesses refer to texts by number, there are so many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lockmap.map.records import Access, Rule
from lockmap.map.rows import Row, storable, to_row

ACCESS_COLUMNS = (
    *("file", "line", "column", "function", "struct", "field"),
    *("access", "phase", "object", "lockset", "violates", "cause"),
)
RULE_COLUMNS = {
    "rule": ("struct", "field", "read_rule", "write_rule", "documented", "agreement"),
    "rule_support": ("struct", "field", "access", "follow", "told", "total"),
}


def access_rows(accesses: Sequence[Access]) -> tuple[list[Row], list[Row], list[Row]]:
    """Rows of ``word``, ``lockset`` and ``access``, by file and line."""
    texts = {t for a in accesses for t in (a.file, a.function, a.struct, a.field, a.object)}
    stored = {text: storable(text) for text in texts}
    ordered = sorted(set(stored.values()))
    numbers = {text: number for number, text in enumerate(ordered, start=1)}
    key = {text: numbers[stored[text]] for text in texts}
    sets = {locks: number for number, locks in enumerate(sorted({a.locks for a in accesses}), 1)}
    rows = sorted(
        (
            key[a.file],
            a.line,
            a.column,
            key[a.function],
            key[a.struct],
            key[a.field],
            a.access,
            a.phase,
            key[a.object],
            sets[a.locks],
            a.violates,
            a.cause,
        )
        for a in accesses
    )
    locksets = [
        (number, ordinal, *lock)
        for locks, number in sets.items()
        for ordinal, lock in enumerate(locks)
    ]
    return [(number, text) for text, number in numbers.items()], locksets, rows


def rule_rows(rules: Iterable[Rule]) -> dict[str, list[Row]]:
    """Rows of ``rule`` and of ``rule_support``."""
    # Two fields can become one when surrogates are written out.
    by_field = {(storable(rule.struct), storable(rule.field)): rule for rule in rules}
    found: dict[str, list[Row]] = {"rule": [], "rule_support": []}
    for field, rule in sorted(by_field.items(), key=lambda item: item[0]):
        texts = (rule.read_rule, rule.write_rule, rule.documented, rule.agreement)
        found["rule"].append(to_row((*field, *texts)))
        found["rule_support"] += [to_row((*field, *support)) for support in rule.support]
    return found
