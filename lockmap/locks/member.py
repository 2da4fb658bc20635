"""One function under analysis, and what names it."""

from __future__ import annotations

from dataclasses import dataclass, field

from lockmap.facts.file import Unit
from lockmap.locks.analysis import Analysis
from lockmap.locks.memory import key_of
from lockmap.locks.summary import Summary


@dataclass(slots=True)
class Member:
    """One analysed function and where it stands."""

    file: str
    unit: Unit
    id: str
    """What names this function among others of its name, whatever line it stands at."""
    condition: str = ""
    """The preprocessor condition the function stands under, as written."""
    key: bytes = b""
    """What tells this function and all that it says from others."""
    analysis: Analysis = field(default_factory=Analysis)
    plain: Summary | None = None
    """The summary of the analysis as it is."""
    summary: Summary | None = None
    """The same without the holds that are ``unconfirmed``."""
    unconfirmed: frozenset[tuple[str, str]] = frozenset()
    level: int = 0
    """Calls between this function and one that names a lock."""
    used: dict[str, Summary | None] = field(default_factory=dict)
    """Summaries of analysed functions that the analysis relied on."""

    def __post_init__(self) -> None:
        self.key = key_of(self.id, self.unit.function)

    @property
    def name(self) -> str:
        """The function's name."""
        return self.unit.function.name

    def line(self, relative: int) -> int:
        """The line in the file of a line of the function."""
        return self.unit.line + relative - 1


@dataclass(slots=True)
class Ids:
    """Names functions by their file, their name, and their number among their namesakes there.

    Not by their line: it changes with every edit above.
    """

    _lines: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """(file, name) → lines of the functions of that name, in the order they were met."""

    def of(self, file: str, unit: Unit) -> str:
        """The same for the same function, another for every other."""
        lines = self._lines.setdefault((file, unit.function.name), [])
        if unit.line not in lines:
            lines.append(unit.line)
        number = lines.index(unit.line)
        return f"{file}:{unit.function.name}" + (f"#{number + 1}" if number else "")
