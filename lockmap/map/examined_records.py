"""Rows by which a map examines itself; numbers refer to rows of Contexts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Examined:
    """The rows of ``lockmap.map.examined_schema``, in the order of its columns."""

    entry_kinds: Sequence[tuple[str, str]] = ()
    """kind, under."""
    entry_points: Sequence[tuple[int, int, int, int]] = ()
    reach: Sequence[tuple[str, str, int, int, int, int]] = ()
    reach_edges: Sequence[tuple[str, str, int, int, int]] = ()
    call_gaps: Sequence[tuple[str, str, int]] = ()
    refused: Sequence[tuple[str, int, str, int, int, int, int]] = ()
    asserted: Sequence[tuple[str, int, int, str, int]] = ()
    bare: Sequence[tuple[str, int, int, int, int]] = ()
    needs: Sequence[tuple[str, int, int, int]] = ()
    faults: Sequence[tuple[str, int, int, str, str, int]] = ()


NOT_EXAMINED = Examined()
