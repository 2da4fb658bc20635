"""What ``queries/rules.toml`` says: how many accesses make a rule."""

from __future__ import annotations

from functools import cache

import msgspec

from lockmap.data import load_toml, queries_dir


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of ``rules.toml``; shares are between 0 and 1."""

    share: float
    """Of the accesses of which it can be told: those that must follow a rule."""
    fewest: int
    """Accesses of which it must be told."""
    told: float
    """Of all accesses: those of which it must be told."""

    def enough(self, told: int, total: int) -> bool:
        """Whether *told* of *total* accesses are enough to go by."""
        return told >= max(self.fewest, self.told * total)

    def most(self, part: int, told: int) -> bool:
        """Whether *part* of *told* accesses is what all of them should do."""
        return part >= self.share * told


@cache
def load_thresholds() -> Thresholds:
    """The data.  Raises DataError when it is not valid."""
    return load_toml(queries_dir() / "rules.toml", Thresholds)
