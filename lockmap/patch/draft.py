"""A patch as one mail or file gives it, before its place in the series is known."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_REPLY = re.compile(r"\s*(?:re|aw|sv|antw|fwd?)\s*:", re.IGNORECASE)
_TAGS = re.compile(r"\s*((?:\[[^\]]*\]\s*)+)")
_VERSION = re.compile(r"\bv(\d{1,4})\b", re.IGNORECASE)
_PLACE = re.compile(r"\b(\d{1,5})/(\d{1,5})\b")
_DIFF = re.compile(
    rb"^(?:diff --git |diff --cc |diff --combined |--- [^\n]+\n\+\+\+ )", re.MULTILINE
)
_BASE = re.compile(rb"^base-commit: ([0-9a-f]{7,64})\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Numbering:
    """What a subject's ``[PATCH v2 3/7]`` says; *place* and *total* are 0 when it has none."""

    version: int = 1
    place: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """One mail or file: *title* as it stands in the subject, *text* its body."""

    title: str
    author: str
    message_id: str
    text: bytes = field(repr=False)
    origin: str = ""

    @property
    def subject(self) -> str:
        """The subject without the tags before it."""
        found = _TAGS.match(self.title)
        rest = self.title[found.end() :] if found is not None else self.title
        return rest.strip() or self.title.strip()

    @property
    def numbering(self) -> Numbering:
        """The version and the place in the series."""
        found = _TAGS.match(self.title)
        if found is None:
            return Numbering()
        version = _VERSION.search(found[1])
        place = _PLACE.search(found[1])
        return Numbering(
            int(version[1]) if version is not None else 1,
            int(place[1]) if place is not None else 0,
            int(place[2]) if place is not None else 0,
        )

    @property
    def is_cover(self) -> bool:
        """Whether it is numbered 0/N."""
        numbering = self.numbering
        return numbering.total > 0 and numbering.place == 0

    @property
    def is_reply(self) -> bool:
        """Whether it answers or forwards another mail."""
        return _REPLY.match(self.title) is not None

    @property
    def has_diff(self) -> bool:
        """Whether there is anything to apply."""
        return holds_diff(self.text)

    @property
    def base(self) -> str:
        """The commit that its ``base-commit:`` line names, else empty."""
        found = _BASE.search(self.text)
        return found[1].decode("ascii") if found is not None else ""


def holds_diff(text: bytes) -> bool:
    """Whether a line of *text* begins a diff; one that is quoted does not count."""
    return _DIFF.search(text) is not None
