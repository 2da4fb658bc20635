"""Preprocessor conditionals in the text as written: how deep the braces go through ``#if`` arms.

Where arms open different braces the first arm counts, so that
``#ifdef A / if (x) { / #else / if (y) { / #endif / }`` is balanced.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

REST_OF_LINE = rb"(?:[^\n\\]|\\(?:\r\n|.))*+"
"""Pattern (with DOTALL) for the rest of a directive, its continued lines included."""

CONDITIONAL = re.compile(
    rb"^[ \t]*#[ \t]*(?P<word>if|ifdef|ifndef|else|elif|endif)\b(?P<rest>" + REST_OF_LINE + rb")",
    re.MULTILINE | re.DOTALL,
)
"""A conditional directive: its word and the rest of it."""

OPENERS = frozenset({b"if", b"ifdef", b"ifndef"})


@dataclass(slots=True)
class Depth:
    """Braces open at a place of a text that is gone through from left to right."""

    level: int = 0
    arms: list[list[int]] = field(default_factory=list)
    """For each open ``#if``: the depth before it, and after its first arm (-1: not yet known)."""

    def directive(self, word: bytes) -> None:
        """Go past a directive; words that are no conditionals change nothing."""
        if word in OPENERS:
            self.arms.append([self.level, -1])
        elif not self.arms:
            return
        elif word in {b"else", b"elif"}:
            arm = self.arms[-1]
            if arm[1] < 0:
                arm[1] = self.level
            self.level = arm[0]
        elif word == b"endif":
            _, after_first = self.arms.pop()
            self.level = self.level if after_first < 0 else after_first
