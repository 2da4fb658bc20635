"""What is usual where nothing is certain: how callers hold locks, and give objects that are new."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lockmap.rules.lifetimes import GIVEN, INIT, NORMAL
from lockmap.rules.thresholds import load_thresholds
from lockmap.scan.held import UNTOLD, Profile
from lockmap.scan.touched import Found, Touching

if TYPE_CHECKING:
    from lockmap.scan.callers import CallSites


@dataclass(frozen=True, slots=True)
class UsualOf:
    """What is usual of one function."""

    profile: Profile = UNTOLD
    new: Mapping[int, float] = field(default_factory=dict)
    """Parameter → for which share of the calls it is a new object."""
    calls: float = 1.0
    """How many calls of it count as accesses of what it is given."""

    def phase(self, parameter: int) -> tuple[str, float, float]:
        """The phase of an access of what a parameter points at, and how many it stands for.

        Of objects that others know, and of new ones.
        """
        new = self.new.get(parameter, 0.0)
        if new and load_thresholds().most(new, 1.0):
            return INIT, 0.0, self.calls
        return NORMAL, (1 - new) * self.calls, new * self.calls


NOTHING_USUAL = UsualOf()


class Usual:
    """Answers for one function after another."""

    def __init__(self, callers: CallSites, files: Sequence[Found]) -> None:
        functions = {
            number: function
            for found in files
            for function in found.functions
            if (number := callers.numbers.get((os.fsdecode(found.path), function.span.line)))
            is not None
        }
        passed = {n: f.passed for n, f in functions.items() if f.passed}
        new = callers.new_objects(passed)
        self._numbers = callers.numbers
        self._new: dict[int, dict[int, float]] = {}
        for (number, parameter), share in new.items():
            if share:
                self._new.setdefault(number, {})[parameter] = share
        main = {n: _main_parameter(functions[n]) for n in self._new if n in functions}
        self._profiles = callers.profiles(passed, new, main)
        longest = load_thresholds().helper
        self._calls = {
            number: max(1.0, callers.calls[number])
            for number, function in functions.items()
            if function.span.end_line - function.span.line < longest
        }

    def of(self, file: str, line: int) -> UsualOf:
        """What is usual of the function that begins there."""
        number = self._numbers.get((file, line))
        if number is None:
            return NOTHING_USUAL
        calls = self._calls.get(number, 1.0)
        return UsualOf(self._profiles.of(number), self._new.get(number, {}), calls)


def _main_parameter(function: Touching) -> int:
    """The parameter whose object a function works on: that it writes to most, else reads."""
    counts: Counter[int] = Counter()
    for _, _, _, _, mode, phase, _ in function.touches:
        if phase.startswith(GIVEN):
            counts[int(phase[len(GIVEN) :])] += 1 if mode == "read" else len(function.touches)
    return min(counts, key=lambda number: (-counts[number], number)) if counts else -1
