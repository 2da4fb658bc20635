"""The table of lock states of a struct: what may be read and written with which locks held."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from lockmap.kerneldoc.fields import FieldRow
from lockmap.kerneldoc.rst import Cell, comment, indented, table
from lockmap.kerneldoc.words import RuleText, Words

_MODES = ("-", "R", "W")
State = tuple[str, ...]
"""How the locks of each column are held: ``-``, ``R``, ``W``."""
States = tuple[frozenset[str], ...]
"""Several at once: the ways to hold the locks of each column."""
Outcome = tuple[str, str, str, str]
"""Stable?, Read?, Write most?, Write all?"""


@dataclass(frozen=True, slots=True)
class Columns:
    """The locks of a struct: those of one family share a column."""

    heads: tuple[str, ...]
    of_lock: dict[str, int]

    def met(self, rule: RuleText, state: State) -> bool:
        """Whether the locks that a rule asks for are held so."""
        if not rule.needs:
            return True
        found = [self._held(lock, mode, state) for lock, mode in rule.needs]
        return any(found) if rule.any_of else all(found)

    def _held(self, lock: str, mode: str, state: State) -> bool:
        held = state[self.of_lock[lock]]
        return held == "W" if mode == "write" else held != "-"


def columns_of(rows: Iterable[FieldRow], words: Words, order: Sequence[str]) -> Columns:
    """The locks that clear rules of the fields name, in *order*."""
    used = {lock for row in rows for rule in (row.read, row.write) for lock, _ in rule.needs}
    heads: list[str] = []
    of_lock = {}
    for lock in (*(name for name in order if name in used), *sorted(used - set(order))):
        head = words.of_lock(lock).column
        if head not in heads:
            heads.append(head)
        of_lock[lock] = heads.index(head)
    return Columns(tuple(heads), of_lock)


def state_table(
    rows: Sequence[FieldRow],
    columns: Columns,
    implied: Collection[tuple[str, str]],
) -> str:
    """The table, and what its cells rest on as a comment; empty where no rule is clear.

    *implied*: (lock, other): the one is held for writing only with the other held so.
    """
    reads = [row for row in rows if row.read.clear]
    # Fields that are only written in new objects need no lock for that, and tell nothing here.
    writes = [row for row in rows if row.write.needs and not row.addressed]
    if not columns.heads or not (reads or writes):
        return ""
    found: dict[States, Outcome] = {}
    told: list[str] = []
    for state in _states(columns, implied):
        read = [row.member.name for row in reads if columns.met(row.read, state)]
        written = [row.member.name for row in writes if columns.met(row.write, state)]
        outcome = _outcome(read, len(reads), written, len(writes))
        found[tuple(frozenset(held) for held in state)] = outcome
        told += _evidence(state, read, reads, written, writes)
    heads = [*columns.heads, "Stable?", "Read?", "Write most?", "Write all?"]
    cells: list[list[Cell]] = [
        [*([_shown(part)] for part in states), *([word] for word in outcome)]
        for states, outcome in _merged(found).items()
    ]
    head = f"Fields with a known rule: {len(reads)} for reading, {len(writes)} for writing."
    text = table(heads, cells, [12] * len(heads))
    return f".. table::\n\n{indented(text)}\n" + comment([head, *told])


def _states(columns: Columns, implied: Collection[tuple[str, str]]) -> Iterator[State]:
    needs = [(columns.of_lock[a], columns.of_lock[b]) for a, b in implied
             if a in columns.of_lock and b in columns.of_lock]  # fmt: skip
    for state in product(_MODES, repeat=len(columns.heads)):
        if all(state[a] != "W" or state[b] == "W" for a, b in needs):
            yield state


def _outcome(read: Sequence[str], reads: int, written: Sequence[str], writes: int) -> Outcome:
    may_read = "Y" if 2 * len(read) > reads else "some" if read else "N" if reads else "unknown"
    # What is read under a lock is kept from being freed by it; of other states nothing is known.
    stable = {"Y": "Y", "some": "unknown", "N": "unknown"}.get(may_read, may_read)
    if not writes:
        return stable, may_read, "unknown", "unknown"
    most = "Y" if 2 * len(written) > writes else "N"
    return stable, may_read, most, "Y" if len(written) == writes else "N"


def _evidence(
    state: State,
    read: Sequence[str],
    reads: Sequence[FieldRow],
    written: Sequence[str],
    writes: Sequence[FieldRow],
) -> list[str]:
    not_read = [row.member.name for row in reads if row.member.name not in read]
    not_written = [row.member.name for row in writes if row.member.name not in written]
    lines = [f"{' '.join(state)}: read {len(read)}, written {len(written)}"]
    for what, can, cannot in (("read", read, not_read), ("written", written, not_written)):
        if can and cannot:
            shorter, word = (can, "only") if len(can) <= len(cannot) else (cannot, "all but")
            lines.append(f"  {what}: {word} {', '.join(shorter)}")
    return lines


def _merged(found: dict[States, Outcome]) -> dict[States, Outcome]:
    """States with the same outcome that differ in one column, as one."""
    width = len(next(iter(found)))
    for column in reversed(range(width)):
        groups: dict[tuple[States, States, Outcome], frozenset[str]] = {}
        for states, outcome in found.items():
            key = (states[:column], states[column + 1 :], outcome)
            groups[key] = groups.get(key, frozenset()) | states[column]
        found = {
            (*before, modes, *after): outcome for (before, after, outcome), modes in groups.items()
        }
    return found


def _shown(modes: frozenset[str]) -> str:
    return "/".join(mode for mode in _MODES if mode in modes)
