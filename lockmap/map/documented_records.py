"""Documented rules as a map holds them."""

from __future__ import annotations

from dataclasses import dataclass

Place = tuple[str, int, str]
"""File, line and function of a place that breaks a rule."""
UNDOCUMENTED = "undocumented"
"""The agreement of a field's rule that accesses show, where nothing is documented."""
VERDICTS = (
    *("contradicts", "code weaker", "code stronger", "agrees", "never accessed", "not compared"),
)
"""On documented rules, the worst first."""
AGREEMENTS = (*VERDICTS, UNDOCUMENTED)
KINDS = ("field", "struct", "state", "function", "callback", "order", "text", "unread")
SOURCES = ("table", "list", "text", "comment", "kernel-doc", "annotation", "assert", "user")
AGREEMENT_PARTS = ("aspect", "verdict", "follow", "broken", "untold", "note")
SITE_PARTS = ("file", "line", "function", "held")


@dataclass(frozen=True, slots=True)
class DocumentedRule:
    """A rule that the tree, or a user, states, and how the code agrees (``lockmap doccheck``)."""

    file: str
    line: int
    column: int
    kind: str
    """``field``, ``struct``, ``state``, ``function``, ``callback``, ``order``, ``text``,
    ``unread``."""
    subject: str
    read: str
    """What reading needs, as in a rule; empty: nothing said."""
    write: str
    """What writing needs."""
    needs: str
    """What calling needs."""
    source: str
    """``table``, ``list``, ``text``, ``comment``, ``kernel-doc``, ``annotation``, ``assert``,
    ``user``."""
    words: str
    verdict: str
    """``contradicts``, ``code weaker``, ``code stronger``, ``agrees``, ``never accessed``,
    ``not compared``."""
    follow: int
    """Places that follow it, of the aspect that has the verdict."""
    total: int
    """Places of which it can be told."""
    agreements: tuple[tuple[str, str, int, int, int, str], ...]
    """(aspect, verdict, places that follow, that break it, of which it cannot be told, note)."""
    sites: tuple[tuple[str, int, str, str], ...]
    """(file, line, function, what is held there), of the first places that break it."""

    @property
    def violations(self) -> tuple[Place, ...]:
        """The first places that break it."""
        return tuple(site[:3] for site in self.sites)
