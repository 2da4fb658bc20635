"""Imported where workers are forked from: all that they need, compiled passes included."""

from __future__ import annotations

from lockmap.facts.triage import index_text
from lockmap.scan.touched import touch_in_worker
from lockmap.scan.triage import read_batch

__all__ = ("read_batch", "touch_in_worker")

index_text(b"")
