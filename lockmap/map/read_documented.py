"""Reading documented rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lockmap.map.documented_records import DocumentedRule
from lockmap.map.filters import glob_or_same, path_terms
from lockmap.map.rows import Row

Select = Callable[[str, tuple[type, ...], Row], list[Row]]
"""Runs SQL and checks the type of each column."""
_RULES = """\
SELECT key, file, line, "column", kind, subject, read_needs, write_needs, call_needs, source,
  words, verdict
FROM documented {} ORDER BY key"""
_RULE_TYPES = (int, str, int, int, *(str,) * 8)
_AGREEMENTS = "SELECT rule, aspect, verdict, follow, broken, untold, note FROM agreement"
_SITES = "SELECT rule, file, line, function, held FROM disagreement ORDER BY rule, aspect, ordinal"


@dataclass(frozen=True, slots=True)
class WantedRules:
    """Conditions that must all hold; an empty one always does."""

    path: str = ""
    """Where the rule stands: a file, a folder or a glob."""
    subject: str = ""
    """What it is about; a glob will do."""
    kinds: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


ALL_RULES = WantedRules()


def read_documented(select: Select, wanted: WantedRules = ALL_RULES) -> tuple[DocumentedRule, ...]:
    """The rules *wanted*, by file and line."""
    terms, values = path_terms("file", wanted.path)
    if wanted.subject:
        terms.append(glob_or_same("subject", wanted.subject))
        values.append(wanted.subject)
    for column, choices in (
        ("kind", wanted.kinds),
        ("verdict", wanted.verdicts),
        ("source", wanted.sources),
    ):
        if choices:
            terms.append(f"{column} IN ({', '.join('?' * len(choices))})")
            values += choices
    condition = f"WHERE {' AND '.join(terms)}" if terms else ""
    agreements: dict[int, list[Row]] = {}
    for rule, *row in select(_AGREEMENTS, (int, str, str, int, int, int, str), ()):
        agreements.setdefault(rule, []).append(tuple(row))
    sites: dict[int, list[Row]] = {}
    for rule, *row in select(_SITES, (int, str, int, str, str), ()):
        sites.setdefault(rule, []).append(tuple(row))
    return tuple(
        _rule(row, agreements.get(row[0], []), sites.get(row[0], []))
        for row in select(_RULES.format(condition), _RULE_TYPES, tuple(values))
    )


def _rule(row: Row, agreements: list[Row], sites: list[Row]) -> DocumentedRule:
    _, file, line, column, kind, subject, read, write, needs, source, words, verdict = row
    shown = next((a for a in agreements if a[1] == verdict), ("", "", 0, 0, 0, ""))
    return DocumentedRule(
        *(file, line, column, kind, subject, read, write, needs, source, words, verdict),
        shown[2],
        shown[2] + shown[3],
        tuple(agreements),
        tuple(sites),
    )
