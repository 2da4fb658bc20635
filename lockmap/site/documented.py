"""What the pages want to know of documented rules; whoever reads them from a map fits this.

A map that holds none gives none, and the pages say so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class Documented(Protocol):
    """A rule that the tree itself states, and how the code agrees."""

    @property
    def kind(self) -> str:
        """Of what it is: ``field``, ``function``, ``callback``."""

    @property
    def subject(self) -> str:
        """``STRUCT.FIELD`` or a function's name."""

    @property
    def read(self) -> str:
        """What reading needs, as in a rule; empty: nothing said."""

    @property
    def write(self) -> str:
        """What writing needs."""

    @property
    def needs(self) -> str:
        """What calling needs."""

    @property
    def source(self) -> str:
        """In what it was found: a table, a comment, an assertion."""

    @property
    def file(self) -> str:
        """Where it stands."""

    @property
    def line(self) -> int:
        """On which line, from 1."""

    @property
    def words(self) -> str:
        """The words found."""

    @property
    def verdict(self) -> str:
        """``contradicts``, ``code weaker``, ``agrees`` ...; empty: not compared."""

    @property
    def follow(self) -> int:
        """Accesses or calls that do as it says."""

    @property
    def total(self) -> int:
        """Of so many of which it can be told."""

    @property
    def violations(self) -> tuple[tuple[str, int, str], ...]:
        """File, line and function of the first that do not."""


def by_subject(rules: Iterable[Documented]) -> dict[str, tuple[Documented, ...]]:
    """The rules by what they are about."""
    found: dict[str, list[Documented]] = {}
    for rule in rules:
        found.setdefault(rule.subject, []).append(rule)
    return {subject: tuple(of) for subject, of in found.items()}
