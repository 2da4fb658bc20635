"""What a reviewer checks a line of the page with: counts, files and lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lockmap.map.records import Access, Rule

_SHOWN = 3
Place = tuple[str, int, str]
"""file, line, function."""


def counted(number: int, word: str) -> str:
    """``1 place``, ``2 places``."""
    return f"{number} {word if number == 1 else word + 's'}"


def places_text(places: Iterable[Place], most: int = _SHOWN) -> str:
    """``mm/vma.c:12 (vma_link), mm/mmap.c:7 (do_mmap) and 5 more``; empty for none."""
    found = sorted(set(places))
    shown = ", ".join(f"{file}:{line} ({function})" for file, line, function in found[:most])
    return shown + (f" and {len(found) - most} more" if len(found) > most else "")


def rule_lines(rule: Rule | None, accesses: Sequence[Access]) -> list[str]:
    """Of one field: its rules, how far they are followed, and where."""
    if rule is None:
        return ["  no access in the functions that were read"]
    lines = []
    for kind, text in (("read", rule.read_rule), ("write", rule.write_rule)):
        lines += _kind_lines(kind, text, rule, accesses)
    return lines


def _kind_lines(kind: str, text: str, rule: Rule, accesses: Sequence[Access]) -> list[str]:
    support = {access: counts for access, *counts in rule.support}
    counted = kind if kind in support or kind == "read" else "address"
    follow, told, total = support.get(counted, (0, 0, 0))
    if not total:
        return [f"  {kind}: {text}; no such access in the functions that were read"]
    what = "places that take the address" if counted == "address" else f"{kind}s"
    line = (
        f"  {kind}: {text}; so at {follow} of {told} {what} of which it can be told, {total} in all"
    )
    lines = [line]
    made = [a for a in accesses if _is(a, counted)]
    phases = ("init",) if text == "init only" else ("normal",)
    broken = [_place(a) for a in made if kind in a.violates.split()]
    kept = [_place(a) for a in made if a.phase in phases and kind not in a.violates.split()]
    for head, places in (("at", kept), ("not so at", broken)):
        if places:
            lines.append(f"    {head} {places_text(places)}")
    return lines


def _is(access: Access, kind: str) -> bool:
    return access.access == kind or (access.access == "readwrite" and kind != "address")


def _place(access: Access) -> Place:
    return access.file, access.line, access.function
