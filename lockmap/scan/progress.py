"""How a scan tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Told (stage, done, of how many); stages: list, read, analyse, callers, accesses, write."""
