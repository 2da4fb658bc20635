"""What ``queries/rules.toml`` says: how many accesses make a rule."""

from __future__ import annotations

from functools import cache

import msgspec

from lockmap.data import load_toml, queries_dir

_ROUNDING = 1e-6
"""Accesses may count in parts."""


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of ``rules.toml``; shares are between 0 and 1."""

    share: float
    """Of the accesses of which it can be told: those that must follow a rule."""
    fewest: int
    """Accesses of which it must be told."""
    told: float
    """Of all accesses: those of which it must be told."""
    helper: int = 0
    """What a parameter points at is accessed, in functions of at most so many lines, once for
    each call of them."""
    complete: frozenset[str] = frozenset()
    """Structs (tags) all of whose accesses are seen: a single one can make a rule."""

    def of(self, struct: str) -> Thresholds:
        """Those for the fields of *struct*."""
        return msgspec.structs.replace(self, fewest=1) if struct in self.complete else self

    def enough(self, told: float, total: float) -> bool:
        """Whether *told* of *total* accesses are enough to go by."""
        return told + _ROUNDING >= max(self.fewest, self.told * total)

    def most(self, part: float, told: float) -> bool:
        """Whether *part* of *told* accesses is what all of them should do."""
        return part + _ROUNDING >= self.share * told

    def few(self, part: float, told: float) -> bool:
        """Whether *part* of *told* accesses may be exceptions."""
        return part <= (1 - self.share) * told + _ROUNDING


@cache
def load_thresholds() -> Thresholds:
    """The data.  Raises DataError when it is not valid."""
    return load_toml(queries_dir() / "rules.toml", Thresholds)
