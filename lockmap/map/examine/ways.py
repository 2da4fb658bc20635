"""The ways to functions that should not be reached, and which call on them to doubt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lockmap.map.context_records import Step
from lockmap.map.examine.findings import Select
from lockmap.map.read_contexts import Ways

_MEMBER = "callback "


@dataclass(slots=True)
class Doubts:
    """Judges ways by how many functions each call on them may reach."""

    select: Select
    lock: str
    _ways: Ways = field(init=False)
    _choices: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ways = Ways(self.select, self.lock, everything=False)

    def way(self, function: int, mode: str) -> tuple[Step, ...]:
        """A shortest way to *function* (a key) with the lock held in *mode*."""
        return self._ways.way(function, mode)

    def refused(
        self, caller: int, line: int, function: int, how: int, mode: str
    ) -> tuple[Step, ...]:
        """The way to a call that would end in waiting for ever."""
        before = self._ways.way(caller, mode) or (self._ways.acquisition(caller, line, mode),)
        return (*before, self._ways.step(caller, line, function, how))

    def acquisition(self, holder: int, line: int, mode: str) -> Step:
        """Where *holder* took the lock that it holds in *mode* at *line*."""
        return self._ways.acquisition(holder, line, mode)

    def call(self, caller: int, line: int, function: int) -> Step:
        """A call by name."""
        return (*self._ways.step(caller, line, function, 0)[:3], "call")

    def entry(self, function: int) -> Step:
        """The first step of a way on which nothing is held."""
        ((file, line, name),) = self.select(
            "SELECT p.path, f.line, f.name FROM function AS f JOIN path AS p ON p.key = f.path "
            "WHERE f.key = ?",
            (str, int, str),
            (function,),
        )
        return file, line, name, "nothing held"

    def choices(self, how: str) -> int:
        """How many functions a call through a member may reach; 1 for a call by name."""
        if not how.startswith(_MEMBER):
            return 1
        if how not in self._choices:
            struct, _, member = how.removeprefix(_MEMBER).rpartition(".")
            ((count,),) = self.select(
                "SELECT count(DISTINCT c.function) FROM callback AS c "
                "JOIN member AS m ON m.key = c.member WHERE m.struct = ? AND m.field = ?",
                (int,),
                (struct, member),
            )
            self._choices[how] = count
        return self._choices[how]

    def doubtful(self, way: Iterable[Step]) -> Step | None:
        """The call on a way that may reach most functions; None where all are by name."""
        through = [step for step in tuple(way)[1:] if step[3] != "call"]
        return max(through, key=lambda step: self.choices(step[3]), default=None)

    def judged(self, way: tuple[Step, ...]) -> tuple[str, str]:
        """A verdict on a way that a correct program does not go, and the reason."""
        step = self.doubtful(way)
        if step is None:
            return "second object or deadlock", "every call on the way is by name"
        many = self.choices(step[3])
        among = f", one of {many}" if many > 1 else ""
        return "wrong edge", f"most doubtful: {step[3]} to {step[2]}{among}, {step[0]}:{step[1]}"
