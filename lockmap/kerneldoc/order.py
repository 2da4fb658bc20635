"""In which order locks are taken: which is taken where another is held for certain."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lockmap.kerneldoc.evidence import Place, counted, places_text
from lockmap.kerneldoc.rst import comment, literal
from lockmap.map.read import Map

_HELD = ("R", "W", "R/W", "H")
_FROM_STATES = (
    "SELECT s.lock, l.lock, s.file, s.line, s.function FROM site s JOIN line_state l "
    "ON l.file = s.file AND l.function = s.function "
    "AND s.line BETWEEN l.first_line AND l.last_line AND l.lock <> s.lock "
    "WHERE s.op = 'acquire' AND s.definition = 0 "
    f"AND l.state IN ({', '.join(repr(state) for state in _HELD)})"
)
_FROM_CALLERS = (
    "SELECT DISTINCT s.lock, x.lock, s.file, s.line, s.function FROM site s "
    "JOIN function f ON f.name = s.function JOIN path p ON p.key = f.path AND p.path = s.file "
    "JOIN context x ON x.function = f.key AND x.must > 0 AND x.lock <> s.lock "
    "WHERE s.op = 'acquire' AND s.definition = 0 "
    "AND s.line BETWEEN f.line AND f.end_line AND NOT EXISTS (SELECT 1 FROM line_state l "
    "WHERE l.file = s.file AND l.function = s.function AND l.lock = x.lock "
    "AND s.line BETWEEN l.first_line AND l.last_line AND l.state <> 'c')"
)
Pair = tuple[str, str]
"""The outer lock, and the one that is taken within."""


def nested(opened: Map) -> dict[Pair, list[Place]]:
    """Where a lock is taken, and waited for, while another is held on every path."""
    found: dict[Pair, list[Place]] = {}
    for sql in (_FROM_STATES, _FROM_CALLERS):
        for inner, outer, file, line, function in opened.select(sql, (str, str, str, int, str)):
            found.setdefault((outer, inner), []).append((file, line, function))
    return {pair: sorted(set(places)) for pair, places in sorted(found.items())}


def order_list(
    pairs: dict[Pair, list[Place]], locks: Sequence[str], name: Callable[[str], str]
) -> tuple[str, str]:
    """The locks as a literal block, those taken within others to the right; a comment of places.

    Locks that are taken in both orders are not in the list, but named in the comment.
    """
    both = {pair for pair in pairs if pair[::-1] in pairs}
    clear = {pair for pair in pairs if pair not in both}
    used = {lock for pair in clear for lock in pair}
    lines: list[str] = []
    for lock in sorted(used, key=lambda lock: (_depth(lock, clear), locks.index(lock))):
        depth = _depth(lock, clear)
        lines.append("  " * depth + name(lock))
    evidence = []
    for (outer, inner), places in pairs.items():
        note = "; also the other way round" if (outer, inner) in both else ""
        evidence.append(f"{inner} taken with {outer} held, {counted(len(places), 'place')}{note}:")
        evidence.append(f"  {places_text(places)}")
    return (literal(lines, "  ") if lines else ""), (comment(evidence) if evidence else "")


def _depth(lock: str, pairs: set[Pair], seen: tuple[str, ...] = ()) -> int:
    """How many locks are taken before it, one within the other."""
    outer = [a for a, b in pairs if b == lock and a not in seen]
    return max((1 + _depth(a, pairs, (*seen, lock)) for a in outer), default=0)
