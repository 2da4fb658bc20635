"""How a lock is held at a place, in one word, and who knows it of a function's callers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol

Held = Literal["none", "read", "write", "either", "unknown"]
"""``either``: held, for reading or for writing; ``unknown``: not known, or not on every path."""

_CALLERS = "c"
_MARKS: dict[str, Held] = {"-": "none", "R": "read", "W": "write", "H": "either"}


class Contexts(Protocol):
    """What functions run under."""

    def held(self, file: str, function_line: int, lock: str) -> Held:
        """How *lock* is held whenever the function at this place is called.

        *file*: the path as the map shows it; *lock*: the name of its specification.
        """


class NoContexts:
    """Knows nothing of callers: every context is unknown."""

    def held(self, file: str, function_line: int, lock: str) -> Held:  # noqa: ARG002
        """Unknown."""
        return "unknown"


def joined(ways: Iterable[Held]) -> Held:
    """How a lock is held where several ways lead."""
    found = set(ways)
    if len(found) == 1:
        return found.pop()
    return "either" if found and found <= {"read", "write", "either"} else "unknown"


def held_in(state: str, caller: Held) -> Held:
    """How a lock is held in a line state (``R``, ``-?``, ``c``); *caller*: by the caller.

    A state with ``?`` is that of some paths only: of the others, a line state does not say
    whether the caller's hold or none is left, except in ``-?``.
    """
    if state == _CALLERS:
        return caller
    if state == "-?":
        return joined(("none", caller))
    if state.endswith("?"):
        return "unknown"
    return joined(_MARKS.get(mark, "unknown") for mark in state.split("/"))
