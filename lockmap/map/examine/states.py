"""The state of a lock before a line of a function, as the map has it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from lockmap.map.examine.findings import Select


@dataclass(slots=True)
class States:
    """Reads the states along functions; those of a function once."""

    select: Select
    lock: str
    _changing: frozenset[tuple[str, str]] = field(init=False)
    """(file, function) of those in which the lock is not as the caller left it on every line."""
    _runs: dict[tuple[str, str], list[tuple[int, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        sql = "SELECT DISTINCT file, function FROM line_state WHERE lock = ?"
        self._changing = frozenset(self.select(sql, (str, str), (self.lock,)))

    def before(self, file: str, function: str, line: int) -> str:
        """``c``, ``R``, ``W?`` and the like: see ``line_state`` in the reference of the map."""
        place = (file, function)
        if place not in self._changing:
            return "c"
        if place not in self._runs:
            self._runs[place] = self.select(
                "SELECT first_line, state FROM line_state WHERE file = ? AND function = ? "
                "AND lock = ? ORDER BY first_line",
                (int, str),
                (file, function, self.lock),
            )
        runs = self._runs[place]
        at = bisect_right([first for first, _ in runs], line) - 1
        return runs[at][1] if at >= 0 else "c"
