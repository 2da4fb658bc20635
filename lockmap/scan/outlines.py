"""The outlines of a tree: kept beside the snapshot, and brought up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from lockmap.facts.outlined import Outlines, is_sound, nothing, take
from lockmap.scan.snapshot import OUTLINES, written


def load_outlines(path: Path, token: bytes) -> Outlines | None:
    """The outlines that belong to the stamps of *token*; None where there are none to use."""
    try:
        with np.load(path.with_suffix(OUTLINES), allow_pickle=False) as found:
            if bytes(found["token"]) != token:
                return None
            outlines = Outlines(*(found[field.name] for field in fields(Outlines)))
    except (OSError, ValueError, KeyError, EOFError, MemoryError, BadZipFile, SyntaxError):
        return None
    return outlines if is_sound(outlines) else None


def save_outlines(path: Path, token: bytes, outlines: Outlines) -> str:
    """Write *outlines*; returns what went wrong, or nothing."""
    arrays = {field.name: getattr(outlines, field.name) for field in fields(Outlines)}
    sealed = np.frombuffer(token, dtype=np.uint8)
    return written(path.with_suffix(OUTLINES), lambda file: np.savez(file, token=sealed, **arrays))


def up_to_date(
    files: Sequence[str],
    before: tuple[Mapping[str, int], Outlines],
    now: tuple[Mapping[str, int], Outlines],
) -> Outlines:
    """The outlines of *files*, in order: those read *now*, else those from *before*.

    Each side: path → number of the file in its outlines.
    """
    parts: list[tuple[Outlines, int, int]] = []
    for path in files:
        numbers, outlines = now if path in now[0] else before
        number = numbers[path]
        if parts and parts[-1][0] is outlines and parts[-1][2] == number:
            parts[-1] = (outlines, parts[-1][1], number + 1)
        else:
            parts.append((outlines, number, number + 1))
    if len(parts) == 1 and len(parts[0][0].counts) == parts[0][2] - parts[0][1]:
        return parts[0][0]
    return take(parts) if parts else nothing()
