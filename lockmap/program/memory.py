"""What was read from single files: true for as long as their bytes are the same."""

from __future__ import annotations

import msgspec

from lockmap.facts.records import Arm, Unit


class FileMemory(msgspec.Struct, array_like=True):
    """The answers that one file gave."""

    arms: tuple[Arm, ...] | None = None
    units: dict[int, Unit | None] = msgspec.field(default_factory=dict)
    """By line: the functions and macros that were parsed; None where none could be."""
    mentioning: dict[str, list[int]] = msgspec.field(default_factory=dict)
    """name → lines of the units whose text holds it."""
    defining: dict[str, list[int]] = msgspec.field(default_factory=dict)
    """name → lines of the units of that name."""
    members: dict[str, list[tuple[str, str]]] = msgspec.field(default_factory=dict)
    """struct → (name, type) of its members."""
    matched: dict[str, list[str] | None] = msgspec.field(default_factory=dict)
    """What a search for a definition found; None where there is none."""

    def of_lines(self, lines: list[int]) -> list[Unit]:
        """The units at *lines*, without those that could not be parsed."""
        return [u for n in lines if (u := self.units.get(n)) is not None]
