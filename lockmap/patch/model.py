"""What is handed on: patches as they were given, what they did, and what there is to tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lockmap.patch.linemap import LineMap

NoteKind = Literal[
    "offset",  # a hunk was found at another line than it says
    "fuzz",  # a hunk fits only with less of its context
    "no-context",  # hunks without context were applied at the line they name
    "binary",
    "symlink",
    "submodule",
    "mode",
    "unread",  # the tree has the file, but does not let it be read
    "skipped",  # a mail or a file without a patch to apply
    "missing",  # a number of the series is not there
    "repaired",  # the text was changed before use: line ends, a wrapped encoding
    "untracked",
]


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell the user that is no error.

    *path* (printable) is the file of the tree, or the input, that it is about;
    *hunk* counts from 1 within the file, 0 when it is about the whole.
    """

    kind: NoteKind
    path: str
    message: str
    hunk: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read before an input is refused; sizes in bytes, time in seconds."""

    patch_bytes: int = 64 << 20
    """One patch.  A register header of amdgpu, the largest file in mainline, has 23 MB."""
    input_bytes: int = 128 << 20
    """All of the input together."""
    patches: int = 2000
    files: int = 20_000
    """Files that one patch names; a cleanup of the whole tree comes to about 15,000."""
    hunks: int = 200_000
    base_bytes: int = 512 << 20
    """What the files that a series names hold in the base tree."""
    seconds: float = 30.0
    """One call of git."""


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch of a series.

    *number* counts from 1 in the order of application.  *subject* is without its
    ``[PATCH ...]`` tag; *message_id* without angle brackets; *text* the diff with
    what stands around it, line ends as git wants them.  *origin* names where it
    came from: a file, a mail in it, or a commit id.
    """

    number: int
    subject: str
    author: str
    message_id: str
    text: bytes = field(repr=False)
    origin: str = ""

    @property
    def title(self) -> str:
        """How to name the patch to the user."""
        shown = self.subject or self.origin or "without a subject"
        return f"patch {self.number} ({shown})"


@dataclass(frozen=True, slots=True)
class Series:
    """The patches of one input in the order of application.

    *base* is the commit they are meant for: the ``base-commit`` that a mail names,
    or the parent of the first commit of a range; empty when nothing says it.
    """

    patches: tuple[Patch, ...]
    base: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """What one patch made of the tree.

    *files* has the new bytes of each file it changed, made or deleted (None), by
    path; *renamed* and *copied* the old path by the new one.  *maps* relates the
    lines of the old text of each changed file (that of its old path when it was
    renamed or copied) to those of the new one; a file that was made new or deleted
    has one too, from or to nothing.
    """

    patch: Patch
    files: Mapping[str, bytes | None]
    renamed: Mapping[str, str]
    copied: Mapping[str, str]
    maps: Mapping[str, LineMap]
    notes: tuple[Note, ...]

    def changed_lines(self, path: str) -> tuple[range, ...]:
        """The lines of the new text of *path* that the patch made (see LineMap.changed)."""
        found = self.maps.get(path)
        return found.changed if found is not None else ()
