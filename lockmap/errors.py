"""The errors a user can cause, and the exit code each ends with.

Every message says what is wrong, where, and what to do.  Anything else that
escapes is a defect of lockmap, not of its input.
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_FINDINGS = 1
"""Findings (check) or no such thing (queries)."""
EXIT_USAGE = 2
"""Wrong usage or unreadable input."""
EXIT_INTERRUPTED = 130
"""Ctrl-C, in the shell's convention of 128 + SIGINT."""


class LockmapError(Exception):
    """An anticipated error; ``str()`` is the message, ``hint`` says what to do."""

    exit_code = EXIT_USAGE

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class TreeError(LockmapError):
    """The kernel tree cannot be read, or is none."""


class PatchError(LockmapError):
    """A patch cannot be read, or does not apply; the message names file, hunk and reason."""


class DataError(LockmapError):
    """A file under ``queries/`` is not valid; the message names file and key."""


class MapError(LockmapError):
    """The map is missing, damaged, or of another schema version."""


class ObtainError(LockmapError):
    """A kernel could not be obtained."""


class NotFoundError(LockmapError):
    """A query named something the map or the tree does not hold."""

    exit_code = EXIT_FINDINGS
